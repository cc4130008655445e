"""One file for each API that the shim answers."""
