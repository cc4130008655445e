"""A picture of a message and the known picture it looks like, side by side as one PNG.

Drawn from pixels that are decoded already (filter/pictures/rendition.py). The same renditions and
likeness give the same bytes.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from filter.pictures.areas import Area, clip, frame_of, part_seen
from filter.pictures.bank import describe_view
from filter.pictures.likeness import Agreement, Likeness, explain_measure
from filter.pictures.rendition import Rendition

PANEL = 480  # pixels, longest side of each of both pictures
MARGIN = 20
MAX_ENLARGED = 8  # times; a logo of 16 pixels is enlarged no further
_LEAST_HEIGHT = 120  # of an empty frame's panel
_TITLE, _TEXT, _NUMBER = 20, 16, 13  # sizes of letters
_LINE = 22
_MAX_TEXT = 1_000  # characters of one paragraph
_MAX_LINES = 4  # of one paragraph under a picture
_PAPER, _INK, _FAINT, _EDGE = "#f7f7f5", "#1a1a1a", "#5c5c5c", "#8a8a8a"
_EMPTY = "#e4e4e0"
# Seen on light, on dark and on motley pictures: a bright line between a dark and a light one.
_CASING = ((9, "#000000"), (7, "#ffffff"), (4, "#e6007e"))
_MARK = "#e6007e"
_RADIUS = 11  # of a corner's number
_BEYOND = 0.05  # of a side; corners are not found more exactly

# Signs of typesetters, as typewriters have them.
_PLAIN = str.maketrans("‘’“”‐‑‒–—ßøØłŁ", "''\"\"-----soOlL")  # noqa: RUF001

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class _Panel:
    """One half: a picture (None: an empty frame that says why), its outline and its words."""

    title: str
    picture: Image.Image | None
    why_empty: str
    area: Area
    lines: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.size if self.picture else (PANEL, PANEL * 3 // 4)


def locate(
    likeness: Likeness | Agreement, seen: Rendition, known: Rendition | None
) -> Likeness | Agreement:
    """Return the likeness with its areas in these renditions, as far as they can be known.

    Where the likeness does not say, borders and regions are found by their names, in the small copy
    as in the picture. Of a page that is shown for a picture on it, and of a later frame of a known
    picture, nothing is said: the small copy is of the first.
    """
    if isinstance(likeness, Agreement):
        return replace(likeness, seen_area=()) if seen.is_whole_page else likeness
    copy = known or Rendition()
    seen_area = likeness.seen_area or seen.area_of(likeness.seen_as)
    known_area = likeness.known_area or copy.area_of(likeness.known_as)
    return replace(
        likeness,
        seen_area=() if seen.is_whole_page else seen_area,
        known_area=() if frame_of(likeness.known_as) > 1 else known_area,
    )


def set_side_by_side(
    likeness: Likeness | Agreement, seen: Rendition, known: Rendition | None, where: str
) -> bytes:
    """Return a PNG: left what was seen, right the known picture, the matching region outlined.

    ``known`` is the small copy kept with the rules, None when there is none; ``where`` says where
    in the message the picture is. Corners have the same number in both, so that a mirrored or a
    turned copy shows as one.
    """
    likeness = locate(likeness, seen, known)
    seen_area, known_area = _alike(likeness)
    left = _Panel(
        "What was seen",
        _picture_of(seen),
        seen.trouble or "There is nothing to show.",
        seen_area,
        (where, *_seen_lines(likeness), *_page_note(seen)),
    )
    copy = known or Rendition(trouble="No small copy of this picture is kept with the rules.")
    right = _Panel(
        "Known picture",
        _picture_of(copy),
        copy.trouble,
        known_area,
        tuple(_known_lines(likeness)),
    )
    word = "Shows all or a part of" if isinstance(likeness, Agreement) else "Looks like"
    above = f'{word} "{likeness.known.label}": {explain_measure(likeness)}'
    return _encoded(_draw(above, left, right))


def _alike(likeness: Likeness | Agreement) -> tuple[Area, Area]:
    """Return the regions to outline: of a known picture that is seen in part, that part."""
    if likeness.known_area and _is_part(likeness):
        seen, known = part_seen(likeness.seen_area)
        if seen:
            return seen, known
    return likeness.seen_area, likeness.known_area


def _is_part(likeness: Likeness | Agreement) -> bool:
    return isinstance(likeness, Agreement) and any(
        not -_BEYOND <= share <= 1 + _BEYOND for point in likeness.seen_area for share in point
    )


def _seen_lines(likeness: Likeness | Agreement) -> Iterator[str]:
    if likeness.seen_as:
        yield f"seen as: {describe_view(likeness.seen_as)}"
    else:
        yield "What is shown is its first frame; in which one it was seen, nobody knows."
    if _is_part(likeness):
        yield "It shows a part of the known picture."


def _known_lines(likeness: Likeness | Agreement) -> Iterator[str]:
    known = likeness.known
    yield f"{known.label} ({known.id})"
    if isinstance(likeness, Agreement):
        yield f"known as: {'its mirror image' if likeness.is_mirrored else 'whole'}"
        is_later = not likeness.known_area
    else:
        yield f"known as: {describe_view(likeness.known_as)}"
        is_later = frame_of(likeness.known_as) > 1
    if is_later:
        yield "What is shown is its first frame."
    if known.reason:
        yield f"reason: {known.reason}"


def _page_note(seen: Rendition) -> Iterator[str]:
    if seen.is_whole_page:
        yield "What is shown is the whole page; the picture is somewhere on it."


def _picture_of(rendition: Rendition) -> Image.Image | None:
    if not rendition.pixels:
        return None
    size = rendition.width, rendition.height
    picture = Image.frombytes("RGB", size, rendition.pixels)
    share = min(PANEL / max(size), MAX_ENLARGED)
    return picture.resize(
        (max(1, round(size[0] * share)), max(1, round(size[1] * share))),
        Image.Resampling.BICUBIC,
    )


def _draw(above: str, left: _Panel, right: _Panel) -> Image.Image:
    width = 3 * MARGIN + 2 * PANEL
    heading = list(_wrapped([above], _TITLE, width - 2 * MARGIN))
    texts = [list(_wrapped(panel.lines, _TEXT, PANEL)) for panel in (left, right)]
    top = MARGIN + len(heading) * (_LINE + 6) + MARGIN // 2
    first = top + _LINE + MARGIN // 2  # where the pictures begin
    depth = max(_LEAST_HEIGHT, *(panel.size[1] for panel in (left, right)))
    height = first + depth + MARGIN + max(map(len, texts)) * _LINE + MARGIN
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, width - 1, height - 1), outline=_EDGE)
    for number, line in enumerate(heading):
        draw.text((MARGIN, MARGIN + number * (_LINE + 6)), line, _INK, _font(_TITLE))
    for panel, lines, x in zip((left, right), texts, (MARGIN, 2 * MARGIN + PANEL), strict=True):
        draw.text((x, top), panel.title, _FAINT, _font(_TEXT))
        _paste(sheet, panel, _picture_corner(panel.size, x, first, depth))
        for number, line in enumerate(lines):
            draw.text((x, first + depth + MARGIN + number * _LINE), line, _INK, _font(_TEXT))
    return sheet


def _picture_corner(size: tuple[int, int], x: int, y: int, depth: int) -> tuple[int, int]:
    """Return where the upper left corner of a picture is in its panel: centred."""
    return x + (PANEL - size[0]) // 2, y + (depth - size[1]) // 2


def _paste(sheet: Image.Image, panel: _Panel, place: tuple[int, int]) -> None:
    picture = panel.picture or Image.new("RGB", panel.size, _EMPTY)
    if panel.area:
        picture = _outlined(picture, panel.area)
    if panel.picture is None:
        _write_why(picture, panel.why_empty)
    sheet.paste(picture, place)
    x, y = place
    ImageDraw.Draw(sheet).rectangle(
        (x - 1, y - 1, x + picture.width, y + picture.height), outline=_EDGE
    )


def _write_why(frame: Image.Image, why: str) -> None:
    """Write into the middle of an empty frame, over the outline."""
    draw = ImageDraw.Draw(frame)
    lines = list(_wrapped([why], _TEXT, PANEL - 6 * MARGIN))
    top = (frame.height - len(lines) * _LINE) // 2
    draw.rectangle(
        (2 * MARGIN, top - 8, PANEL - 2 * MARGIN, top + len(lines) * _LINE + 4), fill=_EMPTY
    )
    for number, line in enumerate(lines):
        draw.text((PANEL // 2, top + number * _LINE), line, _INK, _font(_TEXT), anchor="ma")


def _outlined(picture: Image.Image, area: Area) -> Image.Image:
    """Return the picture with the region's outline, drawn inside it, and its corners' numbers.

    A region that reaches out of the picture is cut off at its edges; the number of a corner that is
    outside stands at the nearest place inside.
    """
    width, height = picture.size
    points = [(_pixel(x, width), _pixel(y, height)) for x, y in clip(area)]
    if not points:
        return picture
    outlined = picture.copy()
    draw = ImageDraw.Draw(outlined)
    for thickness, colour in _CASING:
        draw.line([*points, *points[:2]], fill=colour, width=thickness, joint="curve")
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    for number, corner in enumerate(area, start=1):
        x, y = (
            _pixel(min(max(s, 0.0), 1.0), of) for s, of in zip(corner, picture.size, strict=True)
        )
        place = _inwards(x, middle_x, width), _inwards(y, middle_y, height)
        draw.circle(place, _RADIUS, fill=_MARK, outline="#ffffff", width=2)
        draw.text(place, str(number), "#ffffff", _font(_NUMBER), anchor="mm")
    return outlined


def _pixel(share: float, side: int) -> float:
    """Return where a corner is; one at the picture's edge is moved in, so that its line shows."""
    inset = _CASING[0][0] // 2
    return min(max(share * (side - 1), inset), side - 1 - inset)


