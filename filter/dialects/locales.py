"""What does a key of a Liquid shop say in the language asked for? Its ``locales/…json``.

Without a file, or without the key in it, the text is not known: a slot stands there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from filter.dialects.limits import MAX_CHARS
from filter.dialects.nodes import DialectError, Loader, Source

_PLACES = ("locales/{}.json", "locales/{}.default.json")
_LANGUAGE = re.compile(r"[A-Za-z0-9_@-]{1,20}")


class Locales:
    """The texts of one language; raises DialectError when the file cannot be read."""

    def __init__(self, load: Loader, language: str) -> None:
        self._texts: object = {}
        if _LANGUAGE.fullmatch(language) is None:
            return
        for place in _PLACES:
            source = load(place.format(language))
            if source is not None:
                self._texts = _read(source)
                return

    def forms(self, key: str) -> Mapping[str, str]:
        """Return the texts of a key by plural form ("other" for all); empty when unknown."""
        found = self._texts
        for part in key.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, str):
            return {"other": found}
        if not isinstance(found, dict) or not isinstance(found.get("other"), str):
            return {}
        return {name: text for name, text in found.items() if isinstance(text, str)}


def _read(source: Source) -> object:
    if len(source.text) > 4 * MAX_CHARS:
        raise DialectError(source.name, 1, "the catalogue is too large", "cut it")
    try:
        return json.loads(source.text)
    except json.JSONDecodeError as exc:
        raise DialectError(source.name, exc.lineno, exc.msg, "correct the JSON") from exc
