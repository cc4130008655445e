"""By which algorithms do other people hash pictures, and how close is close enough for each?"""

from __future__ import annotations

# Length in bytes of the hashes of each algorithm that lists may have.
HASH_BYTES = {"pdq": 32, "phash64": 8}
# What ThreatExchange and HMA call a match with confidence (pdq_utils.py: 31 bits, quality 50). Of
# 64 bits, 7 gave a false match in a million pairs when pictures were compared upright; all eight
# orientations are compared here, and lists are long.
DEFAULT_DISTANCE_BITS = {"pdq": 31, "phash64": 4}
MOST_DISTANCE_BITS = {"pdq": 90, "phash64": 15}  # above, innocent pictures are known
DEFAULT_QUALITY = {"pdq": 50, "phash64": 40}
