"""What the application passes to a template: names found in its source, values that are awkward."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from tests.campaign.dialectvalues import COUNTS, HOST, is_on, value_for

Context: TypeAlias = dict[str, Any]

_TAG = re.compile(r"\{\{\{?\s*(?P<sign>[#^/]?)\s*(?P<said>[^{}]*?)\s*\}?\}\}")
_VALUE = re.compile(r"[\w.]+")


def handlebars_context(sources: list[str], number: int) -> Context:
    """Return a context for Handlebars or Mustache sources: lists, objects, flags and values."""
    root: Context = {}
    for source in sources:
        stack: list[Context] = [root]
        for tag in _TAG.finditer(source):
            said = tag["said"].split()
            if tag["sign"] == "/":
                stack.pop()
            elif tag["sign"] and said:
                stack.append(_section(stack[-1], tag["sign"], said))
            elif (
                len(said) == 1 and re.fullmatch(r"[\w.]+", said[0]) and said[0] not in (".", "else")
            ):
                _put(stack[-1], said[0].split("."), number)
    return dict(_filled(root, number))


def _section(outer: Context, sign: str, said: list[str]) -> Context:
    """Return where the names inside of a section belong."""
    word, name = (said[0], said[1]) if len(said) > 1 else ("", said[0])
    if name in (".", "this") and word == "each":  # the section around it is about a list
        outer.pop("*object", None)
        outer["*list"] = True
    if name in (".", "this") or sign == "^":
        return outer
    if word in ("if", "unless"):
        outer.setdefault(name, {"*flag": True})
        return outer
    inner: Context = outer.setdefault(name, {})
    inner["*list" if word == "each" else "*object"] = True
    return inner


def _put(where: Context, path: list[str], number: int) -> None:
    for step in path[:-1]:
        where = where.setdefault(step, {})
    where.setdefault(path[-1], value_for(path[-1], number))


def _filled(schema: Context, number: int) -> list[tuple[str, Any]]:
    filled: list[tuple[str, Any]] = []
    for name, inner in schema.items():
        if name.startswith("*"):
            continue
        if not isinstance(inner, dict):
            filled.append((name, inner))
        elif "*list" in inner:
            rounds = COUNTS[number % len(COUNTS)]
            filled.append((name, [_round(inner, number + 7 * turn) for turn in range(rounds)]))
        elif set(inner) == {"*flag"}:
            filled.append((name, value_for(name, number) if is_on(name, number) else ""))
        elif "*object" in inner:
            filled.append((name, _round(inner, number) if is_on(name, number) else None))
        else:
            filled.append((name, dict(_filled(inner, number))))
    return filled


def _round(schema: Context, number: int) -> Context:
    fresh = {
        name: value_for(name, number) if isinstance(inner, str) else inner
        for name, inner in schema.items()
    }
    return dict(_filled(fresh, number))


def go_context(sources: list[str], number: int) -> Context:
    """Return a context for Go sources: fields by name, every other rendering without options."""
    context: Context = {}
    for source in sources:
        for name in re.findall(r"\.([A-Z]\w*)", source):
            optional = re.search(rf"\{{\{{-?\s*if\s+\.{name}\b", source) is not None
            value = value_for(name, number)
            context[name] = value if not optional or is_on(name, number) else ""
    identity = value_for("id", number * 4 + 2)
    context["Identity"] = {"id": identity, "ID": identity}
    return context


def keycloak_context(sources: list[str], number: int) -> Context:
    """Return what Keycloak passes to its mails; subjects have attributes of their own."""
    first = value_for("name", number).split()
    actions = ["CONFIGURE_TOTP", "UPDATE_PASSWORD", "UPDATE_PROFILE", "VERIFY_EMAIL"]
    realm = value_for("site_name", number)
    context: Context = {
        "link": value_for("link", number),
        "linkExpiration": (5, 60, 1440, 720, 1, 4320)[number % 6],
        "realmName": realm,
        "code": value_for("code", number),
        "newEmail": value_for("email", number),
        "identityProviderDisplayName": ("Google", "Café SSO", "OpenID Connect")[number % 3],
        "identityProviderContext": {"username": value_for("username", number)},
        "organization": {"name": value_for("company", number)},
        "requiredActions": actions[: (1, 0, 3, 4, 2)[number % 5]],
        "event": {
            "date": value_for("date", number),
            "ipAddress": value_for("ip", number),
            "detail": ("password", "webauthn", "otp")[number % 3],
        },
    }
    if number % 2 == 0:
        context |= {"firstName": first[0], "lastName": first[-1]}
    attribute = context["organization"]["name"]
    if any("identityProvider" in source for source in sources):
        attribute = context["identityProviderDisplayName"]
    return context | {f"attribute{index}": attribute for index in range(3)}


def django_context(sources: list[str], number: int) -> Context:
    """Return what Django's and allauth's account views pass to their mails."""
    has_code = not any("if code" in source for source in sources) or is_on("code", number + 1)
    username = value_for("username", number)
    return {
        "user": {
            "__str__": username,
            "username": username,
            "get_username": username,
            "first_name": value_for("name", number),
            "email": value_for("email", number),
        },
        "username": username if is_on("username", number) else "",
        "email": value_for("email", number),
        "to_email": value_for("email", number + 1),
        "from_email": value_for("email", number),
        "deleted_email": value_for("email", number),
        "protocol": "https",
        "domain": HOST,
        "site_name": value_for("site_name", number),
        "current_site": {"name": value_for("site_name", number), "domain": HOST},
        "uid": ("MQ", "MTIzNDU2Nzg", "MTc")[number % 3],
        "token": ("c4f8ab-9d2b7e41f0a3c55d", "bq1x-" + "0af" * 10, "ck9-1")[number % 3],
        "password_reset_url": value_for("url", number),
        "activate_url": value_for("url", number + 1),
        "signup_url": value_for("url", number + 2),
        "code": value_for("code", number) if has_code else "",
        "ip": value_for("ip", number),
        "user_agent": value_for("user_agent", number),
        "timestamp": value_for("timestamp", number),
        "provider": ("Google", "GitHub", "OpenID Connect", "Café SSO")[number % 4],
    }
