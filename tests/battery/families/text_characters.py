# ruff: noqa: RUF001, E501 - look-alikes are what is tested, in tables
"""Characters that nobody sees, that look like others, or that are spelled otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample, text_message

# Drawn as nothing, or turning the order of what is drawn.
UNSEEN: tuple[int, ...] = (
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F,
    0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060, 0x2061,
    0x2062, 0x2063, 0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x2069, 0x206A, 0x206B, 0x206C, 0x206D,
    0x206E, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE01, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0xFFF9,
    0xFFFA, 0xFFFB, 0xFFFC, 0xFFFE, 0xFFFF, 0xFDD0, 0x1BCA0, 0x1BCA3, 0x1D159, 0x1D173, 0x1D17A,
    0xE0001, 0xE0020, 0xE0041, 0xE007F, 0xE0100, 0xE01EF, 0xE0FFF, 0xE000, 0xF8FF, 0xF0000, 0x100000,
    0x0378, 0x2FE0, 0x1FFFE, 0x10FFFF, 0x0605, 0x06DD, 0x070F, 0x08E2, 0x110BD, 0x13430, 0x16FE4,
)  # fmt: skip
CONTROLS: tuple[int, ...] = (
    0x01,
    0x07,
    0x08,
    0x0E,
    0x1B,
    0x1F,
    0x7F,
    0x80,
    0x81,
    0x8D,
    0x90,
    0x9B,
    0x9F,
)

# What the fixed words may be disguised with: each stands for the ASCII letters in their order.
ALPHABETS: dict[str, dict[str, str]] = {
    "Cyrillic a": {"a": "а"}, "Cyrillic e": {"e": "е"}, "Cyrillic o": {"o": "о"}, "Cyrillic p": {"p": "р"},
    "Cyrillic c": {"c": "с"}, "Cyrillic y": {"y": "у"}, "Cyrillic x": {"x": "х"}, "Cyrillic i": {"i": "і"},
    "Cyrillic s": {"s": "ѕ"}, "Cyrillic h": {"h": "һ"}, "Cyrillic H": {"H": "Н"}, "Cyrillic d": {"d": "ԁ"},
    "Greek o": {"o": "ο"}, "Greek v": {"v": "ν"}, "Greek i": {"i": "ι"}, "Greek H": {"H": "Η"}, "Greek N": {"N": "Ν"},
    "Armenian o": {"o": "օ"}, "Armenian u": {"u": "ս"}, "Armenian n": {"n": "ո"}, "Georgian": {"y": "ყ"},
    "Cherokee H": {"H": "Ꮋ"}, "Lisu H": {"H": "ꓧ"}, "Coptic o": {"o": "ⲟ"}, "Hebrew": {"o": "ס"},
    "full-width": {"c": "ｃ", "o": "ｏ"}, "full-width capital": {"H": "Ｈ"},
    "mathematical bold": {"c": "𝐜"}, "mathematical italic": {"o": "𝑜"}, "mathematical script": {"e": "ℯ"},
    "mathematical sans": {"s": "𝗌"}, "mathematical mono": {"d": "𝚍"}, "double-struck": {"H": "ℍ"}, "fraktur": {"o": "𝔬"},
    "letterlike l": {"l": "ℓ"}, "Roman numeral i": {"i": "ⅰ"}, "Roman numeral c": {"c": "ⅽ"}, "enclosed": {"e": "ⓔ"},
    "squared": {"H": "🄷"}, "negative circled": {"N": "🅝"}, "parenthesised": {"a": "⒜"}, "regional": {"N": "🇳"},
    "small capital": {"i": "ɪ"}, "superscript": {"n": "ⁿ"}, "modifier": {"h": "ʰ"}, "subscript": {"e": "ₑ"},
    "Latin alpha": {"a": "ɑ"}, "Latin iota": {"i": "ɩ"}, "dotless i": {"i": "ı"}, "dotless j": {"j": "ȷ"},
    "long s": {"s": "ſ"}, "script g": {"g": "ɡ"}, "capital I for l": {"l": "I"}, "digit one for l": {"l": "1"},
    "bar for l": {"l": "|"}, "digit zero for o": {"o": "0"}, "rn for m": {"m": "rn"}, "vv for v": {"v": "vv"},
    "ligature fi": {"si": "ﬁ"}, "ligature st": {"st": "ﬆ"}, "ligature ll": {"ll": "ỻ"}, "ae ligature": {"a": "æ"},
    "acute": {"e": "é"}, "diaeresis": {"o": "ö"}, "dot below": {"n": "ṇ"}, "cedilla": {"s": "ş"}, "stroke": {"o": "ø"},
    "tilde overlay": {"o": "o\u0334"}, "solidus overlay": {"o": "o\u0338"}, "low line": {"o": "o\u0332"},
    "enclosing circle": {"o": "o\u20dd"}, "enclosing keycap": {"o": "o\u20e3"}, "zalgo": {"e": "e\u0301\u0316\u0325\u0359\u0489"},
    "other capitals": {"Hello": "HELLO"}, "other small letters": {"Never": "never"},
}  # fmt: skip

DIGITS: dict[str, str] = {
    "Arabic-Indic": "٤٩٣٠٢١", "Persian": "۴۹۳۰۲۱", "Devanagari": "४९३०२१", "Bengali": "৪৯৩০২১", "Tamil": "௪௯௩௦௨௧",
    "Thai": "๔๙๓๐๒๑", "Khmer": "៤៩៣០២១", "Burmese": "၄၉၃၀၂၁", "Lao": "໔໙໓໐໒໑", "full-width": "４９３０２１",
    "mathematical": "𝟒𝟗𝟑𝟎𝟐𝟏", "superscript": "⁴⁹³⁰²¹", "subscript": "₄₉₃₀₂₁", "circled": "④⑨③⓪②①",
    "Chinese": "四九三〇二一", "one of them Arabic": "49302١", "one of them full-width": "4９3021", "capital O for zero": "493O21",
    "small l for one": "49302l", "capital I for one": "49302I", "Cyrillic o for zero": "493о21", "keycaps": "4️⃣9️⃣3️⃣0️⃣2️⃣1️⃣",
    "segmented": "🯴🯹🯳🯰🯲🯱", "Roman numeral": "49302Ⅰ", "with a blank": "493 021", "with a no-break space": "493\u00a0021",
    "with a hyphen": "493-021", "with a soft hyphen": "493\u00ad021", "with a zero width space": "493\u200b021",
    "with a combining mark": "493021\u0301", "with a joiner": "493\u2060021", "one short": "49302", "one long": "4930210",
    "signed": "+493021", "with a letter": "49302a", "empty": "",
}  # fmt: skip

# Typographic cousins in fixed text: a reader sees the difference, or could.
COUSINS: dict[str, tuple[str, str]] = {
    "comma": (",", "‚"), "Arabic comma": (",", "،"), "full-width comma": (",", "，"), "full stop": (".", "․"),
    "ideographic stop": (".", "。"), "hyphen": ("-", "‐"), "no-break hyphen": ("-", "\u2011"), "en dash": ("-", "–"),
    "minus": ("-", "−"), "em dash": ("-", "—"), "hyphen bullet": ("-", "⁃"), "no hyphen": ("-", ""), "no comma": (",", ""),
    "no stop": (".", ""), "two stops": (".", ".."), "ellipsis": (".", "…"), "no blank": (" ", ""), "underscore": (" ", "_"),
    "middle dot": (" ", "·"), "symbol for space": (" ", "␠"), "open box": (" ", "␣"),
}  # fmt: skip

SPACES: tuple[int, ...] = (
    0x00A0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028,
    0x2029, 0x202F, 0x205F, 0x3000, 0x09,
)  # fmt: skip

PUNCTUATED = f"It’s time, {good.NAME} – your “check-up” is due. Don't wait… ❤️ Café Zoë, 10 % off, naïve – Überraschung."
INDIC = (
    "உங்கள் குறியீடு 493021. क्‍ष में 493021 है. می‌خواهم 493021. รหัสของคุณคือ 493021. 您的验证码是 493021。"
    " 인증번호 493021"
)  # fmt: skip

PUNCTUATION: dict[str, tuple[str, str]] = {
    "straight apostrophe": ("It’s", "It's"), "prime": ("It’s", "It′s"), "grave": ("It’s", "It`s"), "acute": ("It’s", "It´s"),
    "modifier apostrophe": ("It’s", "Itʼs"), "opening quote": ("It’s", "It‘s"), "full-width apostrophe": ("It’s", "It＇s"),
    "typographic for straight": ("Don't", "Don’t"), "hyphen for a dash": (" – your", " - your"), "em dash": (" – your", " — your"),
    "minus for a dash": (" – your", " − your"), "straight quotes": ("“check-up”", '"check-up"'), "guillemets": ("“check-up”", "«check-up»"),
    "German quotes": ("“check-up”", "„check-up“"), "no-break hyphen": ("check-up", "check‑up"), "three stops": ("wait…", "wait..."),
    "another heart": ("❤️", "💙"), "black heart": ("❤️", "🖤"), "heart, text": ("❤️", "❤︎"), "no heart": ("❤️ ", ""), "plain e": ("Café", "Cafe"),
    "grave e": ("Café", "Cafè"), "plain o": ("Zoë", "Zoe"), "full-width percent": ("%", "％"), "per mille": ("%", "‰"),
    "Cyrillic ё": ("Zoë", "Zoё"), "U and e": ("Überraschung", "Ueberraschung"),
}  # fmt: skip


def _named(code: int) -> str:
    return f"U+{code:04X}"


def samples() -> Iterator[Sample]:
    """Yield good messages with one character more, or another."""
    yield from _unseen()
    yield from _letters()
    yield from _spelled()


def _unseen() -> Iterator[Sample]:
    for place, code in enumerate(UNSEEN):
        sign = chr(code)
        words = good.CODE_TEXT.replace("expires", f"exp{sign}ires")
        name = good.CODE_TEXT.replace(good.NAME, f"Aisha{sign} binti Rahman")
        note = f"Dear {good.NAME}, your clinic writes: See{sign} you. Your MyHealth team"
        digits = good.CODE_TEXT.replace(good.CODE, f"493{sign}021")
        yield Sample(
            "text/unseen", f"{_named(code)} in fixed words", good.mail(words + "\n"), "text."
        )
        yield text_message("text/unseen", f"{_named(code)} in a name", name, "text.")
        yield text_message("text/unseen", f"{_named(code)} in free text", note, "text.")
        ends = (good.CODE_TEXT + sign, sign + good.CODE_TEXT, digits)
        yield text_message(
            "text/unseen", f"{_named(code)} at an end or in digits", ends[place % 3], "text."
        )
        if code != 0xFEFF and place % 4 == 0:
            html = good.APPOINTMENT_BODY.replace("expect", f"exp&#{code};ect")
            because = "" if unicodedata.category(sign) in ("Cn", "Cs") else "text."
            if because:
                yield Sample(
                    "text/unseen", f"{_named(code)} in HTML", good.body_html(html), because
                )
    for code in CONTROLS:
        yield text_message(
            "text/controls",
            _named(code),
            good.CODE_TEXT.replace("expires", f"exp{chr(code)}ires"),
            "text.",
        )


def _letters() -> Iterator[Sample]:
    for name, letters in ALPHABETS.items():
        text = good.CODE_TEXT
        for letter, other in letters.items():
            start = text.find(letter, text.index(","))
            if start >= 0 and letter != other:
                text = text[:start] + other + text[start + len(letter) :]
        if text != good.CODE_TEXT:
            yield Sample("text/look-alikes", name, good.mail(text + "\n"), "te")
    for name, digits in DIGITS.items():
        yield text_message("text/digits", name, good.CODE_TEXT.replace(good.CODE, digits), "te")
    for name, (one, other) in COUSINS.items():
        yield text_message("text/cousins", name, good.CODE_TEXT.replace(one, other, 1), "te")
    for name, (one, other) in PUNCTUATION.items():
        yield text_message(
            "text/cousins", f"typography: {name}", PUNCTUATED.replace(one, other, 1), "te"
        )


def _spelled() -> Iterator[Sample]:
    yield text_message("text/good", "typography", PUNCTUATED)
    yield Sample(
        "text/good",
        "typography by mail",
        good.mail(PUNCTUATED + "\n", header={"Subject": "=?utf-8?Q?It=E2=80=99s_time?="}),
    )
    yield Sample(
        "text/good",
        "scripts with joiners by mail",
        good.mail(INDIC + "\n", header={"Subject": "=?utf-8?B?4K6V4K+B4K6x4K6/4K6v4K+A4K6f4K+B?="}),
    )
    yield text_message("text/good", "scripts with joiners", INDIC)
    for form in ("NFC", "NFD"):
        yield text_message(
            "text/good", f"typography in {form}", unicodedata.normalize(form, PUNCTUATED)
        )
        yield text_message("text/good", f"scripts in {form}", unicodedata.normalize(form, INDIC))
        mail = good.mail(
            unicodedata.normalize(form, PUNCTUATED) + "\n",
            header={"Subject": "=?utf-8?Q?It=E2=80=99s_time?="},
        )
        yield Sample("text/good", f"typography by mail in {form}", mail)
    for code in SPACES:
        yield text_message(
            "text/good",
            f"{_named(code)} for a blank",
            good.CODE_TEXT.replace("It expires", f"It{chr(code)}expires"),
        )
        yield Sample(
            "text/good",
            f"{_named(code)} for a blank by mail",
            good.mail(good.CODE_TEXT.replace("It expires", f"It{chr(code)}expires") + "\n"),
        )
    for name, blanks in (
        ("two blanks", "  "),
        ("line end", "\n"),
        ("CRLF", "\r\n"),
        ("empty lines", "\n\n\n"),
        ("blank and line end", " \n "),
        ("no-break and blank", "\u00a0 "),
    ):
        yield text_message(
            "text/good", name, good.CODE_TEXT.replace("It expires", f"It{blanks}expires")
        )
    for name, ends in (
        ("line end behind", "{}\n"),
        ("CRLF behind", "{}\r\n"),
        ("blanks behind", "{}   "),
        ("no-break space behind", "{}\u00a0"),
        ("blank before", " {}"),
        ("line ends before", "\n\n{}"),
        ("CR behind", "{}\r"),
    ):
        yield text_message("text/good", name, ends.format(good.CODE_TEXT))
    for sign in (
        "👍🏽",
        "👨‍👩‍👧",
        "🏳️‍🌈",
        "🇲🇾",
        "1️⃣",
        "☎️",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "❤️‍🔥",
        "™",
        "½",
        "→",
        "✅",
        "©",
        "🧑🏿‍⚕️",
        "👁️‍🗨️",
    ):
        yield text_message(
            "text/good",
            f"{sign!a} in free text",
            f"Dear {good.NAME}, your clinic writes: Well done {sign} today. Your MyHealth team",
        )