def _inwards(corner: float, middle: float, side: int) -> float:
    """Return where a corner's number goes: a step towards the middle, and within the picture."""
    step = min(2 * _RADIUS, abs(middle - corner))
    return min(max(corner + math.copysign(step, middle - corner), _RADIUS), side - _RADIUS)


def _wrapped(paragraphs: Iterable[str], size: int, width: int) -> Iterator[str]:
    """Yield the lines of paragraphs, each of at most _MAX_LINES."""
    for paragraph in paragraphs:
        lines = list(_broken(_drawable(paragraph[:_MAX_TEXT], size), size, width))
        yield from lines[:_MAX_LINES]
        if len(lines) > _MAX_LINES:
            yield "..."


def _broken(text: str, size: int, width: int) -> Iterator[str]:
    font, line = _font(size), ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        while font.getlength(word) > width:  # an id or a file's name may be one long word
            fits = max(1, int(len(word) * width / font.getlength(word)) - 1)
            yield word[:fits]
            word = word[fits:]  # noqa: PLW2901
        line = word
    if line:
        yield line


def _drawable(text: str, size: int) -> str:
    """Return the text in letters that the font has: without accents, and ``?`` for what is left.

    Pillow's own font has few, but it is the same everywhere; ids are always among them.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return "".join(c if c == " " or _has_sign(c, size) else "?" for c in bare)


@lru_cache(maxsize=4096)
def _has_sign(character: str, size: int) -> bool:
    font = _font(size)
    # U+FFFF is no character: every font draws for it what it draws for want of a sign.
    missing, sign = (bytes(font.getmask(c, mode="L")) for c in ("\uffff", character))
    return character.isprintable() and sign != missing


@lru_cache(maxsize=8)
def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def _encoded(sheet: Image.Image) -> bytes:
    target = io.BytesIO()
    sheet.save(target, "PNG", compress_level=3)  # 6 takes thrice the time for a tenth
    return target.getvalue()
