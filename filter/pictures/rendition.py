"""A picture as pixels that nobody has to decode any more: small, opaque, eight bits a channel.

Made in the child process (filter/pictures/rendering.py), so that people can be shown a hostile
picture without a hostile byte of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from filter.pictures.areas import Area, Rectangle, area_of, frame_of, inside_of, look_of

LONGEST_SIDE = 480  # pixels of a rendition
CHANNELS = 3  # red, green, blue


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which picture is to be rendered: a frame of it, and where it stands in a document.

    ``look`` are the marks of ground and colours that it was seen in (``@dark``), ``inside`` the
    number of a picture inside the file, as of a JPEG's own thumbnail, 0 for the file's own.
    ``digest`` is that of the picture in the document ("" when the content is itself the picture),
    ``place`` the number of its page or file, 0 when that is not known.
    """

    frame: int = 1
    look: str = ""
    inside: int = 0
    digest: str = ""
    place: int = 0
    longest_side: int = LONGEST_SIDE

    @classmethod
    def of_view(cls, view_name: str, digest: str = "", place: int = 0) -> Wanted:
        """Return what a view of a likeness was made of."""
        look, inside = look_of(view_name), inside_of(view_name)
        return cls(frame_of(view_name), look, inside, digest, place)


@dataclass(frozen=True, slots=True)
class Rendition:
    """What was rendered, or why nothing was: ``trouble`` is a line for people.

    ``pixels`` are rows of red, green and blue bytes from the upper left. ``insets`` are rectangles
    found in the picture, as filter/pictures/views.py finds them for the hashes.
    ``is_whole_page``: the page is shown because the picture on it was not found.
    """

    width: int = 0
    height: int = 0
    pixels: bytes = field(default=b"", repr=False)
    insets: Mapping[str, Rectangle] = field(default_factory=dict)
    is_whole_page: bool = False
    trouble: str = ""

    def area_of(self, view_name: str) -> Area:
        """Return where in this rendition the view is; () when nobody knows."""
        return () if self.is_whole_page else area_of(view_name, self.insets)
