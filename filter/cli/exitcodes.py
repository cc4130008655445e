"""Exit codes; `sallyport --help` and docs/cli.md list them."""

from __future__ import annotations

OK = 0  # fine, or the message would pass
FOUND = 1  # a message would be held, a test failed
USAGE = 2  # click's own
INVALID = 3  # settings or rules are invalid
NOT_AUTHORISED = 4
AWAY = 5  # the store or a service cannot be reached
