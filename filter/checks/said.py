"""Does a message say a text itself, word for word?"""

from __future__ import annotations

from dataclasses import dataclass

from filter.message import Message
from filter.reading.text import normalise

# Signs that stand around words and say nothing by themselves.
_AROUND = ".,:;!?|()[]<>\"'\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u00b7-_=*/\u3002\uff0c\uff1a"
# A line of its own must be a sentence; fewer words could be put together to another message.
_LEAST_WORDS_OF_A_LINE = 2


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a message, as stretches that a text may be cut from, and its people."""

    stretches: tuple[str, ...]
    addresses: frozenset[str]

    @classmethod
    def by(cls, message: Message) -> Said:
        """Return what a message says: subject, views, and names of its people."""
        people = (
            *message.from_,
            *message.sender,
            *message.reply_to,
            *message.to,
            *message.cc,
        )
        texts = [message.subject or "", *(view.text for view in message.views)]
        texts += [person.display_name for person in people]
        addresses = {person.address.lower() for person in people}
        addresses |= {address.lower() for address in message.envelope.recipients}
        addresses.add(message.envelope.sender.lower())
        stretches = tuple(dict.fromkeys(_words(text) for text in texts if text))
        return cls(stretches, frozenset(addresses - {""}))

    def says(self, text: str) -> bool:
        """Return whether a text, or each line of it, is a stretch of the message's words."""
        if normalise(text).lower() in self.addresses:
            return True
        if self._has(_words(text)):
            return True
        lines = [_words(line) for line in text.splitlines() if line.strip()]
        return all(
            self._has(line) and len(line.split()) >= _LEAST_WORDS_OF_A_LINE for line in lines
        )

    def _has(self, words: str) -> bool:
        return any(words in stretch for stretch in self.stretches)


def _words(text: str) -> str:
    """Return the words in small letters, without the signs around them, a blank on each side."""
    words = (word.strip(_AROUND) for word in normalise(text).casefold().split(" "))
    return f" {' '.join(word for word in words if word)} "
