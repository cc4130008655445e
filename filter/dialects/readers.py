"""The reader of each dialect, imported when it is asked for: no parser is loaded without need."""

# ruff: noqa: PLC0415 - that is what these functions are for
from __future__ import annotations

from typing import Protocol

from filter.dialects.names import Names
from filter.dialects.nodes import Loader, Node, Source


class Reader(Protocol):
    """What every dialect's module has as ``read``."""

    def __call__(
        self, source: Source, load: Loader, *, language: str = "", names: Names | None = None
    ) -> tuple[Node, ...]:
        """Return what the template says; raises DialectError.

        ``language`` chooses among translations. ``names`` is the registry that the parts of one
        message share; without it the template has its own.
        """
        ...


def jinja() -> Reader:
    """Return the reader of ``jinja``."""
    from filter.dialects import jinja

    return jinja.read


def trimmed_jinja() -> Reader:
    """Return the reader of ``jinja-trim``."""
    from filter.dialects import jinja

    return jinja.read_trimmed


def django() -> Reader:
    """Return the reader of ``django``."""
    from filter.dialects import django

    return django.read


def liquid() -> Reader:
    """Return the reader of ``liquid``."""
    from filter.dialects import liquid

    return liquid.read


def go() -> Reader:
    """Return the reader of ``go``."""
    from filter.dialects import go

    return go.read


def handlebars() -> Reader:
    """Return the reader of ``handlebars``."""
    from filter.dialects import handlebars

    return handlebars.read


def mustache() -> Reader:
    """Return the reader of ``mustache``."""
    from filter.dialects import mustache

    return mustache.read


def freemarker() -> Reader:
    """Return the reader of ``freemarker``."""
    from filter.dialects import freemarker

    return freemarker.read


def erb() -> Reader:
    """Return the reader of ``erb``."""
    from filter.dialects import erb

    return erb.read


def ejs() -> Reader:
    """Return the reader of ``ejs``."""
    from filter.dialects import ejs

    return ejs.read


def blade() -> Reader:
    """Return the reader of ``blade``."""
    from filter.dialects import blade

    return blade.read


def twilio() -> Reader:
    """Return the reader of ``twilio``."""
    from filter.dialects import placeholders

    return placeholders.read_twilio


def dlt() -> Reader:
    """Return the reader of ``dlt``."""
    from filter.dialects import placeholders

    return placeholders.read_dlt


def mailchimp() -> Reader:
    """Return the reader of ``mailchimp``."""
    from filter.dialects import mailchimp

    return mailchimp.read


def braces() -> Reader:
    """Return the reader of ``braces``."""
    from filter.dialects import placeholders

    return placeholders.read_braces


def percent() -> Reader:
    """Return the reader of ``percent``."""
    from filter.dialects import placeholders

    return placeholders.read_percent


def brackets() -> Reader:
    """Return the reader of ``brackets``."""
    from filter.dialects import placeholders

    return placeholders.read_brackets


def dollar() -> Reader:
    """Return the reader of ``dollar``."""
    from filter.dialects import placeholders

    return placeholders.read_dollar


def dashes() -> Reader:
    """Return the reader of ``dashes``."""
    from filter.dialects import placeholders

    return placeholders.read_dashes
