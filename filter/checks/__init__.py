"""The checks: pure, synchronous, one file each; the list of them is in filter/checks/all.py."""
