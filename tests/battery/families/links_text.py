# ruff: noqa: RUF001, E501 - look-alikes are what is tested, in tables
"""What mail programs and handsets turn into links by themselves, in a slot of free text."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample, text_message

FAMILY = "links/text"

LINKED: tuple[str, ...] = (
    # --- where it stands
    "see evil.com now", "evil.com", "evil.com.", "see evil.com, now", "see evil.com! now",
    "see evil.com; now", "see evil.com: now", "is it evil.com? no", "see (evil.com) now",
    "see [evil.com] now", "see {evil.com} now", "see <evil.com> now", 'see "evil.com" now',
    "see 'evil.com' now", "see “evil.com” now", "see „evil.com“ now", "see «evil.com» now",
    "see ‹evil.com› now", "see 「evil.com」 now", "see （evil.com） now", "see *evil.com* now",
    "see _evil.com_ now", "see ~evil.com~ now", "see |evil.com| now", "see `evil.com` now",
    "see=evil.com", "see:evil.com", "see/evil.com", "see,evil.com", "see;evil.com", "see-evil.com",
    "see…evil.com", "see—evil.com", "see–evil.com", "→evil.com", "•evil.com", "·evil.com",
    "✅evil.com", "👉evil.com", "👉🏽evil.com👈", "evil.com❤️", "#evil.com", "@evil.com", "$evil.com",
    "1.evil.com", "a.evil.com", "(1)evil.com", "RM5.evil.com", "no.evil.com",
    "see\tevil.com\tnow", "see\nevil.com\nnow", "see\u00a0evil.com\u00a0now",
    "see\u3000evil.com\u3000now", "see\u2028evil.com",
    # --- beside other scripts
    "访问evil.com", "evil.com访问", "请访问evil.com领取", "点击evil.com/x领取", "ดูevil.comเลย",
    "見てevil.comください", "지금evil.com로", "evil.comに", "смотриevil.com", "evil.comсмотри",
    "देखेंevil.com", "evil.comदेखें", "زورواevil.com", "evil.com،", "evil.com。", "evil.com，现在",
    "evil.com、", "（evil.com）", "évil.com", "naïveevil.com",
    # --- how it is spelled
    "EVIL.COM", "Evil.Com", "eViL.cOm", "evil.com/x", "evil.com/x?y=1#z", "evil.com?x", "evil.com#x",
    "evil.com:8080", "evil.com:8080/x", "evil.com/", "www.evil.com", "WWW.EVIL.COM", "www.evil",
    "www.evil.unknown", "a-b.evil.com", "a_b.evil.com", "evil-.com/x", "-evil.com", "1evil.com",
    "123.com", "e.vi.l.com", "http://evil.com", "HTTP://EVIL.COM", "hTTps://evil.com/x",
    "http://evil", "http://localhost/", "http:evil.com", "http:/evil.com", "http:///evil.com",
    "http:\\\\evil.com", "https:\\evil.com", "//evil.com/x", "\\\\evil.com\\x", "ftp://evil.com",
    "seehttps://evil.com", "xhttp://evil.com", "http://evil.com)", "https://evil.com@good.com/",
    "https://www.health.example@evil.com/", "https://www.health.example.evil.com/",
    "https://www.health.example/unlisted", "http://www.health.example/app/x",
    "whatsapp://send?text=x", "tg://resolve?domain=x", "intent://x#Intent;end", "market://details?id=x",
    "itms-apps://x/y", "myapp://open", "rtsp://evil.com/x",
    "203.0.113.7", "203.0.113.7/x", "203.0.113.7:8080", "http://203.0.113.7", "http://3405803783/",
    "http://0xcb007107/", "http://[2001:db8::1]/x", "see 203.0.113.7.",
    # --- top-level domains
    "evil.my", "evil.com.my", "evil.sg", "evil.tk", "evil.ru", "evil.cn", "evil.co", "evil.me",
    "evil.io", "evil.ly", "bit.ly/x", "t.co/x", "t.me/x", "wa.me/60123456789", "goo.gl/x",
    "tinyurl.com/x", "is.gd/x", "cutt.ly/x", "evil.app", "evil.dev", "evil.zip", "evil.mov",
    "evil.xyz", "evil.top", "evil.click", "evil.link", "evil.online", "evil.shop", "evil.vip",
    "evil.loan", "evil.support", "evil.security", "evil.google", "evil.africa", "evil.museum",
    "evil.xn--p1ai", "xn--80ak6aa92e.com", "пример.рф", "例子.中国", "例子.公司",
    "옛.한국", "مثال.السعودية", "उदाहरण.भारत", "ตัวอย่าง.ไทย", "παράδειγμα.ελ", "evil.онлайн",
    "thanks.so much", "thanks.me", "evil.onion",
    # --- letters in disguise
    "evil．com", "evil。com", "evil｡com", "evil․com", "evil﹒com", "ｅｖｉｌ.com", "evil.ｃｏｍ", "𝐞𝐯𝐢𝐥.com",
    "𝚎𝚟𝚒𝚕.𝚌𝚘𝚖", "ⓔⓥⓘⓛ.com", "ᴇᴠɪʟ.com", "ᴇᴠɪʟ．ᴄᴏᴍ", "ＥＶＩＬ．ＣＯＭ", "еvil.com", "evіl.com", "evil.сom",
    "ev\u00adil.com", "evil.c\u00adom", "ev\u200bil.com", "evil\u200b.com", "evil.\u200bcom",
    "evil.co\u200bm", "evil\u2060.com", "evil\ufeff.com", "evil.com\u200b", "\u202emoc.live",
    "evil.com\u202cx", "http：//evil.com", "http:／／evil.com", "http∶//evil.com", "evil.com⁄x",
    "evil.com∕x", "①.com", "½.com", "http\u200b://evil.com", "hea1th.example", "heаlth.example",
    "www.health.exampIe", "rnyhealth.com",
    # --- addresses
    "evil@evil.com", "write to evil@evil.com.", "<evil@evil.com>", "evil.one@evil.com",
    "evil+tag@evil.com", "mailto:evil@evil.com", "MAILTO:evil@evil.com?subject=x",
    "help@health.example.evil.com", "HELP@evil.com", "evil＠evil.com", "evil@ｅvil.com",
    "evil@evil．com", "write:evil@evil.com", "请写evil@evil.com", "evil@пример.рф", "helpp@health.example",
    '"evil one"@evil.com', "evil@sub.evil.com", "evil%40evil.com@evil.com", "evil@203.0.113.7",
)  # fmt: skip

# What Android, iOS and mail programs call a number that can be dialled.
DIALLED: tuple[str, ...] = (
    "call +60 3 9999 9999", "call +60399999999", "+60-3-9999-9999", "+60 (3) 9999 9999",
    "+60.3.9999.9999", "(+60) 3 9999 9999", "+1 202 555 0143", "+44 20 7946 0958", "+86 138 0013 8000",
    "0060399999999", "00 60 3 9999 9999", "call 03-9999 9999", "call 03 9999 9999",
    "call (03) 9999 9999", "(03)99999999", "call 0399999999", "call 012-999 9999", "012 999 9999",
    "0129999999", "call 0129999999 now", "WhatsApp 012-9999999", "011-9999 9999", "01199999999",
    "call 088-999 999", "02 9999 9999", "020 7946 0958", "01 23 45 67 89", "0151 12345678",
    "call 202-555-0143", "(202) 555-0143", "202.555.0143", "1-202-555-0143", "1 (202) 555-0143",
    "1-800-555-0199", "1-300-88-2526", "1300 88 2526", "1800-88-1234", "1-800-88-1234",
    "call 9123 4567", "call 91234567", "tel: 9999 9999", "Tel 99999999", "phone 60399999999",
    "hubungi 60129999999", "telefon 99999999", "ring us on 99999999", "dial 9999999",
    "＋60399999999", "+６０３９９９９９９９９", "+60\u00a03\u00a09999\u00a09999", "+60–3–9999–9999",
    "+60\u20113\u20119999\u20119999", "call:+60399999999", "致电+60399999999", "致电03-9999 9999",
    "call +60399999999, ext. 5", "(call 03-9999 9999)", "03-9999 9999.", "03-9999 9999!",
    "tel:+60399999999", "sms:+60399999999", "dial *#06#", "dial *100#", "*111*1*60399999999#",
    "03-9999 9999 or 03-8881 0200", "Premium 0900 123 456",
)  # fmt: skip

NOT_LINKED: tuple[str, ...] = (
    "See you soon.", "Please bring your card", "Bring 1.5 litres.", "v1.2.3", "10.50", "RM10.50",
    "Rs.500", "a.m. to p.m.", "9.30 a.m.", "U.S. dollars", "e.g. this, i.e. that", "and/or",
    "he/she", "24/7", "50%", "C++", "C:\\file", "#1: @home", "No.5, Jalan 1/2A", "Dr. A. Rahman",
    "Dr.Rahman", "S.K.Ng", "D.Ng will see you", "Done.Call us", "thanks.See you",
    "Thank you.In case of doubt", "Sdn.Bhd", "Sdn. Bhd.", "Co., Ltd.", "invoice.pdf", "photo.jpeg",
    "report.docx", "evil[.]com", "evil .com", "evil. com", "evil . com", "evil dot com", "evil..com",
    "evil.comx", "...", "wait... what", "Hello…there", "1.", "2) next", "Room 3.14", "page 3.2.1",
    "08:00-17:00", "Mon-Fri 8-17, Sat 9-13", "14 June 2021", "14/06/2021 09:30", "14.06.2021",
    "01/02/2021", "01-02-2021 09:30", "2021-06-14 09:30-10:00", "01.02.2021 09.30", "2021 2022 2023",
    "order 1234567890", "Order no. 202106140001", "order #0012345", "Ref KA-004711",
    "Ref. AB-0123456789", "Ref AB0123456789", "Ref 0123456789", "Ref: 0123456789", "order no. 0123456789", "ID 01234567890",
    "No. rujukan 0123456789", "Invoice 2021-06-14-0001", "case 2021-12345",
    "IC 900101-14-5678", "IC 010101-14-5678", "MRN 00123456", "tracking 1Z999AA10123456784",
    "EAN 4006381333931", "ISBN 978-3-16-148410-0", "card ending 4242", "card 4111 1111 1111 1111",
    "batch 20210614", "Lot 5.12.3", "RM 1,234,567.89", "1.234.567,89 EUR", "10 000 000 IDR",
    "0.123456789", "3.1390, 101.6869", "50450 Kuala Lumpur", "PO Box 12345", "Bus 12 345",
    "flight MH 370", "100-200-300 mg", "50.000.000", "IBAN DE89 3704 0044 0532 0130 00",
    "Rooms 1 2 3 4 5", "No. 12/3, Jalan SS 2/24, #05-01 (Blk B)", "Level 2, Block C, Room 03-15",
    "2 x 500 mg, 3 times daily", "Blood pressure 120/80", "5+5=10", "+5 points", "-3.5", "+100",
    "A/L Raj", "d/o Siti", "S$5", "@ 9", "#blessed", "@dr_rahman", "Q&A", "R&D", "AC/DC",
    "ทราบแล้ว", "请带身份证。", "ご来院ください。", "حضور الموعد", "Приходите в 9.30.", "Komm um 9.30 Uhr.",
    "It’s at the “old” wing – see you!", "Bring ID… please", "💊 twice daily 👍🏽", "1️⃣ first, 2️⃣ second",
    "see https://www.health.example/app/x", "see www.health.example/app/x now",
    "(https://www.health.example/app/x)", "https://www.health.example/app/x.", "health.example",
    "write to help@health.example.", "Questions? help@health.example!", "see <https://health.example/>",
    "call 03-8881 0200", "call +60 3-8881 0200", "call +60388810200.", "(03) 8881 0200",
    "0388810200", "tel:+60388810200", "1300 88 2525", "1-300-88-2525", "03-88810200", "03 8881 0200",
)  # fmt: skip


def _note(text: str) -> str:
    return f"Dear {good.NAME}, your clinic writes: {text} Your MyHealth team"


def _mail(text: str) -> bytes:
    return good.mail(_note(text) + "\n", header={"Subject": "A note from your clinic"})


_INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff\u202e\u202c")


def samples() -> Iterator[Sample]:
    """Yield each text as a mail and, every other one, as a text message."""
    for place, text in enumerate((*LINKED, *DIALLED)):
        # Invisible characters and letters in disguise are refused for what they are first.
        code = "" if _INVISIBLE.isdisjoint(text) else "text."
        because = code or ("template." if _is_disguised(text) else "link.")
        if place % 2:
            yield text_message(FAMILY, ascii(text), _note(text), because)
        else:
            yield Sample(FAMILY, ascii(text), _mail(text), because)
    for text in NOT_LINKED:
        yield Sample(FAMILY, f"no link: {text!a}", _mail(text))
        yield text_message(FAMILY, f"no link, texted: {text!a}", _note(text))


def _is_disguised(text: str) -> bool:
    """Tell whether a slot refuses the letters themselves: full-width, styled, of two scripts."""
    return any(word in text for word in _DISGUISED)


_DISGUISED = (
    "ｅｖ", "ｃｏ", "𝐞", "𝚎", "Ｅ", "еv", "evі", "сom", "①", "heа", "６", "＠ｅ", "ｅvil",
    "смотриevil", "comсмотри", "देखेंevil", "comदेखें", "زورواevil",
)  # fmt: skip
