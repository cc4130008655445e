"""The demonstration: the 2021 incident, replayed through the real product on loopback."""
