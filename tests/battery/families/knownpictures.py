"""The dressed prank in every kind of place where a message may show a picture, and its neighbours.

tests/pictures/test_places.py has the places themselves, one dress in each. Here each place has a
dress of its own, and a close legitimate neighbour: the same place with another picture.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Iterator
from functools import cache

import docx
from PIL import Image, ImageOps

from filter.pictures.evaluation.dress import Scene
from filter.pictures.evaluation.dresses import DRESSES
from tests.battery import good
from tests.battery.attaching import CERTIFICATE, file_part, saved, with_file, with_parts
from tests.battery.packing import papers
from tests.battery.sample import Sample
from tests.pictures.draw import draw_clinic, draw_prank

FAMILY = "knownpictures"
KNOWN = "image.known"
Wrap = Callable[[Image.Image], bytes]


def _dressed(name: str, picture: Image.Image) -> Image.Image:
    content = DRESSES[name].put_on(picture, Scene(5, (draw_clinic(8),))).content
    return Image.open(io.BytesIO(content)).convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    return saved(picture, "JPEG", quality=80)


def _uri(picture: Image.Image) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(_jpeg(picture)).decode()}"


def _inline(picture: Image.Image) -> bytes:
    lines = base64.encodebytes(_jpeg(picture)).decode()
    html = good.APPOINTMENT_HTML.replace("</body>", '<img src="cid:p@x" alt="">\n</body>')
    return good.multipart(
        good.part(html, "text/html; charset=utf-8"),
        "Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n"
        f"Content-ID: <p@x>\nContent-Disposition: inline\n\n{lines}",
        kind="related",
    )


def _attached(picture: Image.Image) -> bytes:
    return with_file(saved(picture.quantize(128)), "image/png", "map.png")


def _data(picture: Image.Image) -> bytes:
    return _appointment(f'{good.APPOINTMENT_BODY}<img src="{_uri(picture)}" alt="">')


def _background(picture: Image.Image) -> bytes:
    return _appointment(
        good.APPOINTMENT_BODY, f"<style>p{{background-image:url({_uri(picture)})}}</style>"
    )


def _appointment(body: str, head: str = "") -> bytes:
    """Return the appointment with its HTML in base64: lines of data URIs are too long for mail."""
    html = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Your appointment</title>{head}</head><body>\n{body}</body></html>\n"
    )
    lines = base64.encodebytes(html.encode()).decode()
    return good.multipart(
        good.part(good.APPOINTMENT_TEXT),
        f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{lines}",
    )


def _pdf(picture: Image.Image) -> bytes:
    page = Image.new("RGB", (900, 1200), "white")
    page.paste(picture.resize((450, 450 * picture.height // picture.width)), (200, 300))
    return with_file(saved(page, "PDF", resolution=110.0), "application/pdf", CERTIFICATE)


def _document(picture: Image.Image) -> bytes:
    document = docx.Document()
    document.add_paragraph("Bring your card.")
    document.add_picture(io.BytesIO(_jpeg(picture)))
    target = io.BytesIO()
    document.save(target)
    return papers(target.getvalue(), "docx")


def _archive(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("map.jpg", _jpeg(picture))
    return papers(target.getvalue(), "zip")


def _film(picture: Image.Image) -> bytes:
    frames = [draw_clinic(number).resize((320, 240)) for number in (1, 1, 2, 2, 4)]
    frames.insert(3, ImageOps.pad(picture, (320, 240)))
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90)
    return with_file(content, "image/gif", "map.gif")


def _enclosed(picture: Image.Image) -> bytes:
    inner = _attached(picture).decode("latin-1").replace("\r\n", "\n")
    return with_parts(f"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{inner}")


def _two(picture: Image.Image) -> bytes:
    """Behind an innocent one: the first picture does not speak for the others."""
    first = file_part(_jpeg(draw_clinic(5)), "image/jpeg", "map.jpg")
    return with_parts(first, file_part(saved(picture), "image/png", "map.png"))


# The place, and the dresses in which the prank stands there.
PLACES: dict[str, tuple[Wrap, tuple[str, ...]]] = {
    "an inline picture": (_inline, ("mirror", "rot+10")),
    "an attachment": (_attached, ("crop_rnd25", "gif16")),
    "a data URI": (_data, ("capbar_tb12", "photo_of_screen")),
    "a style sheet's background": (_background, ("border10_red", "persp8")),
    "a PDF page": (_pdf, ("jpeg20", "rot90")),
    "a document's media": (_document, ("crop_tl20", "canvas25_page")),
    "an archive": (_archive, ("resize25", "collage4_gut")),
    "a later frame": (_film, ("crop_b20", "grey")),
    "the second of two pictures": (_two, ("aspect0.8", "x_rot90_border")),
}
# Places that no template allows, whatever picture stands there.
NEVER: dict[str, tuple[Wrap, tuple[str, ...]]] = {
    "a nested message": (_enclosed, ("crop50", "x_letter_mirror")),
}


@cache
def _prank() -> Image.Image:
    return draw_prank()


def samples() -> Iterator[Sample]:
    """Yield the prank in each place, and another picture in the same place."""
    for place, (wrap, dresses) in {**PLACES, **NEVER}.items():
        for name in dresses:
            content = wrap(_dressed(name, _prank()))
            yield Sample(FAMILY, f"in {place}, {name}", content, KNOWN)
    for number, (place, (wrap, dresses)) in enumerate(PLACES.items()):
        for name in dresses:
            neighbour = _dressed(name, draw_clinic(20 + number))
            yield Sample(FAMILY, f"a house in {place}, {name}", wrap(neighbour))
