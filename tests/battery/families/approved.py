"""A letter that shows approved pictures only: what is almost one of them, and what is one."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from tests.battery import good
from tests.battery.attaching import file_part, saved
from tests.battery.sample import Sample
from tests.pictures.codes import draw_code

FAMILY = "approved pictures"
PICTURES = Path(__file__).parents[3] / "fixtures" / "pictures"
LOGO, BANNER, PRANK = (
    (PICTURES / name).read_bytes() for name in ("logo.png", "banner.png", "prank.jpg")
)
SUBJECT = f"Your ticket for {good.REFERENCE}"
TEXT = f"""Dear {good.NAME}, here is your ticket for {good.REFERENCE}.

Your MyHealth team
"""
PLACE = f"https://www.health.example/appointments/{good.REFERENCE}"
REMOTE = "https://static.health.example/mail/logo.png"
HELD = "image.not_approved"


def _letter(*parts: str, kind: str = "mixed") -> bytes:
    return good.multipart(good.part(TEXT), *parts, kind=kind, header={"Subject": SUBJECT})


def _with(content: bytes, media_type: str = "image/png", disposition: str = "inline") -> bytes:
    name = f"logo.{media_type.removeprefix('image/').replace('jpeg', 'jpg')}"
    return _letter(file_part(content, media_type, name, disposition=disposition))


def _html(content: str, head: str = "") -> bytes:
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Your ticket</title>'
        f"{head}</head><body>{content}<p>Dear {good.NAME}, here is your ticket for "
        f"{good.REFERENCE}.</p><p>Your MyHealth team</p></body></html>\n"
    )
    return _letter(good.part(page, "text/html; charset=utf-8"), kind="alternative")


def _related(content: bytes) -> bytes:
    """Return a page that shows an enclosed picture."""
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Your ticket</title>'
        '</head><body><p><img src="cid:logo@health.example" alt="MyHealth"></p>'
        f"<p>Dear {good.NAME}, here is your ticket for {good.REFERENCE}.</p>"
        "<p>Your MyHealth team</p></body></html>\n"
    )
    picture = file_part(content, "image/png", "logo.png", disposition="inline")
    return good.multipart(
        good.part(page, "text/html; charset=utf-8"),
        f"Content-ID: <logo@health.example>\n{picture}",
        kind="related",
        header={"Subject": SUBJECT},
    )


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def _row_changed(content: bytes) -> Image.Image:
    image = _opened(content).convert("RGBA")
    ImageDraw.Draw(image).line((0, 10, image.width, 10), fill=(200, 0, 0, 255))
    return image


def _written_on(content: bytes) -> Image.Image:
    image = _opened(content).convert("RGB")
    font = ImageFont.load_default(20)
    ImageDraw.Draw(image).text((24, 100), "Call 1800 111 now", fill="white", font=font)
    return image


def _film(first: Image.Image, second: Image.Image, kind: str) -> bytes:
    rest = second.convert("RGB").resize(first.size)
    return saved(first.convert("RGB"), kind, save_all=True, append_images=[rest], duration=900)


def _two_faced(light: Image.Image, dark: Image.Image) -> Image.Image:
    """Return a picture that shows one on white and the other on black."""
    on_white = 128 + np.asarray(light.convert("L"), np.float32) / 2.01
    on_black = np.asarray(dark.convert("L").resize(light.size), np.float32) / 2.01
    alpha = 255 - (on_white - on_black)
    level = np.clip(on_black * 255 / np.maximum(alpha, 1), 0, 255)
    shown = np.dstack([level, level, level, alpha]).astype(np.uint8)
    return Image.fromarray(shown, "RGBA")


def _with_photo(code: Image.Image) -> Image.Image:
    photo = _opened(PRANK).convert("L").resize((640, 480))
    photo.paste(code, (20, 20))
    return photo


def _with_mark(code: Image.Image) -> Image.Image:
    marked = code.copy()
    middle = code.width // 2
    ImageDraw.Draw(marked).ellipse((middle - 14, middle - 14, middle + 14, middle + 14), fill=128)
    return marked


def _hostile() -> Iterator[tuple[str, bytes, str]]:
    """Yield pictures that are almost approved: name, content and media type."""
    logo, banner, prank = map(_opened, (LOGO, BANNER, PRANK))
    code = draw_code(PLACE, scale=6)
    png = "image/png"
    yield "another picture", PRANK, "image/jpeg"
    yield "a row of the logo changed", saved(_row_changed(LOGO)), png
    yield "the logo's pixels in another file", saved(logo, compress_level=1), png
    yield "the logo mirrored", saved(ImageOps.mirror(logo.convert("RGBA"))), png
    yield "the logo and bytes after its end", LOGO + b"more", png
    yield "a second frame after the logo", _film(logo, prank, "GIF"), "image/gif"
    yield "words on the banner", saved(_written_on(BANNER)), png
    yield "the banner mirrored", saved(ImageOps.mirror(banner.convert("RGB"))), png
    yield "the banner turned", saved(banner.convert("RGB").rotate(180)), png
    yield "the banner squeezed", saved(banner.convert("RGB").resize((400, 150))), png
    turned = Image.Exif()
    turned[0x0112] = 2
    mirrored = saved(banner.convert("RGB"), "JPEG", exif=turned.tobytes())
    yield "the banner mirrored by its reader", mirrored, "image/jpeg"
    yield "half of the banner", saved(banner.convert("RGB").crop((0, 0, 300, 75))), png
    for kind in ("GIF", "WEBP"):
        film = _film(banner, prank, kind)
        yield f"a second frame after the banner, {kind}", film, f"image/{kind.lower()}"
    yield "the banner on white, a prank on black", saved(_two_faced(banner, prank)), png
    yield "a code in a photograph", saved(_with_photo(code)), png
    yield "a code with a mark in its middle", saved(_with_mark(code)), png
    yield "two codes", saved(_beside(code)), png
    yield "a spacer with something to see", saved(prank.resize((40, 3))), png
    yield "a chart that is larger", saved(Image.new("RGB", (301, 150), "white")), png


def _beside(code: Image.Image) -> Image.Image:
    both = Image.new("L", (code.width * 2, code.height), 255)
    both.paste(code, (0, 0))
    both.paste(code, (code.width, 0))
    return both


def _remote() -> Iterator[tuple[str, bytes]]:
    yield "an element", _html(f'<img src="{REMOTE}" alt="MyHealth">')
    srcset = f'<img src="data:image/png;base64,{base64.b64encode(LOGO).decode()}" alt="MyHealth"'
    yield "the set of an element", _html(f'{srcset} srcset="{REMOTE} 2x">')
    table = "<table background='%s'><tr><td>&nbsp;</td></tr></table>"
    yield "the ground of a table", _html(table % REMOTE)
    yield "a style", _html(f"<div style=\"background-image:url('{REMOTE}')\">&nbsp;</div>")


def _wrapped(content: bytes, width: int) -> str:
    encoded = base64.b64encode(content).decode()
    lines = "\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    return (
        "Content-Type: image/png\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: inline; filename="image001.png"\n\n{lines}\n'
    )


def _legitimate() -> Iterator[tuple[str, bytes]]:
    banner = _opened(BANNER).convert("RGB")
    yield "no picture", _letter()
    yield "the logo", _with(LOGO)
    yield "the logo as a file", _with(LOGO, disposition="attachment")
    yield "the logo in shorter lines", _letter(_wrapped(LOGO, 60))
    yield "the logo in the page", _related(LOGO)
    both = [file_part(one, "image/png", name) for one, name in ((LOGO, "a.png"), (BANNER, "b.png"))]
    yield "the logo and the banner", _letter(*both)
    yield "the banner as a relay encodes it", _with(saved(banner, "JPEG", quality=70), "image/jpeg")
    yield "the banner at half its size", _with(saved(banner.resize((300, 75))))
    yield "the banner in a newer format", _with(saved(banner, "WEBP", quality=80), "image/webp")
    for scale in (2, 6):
        code = draw_code(PLACE, scale=scale)
        yield f"a code for one person, {scale} pixels a module", _with(saved(code))
    printed = saved(draw_code(good.REFERENCE).convert("RGB"), "JPEG", quality=80)
    yield "a code with the reference", _with(printed, "image/jpeg")
    pixel = saved(Image.new("P", (1, 1)), "GIF", transparency=0)
    yield "a spacer", _with(pixel, "image/gif")
    yield "a chart for one person", _with(saved(_chart()))
    page = saved(Image.new("RGB", (600, 400), "white"), "PDF")
    page_name = f"ticket-{good.REFERENCE}.pdf"
    yield "a picture on a page of a file", _letter(file_part(page, "application/pdf", page_name))


def _chart() -> Image.Image:
    chart = Image.new("RGB", (300, 150), "white")
    for number, height in enumerate((40, 90, 60)):
        box = (40 + 80 * number, 140 - height, 90 + 80 * number, 140)
        ImageDraw.Draw(chart).rectangle(box, fill=(20, 90, 160))
    return chart


def samples() -> Iterator[Sample]:
    """Yield letters with pictures that nobody approved, and with those that somebody did."""
    for name, content, media_type in _hostile():
        yield Sample(FAMILY, name, _with(content, media_type), HELD)
    extra = file_part(PRANK, "image/jpeg", "b.jpg", disposition="inline")
    logo = file_part(LOGO, "image/png", "a.png", disposition="inline")
    yield Sample(FAMILY, "the logo and another picture", _letter(logo, extra), HELD)
    page = _related(saved(_row_changed(LOGO)))
    yield Sample(FAMILY, "a row of the logo in the page changed", page, HELD)
    attached = _with(PRANK, "image/jpeg", disposition="attachment")
    yield Sample(FAMILY, "another picture as a file", attached, HELD)
    evil = _with(saved(draw_code("https://evil.example/x")))
    yield Sample(FAMILY, "a code that leads elsewhere", evil, "link.not_allowed")
    for name, mail in _remote():
        yield Sample(FAMILY, f"a picture from elsewhere: {name}", mail, "image.remote")
    for name, mail in _legitimate():
        yield Sample(FAMILY, name, mail)
