# ruff: noqa: E501 - a table of samples, one a line
"""Codes for cameras, in pictures and on pages: a link in one is a link."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image, ImageOps

from tests.battery import good
from tests.battery.attaching import CERTIFICATE, saved, with_file
from tests.battery.sample import Sample
from tests.pictures.codes import draw_code

FAMILY = "qr"
EVIL = "https://evil.example/x"
GOOD = f"https://www.health.example/appointments/{good.REFERENCE}"

# What a code says, and what that is held for.
CONTENTS = {
    "another host": (EVIL, "link.not_allowed"),
    "another host in capitals": ("HTTPS://EVIL.EXAMPLE/X", "link.not_allowed"),
    "a host like ours": ("https://www.hea1th.example/app/", "link.lookalike"),
    "our host before an at sign": ("https://www.health.example@evil.example/", "link.spelling"),
    "our host without TLS": ("http://www.health.example/app/", "link"),
    "another reference": ("https://www.health.example/appointments/KA-004712", "link.not_allowed"),
    "our redirect to somebody": ("https://go.health.example/r?to=https://evil.example/", "link"),
    "a bare host": ("evil.example/x", "picture.code"),
    "a script": ("javascript:alert(1)", "picture.code"),
    "an address to write to": ("mailto:someone@evil.example", "link.not_allowed"),
    "a number to call": ("tel:+60999999999", "link.not_allowed"),
    "a short code to text": ("SMSTO:33333:JOIN", "picture.code"),
    "a network to join": ("WIFI:T:WPA;S:clinic;P:secret;;", "picture.code"),
    "a card": ("BEGIN:VCARD\nVERSION:3.0\nN:Evil\nURL:https://evil.example\nEND:VCARD", "picture.code"),
    "a MECARD": ("MECARD:N:Evil;TEL:0999;;", "picture.code"),
    "a bookmark": ("MEBKM:TITLE:x;URL:https\\://evil.example;;", "picture.code"),
    "a place": ("geo:3.14,101.69", "picture.code"),
    "a second factor": ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP", "picture.code"),
    "a payment": ("00020201021126580014A000000615000101065887340212", "picture.code"),
    "an event": ("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", "picture.code"),
    "a sentence": ("You are infected", "picture.code"),
    "a coin's address": ("bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "picture.code"),
    "a program's own scheme": ("whatsapp://send?text=x", "picture.code"),
    "a market": ("market://details?id=x", "picture.code"),
    "a link after a word": ("Open https://evil.example/x", "picture.code"),
    "another value": ("KA-004712", "picture.code"),
}  # fmt: skip


def _noise(code: Image.Image) -> Image.Image:
    photo = Image.effect_noise((900, 700), 50)
    photo.paste(code, (500, 300))
    return photo


def _shades(code: Image.Image, dark: tuple[int, ...], light: tuple[int, ...]) -> Image.Image:
    return ImageOps.colorize(code, dark, light)


def _dresses() -> Iterator[tuple[str, bytes, str, str]]:
    """Yield how a code may be drawn: name, content, media type and file name."""
    code = draw_code(EVIL)
    drawn = {
        "inverted": ImageOps.invert(code),
        "mirrored": ImageOps.mirror(code),
        "upside down": code.rotate(180),
        "on its corner": code.rotate(45, expand=True, fillcolor=255),
        "one pixel a module": draw_code(EVIL, scale=1),
        "two pixels a module": draw_code(EVIL, scale=2),
        "huge": draw_code(EVIL, scale=40),
        "in a photograph": _noise(code),
        "pale": code.point(lambda level: 210 + level // 8),
        "equally bright colours": _shades(code, (200, 0, 0), (0, 102, 0)),
        "blue on black": _shades(code, (0, 0, 0), (0, 0, 140)),
        "our own code beside it": _beside(draw_code(GOOD), code),
    }
    for name, image in drawn.items():
        yield name, saved(image), "image/png", "map.png"
    for kind in ("rMQR", "Aztec", "DataMatrix", "PDF417"):
        yield f"as {kind}", saved(draw_code(EVIL, kind)), "image/png", "map.png"
    for level in (0, 255):
        inverse = ImageOps.invert(code)
        shown = Image.merge("LA", (Image.new("L", code.size, level), inverse))
        yield f"transparent, drawn in grey {level}", saved(shown), "image/png", "map.png"
    blank = Image.new("L", (600, 500), 255)
    late = blank.copy()
    late.paste(draw_code(EVIL, scale=2), (200, 200))
    film = saved(blank, "GIF", save_all=True, append_images=[blank.copy(), late])
    yield "in the last frame", film, "image/gif", "map.gif"
    yield "as JPEG", saved(code, "JPEG", quality=40), "image/jpeg", "map.jpg"
    page = Image.new("L", (1240, 1754), 255)
    page.paste(draw_code(EVIL).resize((118, 118)), (1000, 1500))
    yield (
        "two centimetres on a page",
        saved(page, "PDF", resolution=150),
        "application/pdf",
        CERTIFICATE,
    )


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("L", (left.width + right.width + 40, max(left.height, right.height)), 255)
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 40, 0))
    return both


def samples() -> Iterator[Sample]:
    """Yield codes that say something else, and codes drawn so that they are hard to read."""
    for name, (text, because) in CONTENTS.items():
        yield Sample(
            FAMILY, name, with_file(saved(draw_code(text)), "image/png", "map.png"), because
        )
    for name, content, media_type, file_name in _dresses():
        mail = with_file(content, media_type, file_name)
        yield Sample(FAMILY, f"a link, {name}", mail, "link.not_allowed")
    inline = with_file(saved(draw_code(EVIL)), "image/png", "map.png", disposition="inline")
    yield Sample(FAMILY, "a link in an inline picture", inline, "link.not_allowed")
    for name, text in {
        "our own link": GOOD,
        "our home": "https://health.example/",
        "our app with a language": "https://www.health.example/app/?lang=ms",
        "our number": "tel:+60388810200",
        "our address": "mailto:help@health.example",
        "the reference that the text names": good.REFERENCE,
    }.items():
        yield Sample(FAMILY, name, with_file(saved(draw_code(text)), "image/png", "map.png"))
    yield Sample(
        FAMILY,
        "no code",
        with_file(saved(_noise(draw_code(GOOD).resize((9, 9)))), "image/png", "map.png"),
    )
    page = Image.new("L", (1240, 1754), 255)
    page.paste(draw_code(GOOD), (600, 900))
    yield Sample(
        FAMILY,
        "our own link on a page",
        with_file(saved(page, "PDF"), "application/pdf", CERTIFICATE),
    )
