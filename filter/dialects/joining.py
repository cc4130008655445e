"""Values in a row, values in turn, and the elements of something with a text between them."""

from __future__ import annotations

from filter.dialects.values import (
    MAX_TEXT,
    Branch,
    Builder,
    Joined,
    Known,
    Place,
    Unknown,
    Unsure,
    Value,
    Written,
)


def joined(values: list[Value]) -> Value:
    """Return values one behind the other; constants become one."""
    texts = [one.value for one in values if isinstance(one, Known) and isinstance(one.value, str)]
    if len(texts) == len(values) and sum(map(len, texts)) <= MAX_TEXT:
        return Known("".join(texts))
    return Joined(tuple(values))


def cycled(values: list[Value]) -> Value:
    """Return any of several values: which one is not told by anything else in the message."""
    result = values[-1] if values else Known("")
    for value in reversed(values[:-1]):
        result = Branch(Unsure("", ""), value, result)
    return result


def joined_elements(builder: Builder, over: Unknown, between: Value, at: Place) -> Value:
    """Return the elements of something with a text between each two."""
    first = Unknown(f"{over.key}[0]", f"{over.label}[0]", changing=over.changing)
    other = Unknown(f"{over.key}[]", f"{over.label}[]", changing=over.changing)
    rest = Unknown(f"{over.key}[1:]", f"{over.label}[1:]", changing=over.changing)
    body = (*builder.nodes(between, at), builder.hole(other, at.line))
    filled = (builder.hole(first, at.line), *builder.loop(rest, body, at.line))
    return Written(builder.choice(builder.test(over, at), filled, (), at.line))
