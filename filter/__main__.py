"""The command ``sallyport``."""

from __future__ import annotations

from filter.cli.main import main

if __name__ == "__main__":
    main()
