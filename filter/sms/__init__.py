"""The text-message side: an HTTP shim in front of providers, and our own API."""
