# ruff: noqa: RUF001, E501 - look-alikes are what is tested, in tables
"""Text messages: the line that browsers read, what providers rewrite, media, line ends, parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.battery import good
from tests.battery.sample import Sample, text_message

ORIGIN = f"{good.CODE_TEXT}\n\n@health.example #{good.CODE}"

# https://wicg.github.io/sms-one-time-codes/: the last line is "@host #code", perhaps "%host".
ORIGINS: dict[str, str] = {
    "another host": "@evil.example #493021",
    "a host below it": "@www.health.example #493021",
    "a host that begins so": "@health.example.evil.example #493021",
    "a host that ends so": "@evilhealth.example #493021",
    "a look-alike": "@heаlth.example #493021",
    "a port": "@health.example:8443 #493021",
    "a path": "@health.example/x #493021",
    "a scheme": "@https://health.example #493021",
    "another code": "@health.example #493022",
    "no code": "@health.example",
    "no number sign": "@health.example 493021",
    "two number signs": "@health.example ##493021",
    "a frame": "@health.example #493021 %evil.example",
    "a frame as the spec had it": "@health.example #493021 @evil.example",
    "words behind": "@health.example #493021 Call us",
    "another line behind": "@health.example #493021\n@evil.example #493021",
    "another line before": "@evil.example #493021\n@health.example #493021",
    "two ats": "@@health.example #493021",
    "full-width at": "＠health.example #493021",
    "full-width number sign": "@health.example ＃493021",
    "address": "x@health.example #493021",
    "zero width": "@health\u200b.example #493021",
    "ideographic dot": "@health。example #493021",
    "dot behind": "@health.example. #493021",
    "app hash": "@health.example #493021\nFA+9qCX9VSu",
    "app prefix": "@health.example #493021 <#>",
}

# Signs that Smart Encoding turns into others, after we have looked (271 of them; a sample).
REWRITTEN: tuple[str, ...] = (
    "see evil．com", "see evil。com", "see evil｡com", "see evil﹒com", "see http：//evil.com", "see http꞉//evil.com", "see httpː//evil.com",
    "see http˸//evil.com", "see http⦂//evil.com", "see http︓//evil.com", "see evil.com∕x", "see evil.com⁄x", "see evil.com／x", "see evil.com⧸x",
    "write evil＠evil.com", "write evil﹫evil.com", "see ev\u200bil.com", "see evil\u200b.com", "see evil\u2060.com", "see evil\ufeff.com",
    "see ＥＶＩＬ.ＣＯＭ", "see EVIL．COM", "see ᴇᴠɪʟ．ᴄᴏᴍ", "see evil\u0080.com", "see evil․com", "see 203。0.113.7", "see ¼.com", "see evil…com/../x http://evil.com",
)  # fmt: skip

MEDIA_HELD: tuple[str, ...] = (
    "https://evil.example/x.png", "http://static.health.example/mail/x.png", "https://static.health.example/other/x.png", "https://static.health.example/mail/../x.png",
    "https://static.health.example/mail/a/x.png", "https://static.health.example@evil.example/x.png", "//static.health.example/mail/x.png", "data:image/png;base64,AAAA", "ftp://static.health.example/mail/x.png", "file:///x.png",
    "https://static.health.example:8443/mail/x.png", "https://static.health.example/mail/x.png?u=https://evil.example", "https://static.health.example/mail/x.png#x", "", "x.png", "cid:x", "https://stаtic.health.example/mail/x.png", "https://203.0.113.7/x.png",
)  # fmt: skip


def samples() -> Iterator[Sample]:
    """Yield text messages with one thing changed, and those of another encoding or layout."""
    yield from _origins()
    for text in REWRITTEN:
        body = f"Dear {good.NAME}, your clinic writes: {text} Your MyHealth team"
        yield text_message("sms/rewritten", ascii(text), body, _because(text))
    for place, url in enumerate(MEDIA_HELD):
        yield _with_media(f"{place} held: {url!a}", "link.", url)
    # Nobody has looked at what lies there; the bytes themselves pass, see tests/sms.
    yield _with_media("listed", "media.unseen", "https://static.health.example/mail/x.png")
    yield _with_media(
        "two listed",
        "media.unseen",
        "https://static.health.example/mail/x.png",
        "https://static.health.example/mail/y.png",
    )
    yield _with_media(
        "one of two listed",
        "link.",
        "https://static.health.example/mail/x.png",
        "https://evil.example/y.png",
    )
    yield from _layouts()
    yield from _stuffed()


def _origins() -> Iterator[Sample]:
    yield text_message("sms/origin", "good", ORIGIN)
    for ends in ("\r\n", "\n", "\r", " \n", "\n\n\n"):
        yield text_message("sms/origin", f"good, {ends!a}", ORIGIN.replace("\n\n", ends))
    yield text_message("sms/origin", "good, line end behind", ORIGIN + "\n")
    for name, line in ORIGINS.items():
        yield text_message(
            "sms/origin",
            name,
            f"{good.CODE_TEXT}\n\n{line}",
            "te" if name != "zero width" else "text.",
        )


def _because(text: str) -> str:
    unseen = not {"\u200b", "\u2060", "\ufeff", "\u0080"}.isdisjoint(text)
    disguised = any(sign in text for sign in "ＥＣ")
    return "text." if unseen else "template." if disguised else "link."


def _with_media(name: str, because: str, *urls: str) -> Sample:
    body = f"Dear {good.NAME}, your clinic writes: See you soon. Your MyHealth team"
    sample = text_message("sms/media", name, body, because)
    return replace(sample, text=replace(sample.text, media=urls)) if sample.text else sample


def _layouts() -> Iterator[Sample]:
    words = good.CODE_TEXT.split(" ")
    for name, ends in (
        ("LF", "\n"),
        ("CRLF", "\r\n"),
        ("CR", "\r"),
        ("NBSP", "\u00a0"),
        ("LINE SEPARATOR", "\u2028"),
        ("NEL", "\u0085"),
        ("tab", "\t"),
        ("form feed", "\f"),
        ("vertical tab", "\v"),
    ):
        honest = name not in ("NEL", "form feed", "vertical tab")
        yield text_message("sms/layout", name, ends.join(words), "" if honest else "te")
    for name, body in (
        ("blanks behind", good.CODE_TEXT + "  "),
        ("CRLF behind", good.CODE_TEXT + "\r\n"),
        ("NBSP behind", good.CODE_TEXT + "\u00a0"),
        ("NBSP before", "\u00a0" + good.CODE_TEXT),
    ):
        yield text_message("sms/layout", name, body)
    for name, body in (
        ("nothing", ""),
        ("blanks alone", "   "),
        ("line ends alone", "\n\n"),
        ("twice", good.CODE_TEXT + "\n" + good.CODE_TEXT),
        ("quoted", f'"{good.CODE_TEXT}"'),
        ("a sender in front", f"MYHEALTH: {good.CODE_TEXT}"),
        ("counted", f"(1/2) {good.CODE_TEXT}"),
        ("an opt-out behind", good.CODE_TEXT + " Reply STOP to opt out"),
        ("NUL behind", good.CODE_TEXT + "\x00"),
        ("ESC before", "\x1b" + good.CODE_TEXT),
        ("half of a pair", good.CODE_TEXT + "\ud83d"),
        ("the other half", "\ude00" + good.CODE_TEXT),
        ("bytes as characters", good.CODE_TEXT.replace("code", "cÃ¶de")),
    ):
        yield text_message("sms/layout", name, body, "te")


def _stuffed() -> Iterator[Sample]:
    """Many lines push what is approved off the screen; a long word or many parts hide the rest."""
    for name, body in (
        ("lines pushed down", "\n" * 500 + "Run!\n" + good.CODE_TEXT),
        ("behind many lines", good.CODE_TEXT + "\n" * 500 + "Run!"),
        ("behind many blanks", good.CODE_TEXT + " " * 1500 + "Run!"),
        ("ten times", " ".join([good.CODE_TEXT] * 10)),
        ("a long word", good.CODE_TEXT.replace("code", "code" * 400)),
    ):
        yield text_message("sms/parts", name, body, "te")
    for name, words in (
        ("one part in GSM-7", "a" * 60),
        ("two parts in GSM-7", "word " * 30 + "end"),
        ("UCS-2", "ü" * 5 + " 你好"),
        ("extension table", "{[^~]}|€\\ ok"),
        ("two parts in UCS-2", "您好 " * 40 + "ok"),
        ("surrogate pairs", "👍 " * 40 + "ok"),
        ("GSM-7 Greek capitals", "ΔΦΓΛΩΠΨΣΘΞ"),
        ("Ç and ç", "Çedilla ça"),
    ):
        yield text_message(
            "sms/parts",
            f"honest: {name}",
            f"Dear {good.NAME}, your clinic writes: {words} Your MyHealth team",
        )
