"""What does a text say in the language asked for? Catalogues of gettext (.po), read as they are.

Without a catalogue gettext writes the text it was asked for, so that is what stands there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from filter.dialects.limits import MAX_CHARS
from filter.dialects.nodes import DialectError, Loader, Source

_PLACES = (
    "locale/{language}/LC_MESSAGES/django.po",
    "locale/{language}/LC_MESSAGES/messages.po",
    "translations/{language}/LC_MESSAGES/messages.po",
    "{language}/LC_MESSAGES/django.po",
    "{language}/LC_MESSAGES/messages.po",
    "locale/{language}.po",
    "{language}.po",
)
_FIELD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr|msgstr\[(\d)\])\s+(".*")\s*')
_ESCAPE = re.compile(r"\\(.)")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r"}
_LANGUAGE = re.compile(r"[A-Za-z0-9_@-]{1,20}")
_GERMANIC = re.compile(r"nplurals=2;plural=\(?n!=1\)?;?")


@dataclass(slots=True)
class _Entry:
    fields: dict[str, list[str]] = field(default_factory=dict)
    fuzzy: bool = False


class Catalogue:
    """The translations of one language; without any, every text stays as it is."""

    def __init__(self, load: Loader, language: str) -> None:
        self._forms: dict[tuple[str, str], tuple[str, ...]] = {}
        self.one_means_one = True  # the first form is for 1 alone
        for spelled in dict.fromkeys((language, language.replace("-", "_"))):
            if _LANGUAGE.fullmatch(spelled) is None:
                continue
            for place in _PLACES:
                source = load(place.format(language=spelled))
                if source is not None:
                    self._read(source)
                    return

    def text(self, message: str, context: str = "") -> str:
        """Return the translation of a text."""
        forms = self._forms.get((context, message), ())
        return forms[0] if forms and forms[0] else message

    def forms(self, one: str, many: str, context: str = "") -> tuple[str, ...]:
        """Return the forms for different numbers, the one for 1 first; two without catalogue."""
        forms = self._forms.get((context, one), ())
        return forms if forms and all(forms) else (one, many)

    def _read(self, source: Source) -> None:
        if len(source.text) > 4 * MAX_CHARS:
            raise DialectError(source.name, 1, "the catalogue is too large", "cut it")
        entry, last = _Entry(), ""
        for number, raw in enumerate(source.text.splitlines(), 1):
            line = raw.strip()
            if line.startswith("#"):
                if line.startswith("#,") and "fuzzy" in line:
                    self._keep(entry)
                    entry, last = _Entry(fuzzy=True), ""
                continue
            if found := _FIELD.fullmatch(line):
                last = found[1]
                if last in {"msgctxt", "msgid"} and "msgstr" in " ".join(entry.fields):
                    self._keep(entry)
                    entry = _Entry()
                entry.fields.setdefault(last, []).append(found[3][1:-1])
            elif line.startswith('"') and line.endswith('"') and last:
                entry.fields[last].append(line[1:-1])
            elif line:
                raise DialectError(
                    source.name, number, "not a line of a gettext catalogue", "check it with msgfmt"
                )
        self._keep(entry)

    def _keep(self, entry: _Entry) -> None:
        texts = {
            name: _ESCAPE.sub(lambda found: _PLAIN.get(found[1], found[1]), "".join(parts))
            for name, parts in entry.fields.items()
        }
        message = texts.get("msgid", "")
        if not message:
            header = "".join(texts.get("msgstr", "").split())
            if "Plural-Forms:" in header:
                rule = header.partition("Plural-Forms:")[2]
                self.one_means_one = _GERMANIC.match(rule) is not None
            return
        forms = tuple(texts[name] for name in sorted(texts) if name.startswith("msgstr"))
        if not entry.fuzzy and forms:
            self._forms[texts.get("msgctxt", ""), message] = forms
