"""Rules about how many in words, for lists: what they allow, and what is used of a key."""

from __future__ import annotations

from filter.floodrules import Counted, Floor, Limit, Sign, Watch, Window
from filter.limits.charges import About, CountingRule
from filter.limits.interface import Reading
from filter.limits.words import span_words, window_words


def kind_of(rule: CountingRule) -> str:
    """Return the section of the rule files that it stands in, for one of them."""
    match rule:
        case Limit():
            return "limit"
        case Watch():
            return "watch"
        case Floor():
            return "floor"


def allowed_words(rule: CountingRule) -> str:
    """Return what a rule allows: ``30 per minute at most 10 at once, 100 per day``."""
    match rule:
        case Limit(windows=windows, count=counted):
            return ", ".join(_window_words(window, counted) for window in windows)
        case Watch(sign=Sign.FIRST_SEEN):
            return "what was written to before"
        case Watch(sign=Sign.SEQUENCE):
            span = span_words(rule.seconds)
            return f"less than {rule.percent} % neighbours of {rule.at_least} numbers in {span}"
        case Watch():
            noun = "different recipients" if rule.sign is Sign.SPREAD else "messages"
            span = span_words(rule.seconds)
            return f"{rule.times:g} times the usual peak, {rule.at_least} {noun} in {span} anyway"
        case Floor():
            span = span_words(rule.seconds)
            return f"{rule.percent:g} % used of {rule.at_least} or more codes in {span}"


def _window_words(window: Window, counted: Counted) -> str:
    noun = "" if counted is Counted.MESSAGES else f" {counted.replace('-', ' ')}"
    words = f"{window.allowed}{noun} per {window_words(window.seconds)}"
    if window.burst < window.allowed and counted is not Counted.DIFFERENT:
        words += f" at most {window.burst} at once"
    return words


def used_words(about: About, reading: Reading) -> str:
    """Return how much of what a rule allows is used at one key: ``3 of 30 per minute``."""
    match about.rule:
        case Limit(count=counted):
            window = about.window or about.rule.windows[0]
            most = window.allowed if counted is Counted.DIFFERENT else window.burst
            return f"{reading.count} of {most} ({_window_words(window, counted)})"
        case Watch(sign=Sign.FIRST_SEEN):
            return "never" if reading.count else "seen before, or learning"
        case Watch(sign=Sign.SEQUENCE):
            return f"{reading.count} neighbours in {span_words(about.rule.seconds)}"
        case Watch():
            span = span_words(about.rule.seconds)
            return f"{reading.count} in {span}, usual peak {reading.usual}"
        case Floor():
            span = span_words(about.rule.seconds)
            return f"{reading.used} used of {reading.count} sent in {span}"
