"""HEIC pictures, as phones take them, where the extra `sallyport[heif]` is installed.

Runs only in the child process. pi-heif has its door here; it decodes with libheif and libde265,
which allocate every pixel of every picture at once, so limits are those of greedy formats. Looked
at are all pictures of the top level, tiles put together; a film (a track of its own, box ``moov``)
is nothing that it reads. Thumbnails, depth maps and gain maps cannot be had from it.
"""

from __future__ import annotations

try:
    import pi_heif  # type: ignore[import-untyped]  # it has no stubs
except ImportError:  # an extra
    IS_AVAILABLE = False
else:
    # One thread, for the same reason as with AVIF.
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    IS_AVAILABLE = True

REMEDY = "HEIC pictures are looked at only where the extra sallyport[heif] is installed"
