# ruff: noqa: RUF001 - look-alikes are what is tested, in tables
"""Allowed links that carry another one inside: open redirects, relays, viewers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

from tests.battery.families.links_spelling import button
from tests.battery.sample import Sample

FAMILY = "links/carried"
EVIL = "https://evil.example/x"
GO = "https://go.health.example/r?to="
APP = "https://www.health.example/app/"


def _twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="")


def _base64(text: str, *, url_safe: bool = False) -> str:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    return quote(encode(text.encode()).decode(), safe="")


HOSTILE: dict[str, str] = {
    "as it is": GO + EVIL,
    "encoded": GO + quote(EVIL, safe=""),
    "encoded twice": GO + _twice(EVIL),
    "encoded three times": GO + quote(_twice(EVIL), safe=""),
    "encoded in part": GO + "https:/%2Fevil.example",
    "every letter encoded": GO + "".join(f"%{b:02x}" for b in EVIL.encode()),
    "nine times encoded": GO + "%" + "25" * 9 + "2F",
    "in the other parameter": f"https://go.health.example/r?u={EVIL}",
    "behind a good one": f"{GO}https://health.example/&u={EVIL}",
    "as the name of a parameter": f"https://go.health.example/r?{EVIL}",
    "other letter case": GO + "HTTPS://EVIL.EXAMPLE/",
    "without TLS": GO + "http://health.example/",
    "without a scheme": GO + "//evil.example/x",
    "without a scheme, encoded": GO + "%2F%2Fevil.example",
    "three slashes": GO + "///evil.example",
    "slash and backslash": GO + "/%5Cevil.example",
    "two backslashes": GO + "%5C%5Cevil.example",
    "one slash after the scheme": GO + "https:/evil.example",
    "no slash after the scheme": GO + "https:evil.example",
    "backslashes after the scheme": GO + "https:%5C%5Cevil.example",
    "host alone": GO + "evil.example",
    "host and path": GO + "evil.example/x",
    "host and port": GO + "evil.example:8080",
    "host in capitals": GO + "EVIL.EXAMPLE",
    "www": GO + "www.evil.example",
    "host that ends like a file": GO + "evil.zip/x",
    "host with an ideographic dot": GO + "evil%E3%80%82example",
    "host with full-width letters": GO + quote("ｅｖｉｌ.example"),
    "host in Cyrillic": GO + quote("пример.рф"),
    "look-alike host": GO + quote("https://www.heаlth.example/app/x"),
    "host with a zero width space": GO + "ev%E2%80%8Bil.example",
    "IPv4": GO + "203.0.113.7",
    "IPv4 as a number": GO + "//3405803783/x",
    "IPv6": GO + "//[2001:db8::1]/x",
    "user name": GO + "https://health.example@evil.example/",
    "what is put behind a host": GO + "@evil.example",
    "what is put behind a host, as a label": GO + ".evil.example",
    "behind a blank": GO + "%20https://evil.example",
    "behind a tab": GO + "%09https://evil.example",
    "tab inside": GO + "ht%09tps://evil.example",
    "line end inside": GO + "https://evil%0A.example",
    "behind words": GO + "see+https://evil.example",
    "name at the front": GO + "https://www.health.example.evil.example/",
    "name in the path": GO + "https://evil.example/www.health.example",
    "unlisted path of ours": GO + "https://www.health.example/unlisted",
    "another port": GO + "https://health.example:8443/",
    "javascript": GO + "javascript:alert(1)",
    "javascript, encoded": GO + "javascript%3Aalert(1)",
    "javascript in capitals": GO + "JaVaScRiPt:alert(1)",
    "vbscript": GO + "vbscript:x",
    "data": GO + "data:text/html,x",
    "data, base64": GO + "data:text/html;base64,PGI%2B",
    "file": GO + "file:///etc/passwd",
    "ftp": GO + "ftp://evil.example/x",
    "intent": GO + "intent://evil.example%23Intent;end",
    "unknown scheme": GO + "evilapp://x",
    "market": GO + "market://details?id=com.evil",
    "address": GO + "mailto:evil@evil.example",
    "number": GO + "tel:+60399999999",
    "text message": GO + "sms:+60399999999",
    "base64": GO + _base64(EVIL),
    "base64 for links": GO + _base64(EVIL + "?q=ÿ>", url_safe=True),
    "base64 without padding": GO + _base64(EVIL).rstrip("%3D"),
    "base64 in capitals": GO + _base64("HTTPS://EVIL.EXAMPLE/"),
    "base64 of a host": GO + _base64("evil.example/landing"),
    "base64 without a scheme": GO + _base64("//evil.example/landing"),
    "base64 of JSON": GO + _base64('{"url":"https://evil.example"}'),
    "base64 twice": GO + _base64(_base64(EVIL)),
    "base64 of encoded": GO + _base64(quote(EVIL, safe="")),
    "hexadecimal": GO + EVIL.encode().hex(),
    "hexadecimal in capitals": GO + EVIL.encode().hex().upper(),
    "HTML entities": GO + quote("https&#58;&#47;&#47;evil.example", safe=""),
    "HTML entities with names": GO + quote("https&colon;&sol;&sol;evil.example", safe=""),
    "JSON": GO + quote('{"u":"https:\\/\\/evil.example"}', safe=""),
    "in the path": APP + EVIL,
    "in the path, encoded colon": APP + "https%3A//evil.example",
    "in the path, one slash": APP + "https:/evil.example/x",
    "in the path, base64": APP + _base64(EVIL, url_safe=True),
    "in the path, base64 of a host": APP + _base64("//evil.example/landing", url_safe=True),
    "in the path, without a scheme": "https://www.health.example/app//evil.example/x",
    "in the path, a host": APP + "redirect/evil.example/x",
    "in the path, a host at the end": APP + "r/www.evil.example",
    "in the path, hexadecimal": APP + EVIL.encode().hex(),
    "in the fragment": APP + "#" + EVIL,
    "in the fragment, as a parameter": APP + "#/login?next=" + quote(EVIL, safe=""),
    "in the fragment, a host": APP + "#to=evil.example",
    "in the fragment, as a route": APP + "#//evil.example",
    "in the fragment, base64": APP + "#" + _base64(EVIL),
    "in a campaign": APP + "x?utm_source=" + quote(EVIL, safe=""),
    "in a campaign, a host": APP + "x?utm_source=evil.example",
    "in the language": APP + "x?lang=//evil.example",
    "by one that is allowed": GO + quote("https://go.health.example/r?to=https://evil.example"),
    "by one that is allowed, base64": GO + quote(
        "https://go.health.example/r?to=" + _base64(EVIL), safe=""
    ),
    "translated": "https://translate.google.com/translate?sl=en&tl=ms&u=" + quote(EVIL),
    "found": "https://www.google.com/url?sa=D&q=" + EVIL,
    "found, as url": "https://www.google.com/url?url=" + quote(EVIL, safe=""),
    "accelerated": "https://www.google.com/amp/s/evil.example/x",
    "accelerated without TLS": "https://www.google.com/amp/evil.example",
    "safe link": "https://eur01.safelinks.protection.outlook.com/?url="
    + quote(EVIL, safe="") + "&data=05%7C01&sdata=x&reserved=0",
    "defended": "https://urldefense.com/v3/__https://evil.example/x__;!!ABC!def$",
    "defended without the second slash": "https://urldefense.com/v3/__https:/evil.example__;!!A$",
    "defended, second version": "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_x&d=DwMF",
}  # fmt: skip

GOOD_LINKS: dict[str, str] = {
    "a good one": GO + "https://health.example/",
    "a good one, encoded": GO + quote("https://www.health.example/app/x?lang=en", safe=""),
    "a good host": GO + "health.example",
    "a path": GO + "/app/x",
    "a path, encoded": GO + "%2Fapp%2Fx%3Flang%3Den",
    "a word": GO + "home",
    "an identifier": GO + "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "a number": GO + "60388810200",
    "an amount": GO + "12.50",
    "a version": GO + "v1.2.3",
    "a time": GO + "2021-06-14T09:30:00%2B08:00",
    "a file": GO + "report.pdf",
    "a zip": GO + "report.zip",
    "a script": GO + "main.py",
    "an address": GO + "anna%40dest.example",
    "a random token": GO + "kJ8s0dPq2LmXz7Yt4RbNw1VcE6uH3gAf",
    "a signed token": GO + "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl",
    "a digest": GO + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "words": GO + "Kuala+Lumpur",
    "encoded words": GO + quote("Überprüfung & Termin", safe=""),
    "base64 of words": GO + _base64("appointment=4711;user=12"),
    "base64 of JSON": GO + _base64('{"id":4711,"lang":"ms"}'),
    "base64 of a good one": GO + _base64("https://health.example/"),
    "a name and a value": GO + "a%3Db",
    "dots": GO + "a..b",
    "an abbreviation": GO + "U.S.A.",
    "a campaign": APP + "x?utm_source=june.newsletter&lang=en",
    "a release in the path": APP + "v2.1/logo.png",
    "a page in the path": APP + "index.html",
    "a script in the path": APP + "app.min.js",
    "a package in the path": APP + "com.health.card/x",
    "a date in the path": APP + "2021.06.14/x",
    "a name with dots in the path": APP + "anna.rahman",
    "an address in the path": APP + "anna@dest.example/x",
    "a zip in the path": APP + "files/report.zip",
    "our own host in the path": APP + "verify/health.example",
    "a good one in the path": APP + "https://health.example/",
    "a route": APP + "#/cards/4711/details",
    "a time range in the fragment": APP + "#t=00:30,01:00",
    "a text fragment": APP + "#:~:text=opening%20hours",
}


def samples() -> Iterator[Sample]:
    """Yield the button with every link that carries another one, and with every honest value."""
    for name, url in HOSTILE.items():
        yield Sample(FAMILY, name, button(url), "link.")
    for name, url in GOOD_LINKS.items():
        yield Sample(FAMILY, f"honest: {name}", button(url))
