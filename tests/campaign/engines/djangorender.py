"""Renders with Django: a JSON job a line on standard input, a JSON answer a line on output.

The first argument is the folder of the templates. Loads templates by name, so that includes work.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django  # type: ignore[import-untyped]
from django.conf import settings  # type: ignore[import-untyped]
from django.http import HttpResponse  # type: ignore[import-untyped]
from django.template import Context, Library, engines  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]


def _page(*_: object, **__: object) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [
    path("reset/<uidb64>/<token>/", _page, name="password_reset_confirm"),
    path("accounts/login/", _page, name="account_login"),
]


class Record(dict):  # type: ignore[type-arg]
    """A value with attributes, as a model has them; ``str`` is what a template prints of it."""

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self) -> str:
        return str(self.get("__str__", ""))


def _records(value: object) -> object:
    if isinstance(value, dict):
        return Record({key: _records(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return [_records(one) for one in value]
    return value


def main() -> None:
    """Answer every job."""
    folder = Path(sys.argv[1])
    settings.configure(
        ROOT_URLCONF=__name__,
        USE_I18N=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [str(folder)],
                "APP_DIRS": False,
                "OPTIONS": {"libraries": dict.fromkeys(("account", "allauth"), __name__)},
            }
        ],
    )
    django.setup()
    for line in sys.stdin:
        job = json.loads(line)
        try:
            template = engines["django"].get_template(job["name"])
            out = template.template.render(Context(_records(job["data"])))
            print(json.dumps({"id": job["id"], "out": out}))  # noqa: T201
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            print(json.dumps({"id": job["id"], "error": f"{type(error).__name__}: {error}"}))  # noqa: T201


def user_display(user: object) -> str:
    """Return what allauth's filter of the same name writes of a user."""
    return str(getattr(user, "username", user))


register = Library()  # Django looks for tags in this module
register.filter("user_display", user_display)


register.simple_tag(user_display, name="user_display")


if __name__ == "__main__":
    sys.modules["djangorender"] = sys.modules["__main__"]
    main()
