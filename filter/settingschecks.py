"""Do the settings fit together? What a single value cannot tell."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from filter.limits.redisaddress import RedisAddress, parse_redis
from filter.problems import Severity, did_you_mean, one_of
from filter.settings import PROVIDERS, Account, Limits, MediaFetch, Settings, Tls, WhenAway
from filter.templates.contacts import country_codes

Steps: TypeAlias = tuple[str | int, ...]

# 128 bits as hexadecimal digits, and the 32 octets of SHA-256's digest, below which RFC 2104
# section 3 strongly discourages to go.
LEAST_KEY_CHARACTERS = 32
_REPORT_PATH = re.compile(r"(?:/[A-Za-z0-9_-]+)+")
_TAKEN_PATHS = frozenset({"v1", "2010-04-01"})
# A name, or all names below a domain; a wildcard of one label would be of a whole top level.
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_MEDIA_HOST = re.compile(rf"(?:\*\.{_LABEL}\.)?(?:{_LABEL}\.){{0,20}}(?=[a-z0-9-]*[a-z]){_LABEL}")
_LEAST_PREFIX = {4: 8, 6: 16}  # of networks that are not public; fd00::/8 is all private ones
# What people can type after redis-cli; braces would say which part of a key chooses its slot.
_REDIS_PREFIX = re.compile(r"[A-Za-z0-9:._/-]{1,64}")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem with the value at a path of the settings."""

    code: str
    message: str
    path: Steps
    help: str = ""
    severity: Severity = Severity.ERROR


def find_troubles(settings: Settings) -> Iterator[Trouble]:
    """Yield what does not fit together, errors and warnings."""
    yield from _check_listeners(settings)
    yield from _check_mail_tls(settings)
    yield from _check_mail_accounts(settings)
    yield from _check_next_hop(settings)
    yield from _check_text_listener(settings)
    yield from _check_providers(settings)
    yield from _check_networks(settings.mail.trusted, ("mail", "trusted"))
    yield from _check_networks(settings.sms.trusted, ("sms", "trusted"))
    yield from _check_media(settings.sms.media)
    yield from _check_operators(settings)
    yield from _check_report_links(settings)
    yield from _check_limit_store(settings.limits)


def parse_listen(text: str) -> tuple[str, int]:
    """Return host and port of ``127.0.0.1:25``, ``[::1]:25`` or ``mail.example:25``.

    Raises ValueError, with a message for whoever wrote it.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise ValueError(f"`{text}` has no port; write host:port")
    if not 0 <= int(port) <= 65535:  # noqa: PLR2004 - TCP
        raise ValueError(f"port {port} is not between 0 and 65535; write host:port")
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1])), int(port)
        except ValueError:
            raise ValueError(
                f"`{host[1:-1]}` is not an IPv6 address; write it as [::1]:{port}"
            ) from None
    if ":" in host:
        raise ValueError(f"an IPv6 address needs brackets; write `[{host}]:{port}`")
    if not host:
        raise ValueError(f"`{text}` has no host; write 0.0.0.0:{port} for all addresses")
    if host[-1].isdigit() and not _is_ipv4(host):
        raise ValueError(f"`{host}` is not an IPv4 address; write it as 127.0.0.1:{port}")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_listeners(settings: Settings) -> Iterator[Trouble]:
    seen: dict[tuple[str, int], str] = {}
    lists = (("mail", settings.mail.listen), ("sms", settings.sms.listen))
    for section, addresses in (*lists, ("control", settings.control.listen)):
        for index, text in enumerate(addresses):
            path: Steps = (section, "listen", index)
            try:
                address = parse_listen(text)
            except ValueError as exc:
                message, _, help_ = str(exc).partition("; ")
                yield Trouble("E111", message, path, help_)
                continue
            if address in seen and address[1] != 0:
                message = f"`{text}` is already taken by {seen[address]}.listen"
                yield Trouble("E112", message, path, "give each listener a port of its own")
            seen[address] = section


def _check_mail_tls(settings: Settings) -> Iterator[Trouble]:
    mail = settings.mail
    if mail.tls is Tls.NONE:
        if mail.certificate or mail.key:
            path = ("mail", "certificate" if mail.certificate else "key")
            message = "a certificate without TLS: clients would talk in clear"
            yield Trouble("E113", message, path, "add `tls: starttls`, or `implicit`")
    elif mail.certificate is None:
        message = f"`tls: {mail.tls}` needs a certificate"
        yield Trouble("E113", message, ("mail", "tls"), "add `certificate:` and `key:`")
    yield from _check_pair("mail", mail.certificate, mail.key, needs_key=mail.tls is not Tls.NONE)
    if mail.next_hop.ca_file is not None:
        yield from _check_authorities(mail.next_hop.ca_file, ("mail", "next_hop", "ca_file"))


def _check_pair(
    section: str, certificate: Path | None, key: Path | None, *, needs_key: bool
) -> Iterator[Trouble]:
    if needs_key and certificate is not None and key is None:
        message = "a certificate without its key"
        yield Trouble("E113", message, (section, "certificate"), "add `key:`")
    if needs_key and key is not None and certificate is None:
        message = "a key without its certificate"
        yield Trouble("E113", message, (section, "key"), "add `certificate:`")
    unread = [
        trouble
        for name, path in (("certificate", certificate), ("key", key))
        if path is not None
        for trouble in _check_file(path, (section, name))
    ]
    yield from unread
    if needs_key and certificate is not None and key is not None and not unread:
        yield from _check_fit(section, certificate, key)


def _check_fit(section: str, certificate: Path, key: Path) -> Iterator[Trouble]:
    """Yield what OpenSSL says of a certificate and key that can be read."""
    try:
        # Without a password it would ask whoever is at the terminal for one.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, "")
    except ssl.SSLError as exc:
        if exc.reason in {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"}:
            message = f"{key.name} is not the key of {certificate.name}"
            yield Trouble("E113", message, (section, "key"), "name the key that was made for it")
            return
        if exc.reason == "EE_KEY_TOO_SMALL":
            message = f"the key of {certificate.name} is too short to be secure"
            yield Trouble(
                "E113", message, (section, "certificate"), "make one of 2048 bits or more"
            )
            return
        message = f"{certificate.name} and {key.name} are no certificate and its key"
        help_ = "both in PEM, the key without a password; try `openssl x509` and `openssl pkey`"
        yield Trouble("E113", message, (section, "certificate"), help_)


def _check_authorities(path: Path, where: Steps) -> Iterator[Trouble]:
    unread = list(_check_file(path, where))
    yield from unread
    if not unread:
        try:
            ssl.create_default_context(cafile=path)
        except ssl.SSLError:
            message = f"{path.name} holds no certificates in PEM"
            yield Trouble("E114", message, where, "name the file of the authority's certificate")


def _check_file(path: Path, where: Steps) -> Iterator[Trouble]:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as exc:
        message = f"cannot read {path.name}: {exc.strerror}"
        help_ = "relative paths begin at the folder of the settings file"
        yield Trouble("E114", message, where, help_)


def _check_mail_accounts(settings: Settings) -> Iterator[Trouble]:
    mail = settings.mail
    yield from _check_accounts(mail.accounts, ("mail", "accounts"))
    if mail.auth_required and not mail.accounts:
        message = "AUTH is required and nobody has an account"
        yield Trouble("E115", message, ("mail", "auth_required"), "add `accounts:`")
    public = [a for a in mail.listen if not _listens_on_loopback(a)]
    if mail.accounts and mail.tls is Tls.NONE and public:
        message = f"passwords would be sent in clear to {public[0]}"
        yield Trouble(
            "W111", message, ("mail", "accounts"), "add `tls: starttls`", Severity.WARNING
        )


def _check_accounts(accounts: Sequence[Account], path: Steps) -> Iterator[Trouble]:
    names: set[str] = set()
    users: set[str] = set()
    for index, account in enumerate(accounts):
        if account.user in users and account.name not in names:
            message = f"a second account that signs in as `{account.user}`"
            yield Trouble("E115", message, (*path, index, "signs_in_as"), "let each have its own")
        users.add(account.user)
        if account.name in names:
            message = f"a second account `{account.name}`"
            yield Trouble("E115", message, (*path, index, "name"), "give each a name of its own")
        names.add(account.name)
        if account.password is None:
            message = f"account `{account.name}` has no password"
            yield Trouble("E115", message, (*path, index), "add `password:` or `password_file:`")
        elif not account.password.get_secret_value():
            message = f"account `{account.name}` has an empty password"
            yield Trouble("E115", message, (*path, index, "password"), "write one")


def _check_next_hop(settings: Settings) -> Iterator[Trouble]:
    hop = settings.mail.next_hop
    path: Steps = ("mail", "next_hop")
    if (hop.username is None) != (hop.password is None):
        message = "username and password go together"
        yield Trouble("E116", message, path, "add the other one, or remove this one")
    if hop.username is not None and hop.tls is Tls.NONE and not is_loopback(hop.host):
        message = f"the password would be sent in clear to {hop.host}"
        yield Trouble("W112", message, (*path, "username"), "add `tls: starttls`", Severity.WARNING)
    for text in settings.mail.listen:
        if (hop.host, hop.port) == _try_parse(text):
            message = (
                f"the next hop {hop.host}:{hop.port} is our own listener: mail would go in circles"
            )
            yield Trouble("E117", message, (*path, "port"), "name the relay's re-injection port")


def _check_text_listener(settings: Settings) -> Iterator[Trouble]:
    sms = settings.sms
    pair = sms.certificate is not None or sms.key is not None
    yield from _check_pair("sms", sms.certificate, sms.key, needs_key=pair)
    yield from _check_accounts(sms.callers, ("sms", "callers"))
    yield from _check_secrets(sms.callers)
    if sms.listen and not sms.callers:
        message = "nobody may call: `callers` is empty"
        yield Trouble("W113", message, ("sms", "listen"), "add `callers:`", Severity.WARNING)
    public = [a for a in sms.listen if not _listens_on_loopback(a)]
    if public and sms.certificate is None:
        message = f"{public[0]} serves HTTP in clear; callers send their passwords over it"
        help_ = "add `certificate:` and `key:`, or listen on loopback behind a reverse proxy"
        yield Trouble("W111", message, ("sms", "listen"), help_, Severity.WARNING)


def _check_media(media: MediaFetch) -> Iterator[Trouble]:
    """Yield what would have the gate fetch from nowhere, or from everywhere."""
    path: Steps = ("sms", "media")
    if media.fetch and not media.hosts:
        message = "nothing is fetched: `hosts` is empty"
        yield Trouble("E126", message, (*path, "fetch"), "add `hosts: [media.health.example]`")
    for index, host in enumerate(media.hosts):
        if not _MEDIA_HOST.fullmatch(host):
            message = f"`{host}` is neither a host nor `*.` and a domain of two labels or more"
            help_ = "write media.health.example or *.media.health.example, in small letters"
            yield Trouble("E126", message, (*path, "hosts", index), help_)
    for index, text in enumerate(media.networks):
        where = (*path, "networks", index)
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            yield Trouble("E119", f"`{text}` is not a network", where, _network_help(text))
            continue
        least = _LEAST_PREFIX[network.version]
        if network.prefixlen < least:
            message = f"{text} is more than one network: whatever stands in it could be asked"
            yield Trouble("E126", message, where, f"name the media hosts' own: /{least} or longer")
    if media.ca_file is not None:
        yield from _check_authorities(media.ca_file, (*path, "ca_file"))


def _check_secrets(callers: Sequence[Account]) -> Iterator[Trouble]:
    """Yield callers whose Bearer tokens are one: a pause of one would not stop the other."""
    owners: dict[str, str] = {}
    for index, caller in enumerate(callers):
        secret = "" if caller.password is None else caller.password.get_secret_value()
        if secret and owners.setdefault(secret, caller.name) != caller.name:
            message = f"`{caller.name}` has the password of `{owners[secret]}`"
            help_ = "give each a secret of its own: a token alone must tell them apart"
            yield Trouble("E115", message, ("sms", "callers", index, "password"), help_)


def _check_operators(settings: Settings) -> Iterator[Trouble]:
    """Whoever has an application's key must not be able to end the pause that stops it."""
    path: Steps = ("control", "operators")
    operators = settings.control.operators
    yield from _check_accounts(operators, path)
    applications = (*settings.mail.accounts, *settings.sms.callers)
    known = {a.password.get_secret_value(): a.name for a in applications if a.password is not None}
    for index, operator in enumerate(operators):
        secret = "" if operator.password is None else operator.password.get_secret_value()
        if secret and secret in known:
            message = f"operator `{operator.name}` has the password of client `{known[secret]}`"
            help_ = "give it one of its own: a stolen key of a client must not end pauses"
            yield Trouble("E124", message, (*path, index, "name"), help_)
    public = [a for a in settings.control.listen if not _listens_on_loopback(a)]
    if operators and public:
        message = f"{public[0]} serves HTTP in clear; operators send their passwords over it"
        help_ = "listen on loopback, behind a reverse proxy with TLS"
        yield Trouble("W111", message, ("control", "listen"), help_, Severity.WARNING)
    if operators and not settings.control.listen:
        message = "operators have no door: `control.listen` is empty"
        yield Trouble("W113", message, path, "add `listen: [127.0.0.1:8026]`", Severity.WARNING)


def _check_providers(settings: Settings) -> Iterator[Trouble]:
    for name, provider in settings.sms.providers.items():
        path: Steps = ("sms", "providers", name)
        if name not in PROVIDERS:
            message = f"there is no provider `{name}`"
            yield Trouble("E125", message, path, did_you_mean(name, PROVIDERS) or one_of(PROVIDERS))
        upstream = urlsplit(provider.upstream)
        clear = upstream.scheme == "http" and not is_loopback(upstream.hostname or "")
        if upstream.scheme not in ("https", "http") or not upstream.hostname:
            message = f"`{provider.upstream}` is not an address like https://api.example"
            yield Trouble("E118", message, (*path, "upstream"), "write https:// and the host")
        elif clear:
            message = f"{upstream.hostname} would be called without TLS"
            yield Trouble("E118", message, (*path, "upstream"), "write https://")
        elif upstream.query or upstream.fragment or upstream.username:
            message = "the base address must have no query, fragment or user"
            yield Trouble("E118", message, (*path, "upstream"), "write https:// and the host")
        if (provider.account is None) != (provider.password is None):
            message = "account and password go together"
            yield Trouble("E116", message, path, "add the other one, or remove this one")


def _check_report_links(settings: Settings) -> Iterator[Trouble]:
    limits = settings.limits
    if limits.report_key is not None:
        characters = len(limits.report_key.get_secret_value())
        if characters < LEAST_KEY_CHARACTERS:
            message = f"a key of {characters} characters can be guessed"
            help_ = f"write {LEAST_KEY_CHARACTERS} or more, as `openssl rand -hex 32` makes them"
            yield Trouble("E123", message, ("limits", "report_key"), help_)
    if limits.report_url is None:
        return
    path: Steps = ("limits", "report_url")
    url = urlsplit(limits.report_url)
    if limits.report_key is None:
        yield Trouble("E123", "links need a key that signs them", path, "add `report_key_file:`")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
        message = f"`{limits.report_url}` is not an address like https://gate.example/report"
        yield Trouble("E123", message, path, "write https:// and the host")
    elif url.query or url.fragment or url.username or not _REPORT_PATH.fullmatch(url.path):
        message = "the address must have a path of letters, digits, `-` and `_`, and nothing else"
        yield Trouble("E123", message, path, "write it like https://gate.example/report")
    elif url.path.split("/")[1] in _TAKEN_PATHS.union(settings.sms.providers):
        message = f"the path {url.path} is taken by the API"
        yield Trouble("E123", message, path, "write it like https://gate.example/report")
    if not settings.sms.listen:
        message = "nobody can open the links: `sms.listen` is empty"
        yield Trouble("W115", message, path, "add `sms:` with `listen:`", Severity.WARNING)


def _check_limit_store(limits: Limits) -> Iterator[Trouble]:
    yield from _check_redis_neighbours(limits)
    yield from _check_country(limits.country)
    if limits.away is WhenAway.PASS:
        message = "while the limit store is away nothing is limited"
        help_ = "remove it, or write `defer`, if a flood is worse than a message that waits"
        yield Trouble("W117", message, ("limits", "away"), help_, Severity.WARNING)
    if limits.redis is None:
        return
    path: Steps = ("limits", "redis")
    try:
        address = parse_redis(limits.redis)
    except ValueError as exc:
        message, _, help_ = str(exc).partition("; ")
        yield Trouble("E122", message, path, help_)
        return
    yield from _check_redis(limits, address, path)


def _check_country(country: str | None) -> Iterator[Trouble]:
    """Yield a country without a numbering plan: its numbers would all count as they are written."""
    if country is not None and country not in country_codes():
        message = f"`{country}` is not a country"
        help_ = "write the two letters of ISO 3166-1: MY, GB, US"
        yield Trouble("E122", message, ("limits", "country"), help_)


def _check_redis_neighbours(limits: Limits) -> Iterator[Trouble]:
    """Yield what is wrong whatever the address says."""
    password = limits.redis_password
    if limits.redis is None and password is not None:
        message = "a password for a Redis that is not named"
        yield Trouble("E122", message, ("limits", "redis_password"), "add `redis:`, or remove this")
    if password is not None and not password.get_secret_value():
        yield Trouble("E122", "an empty password", ("limits", "redis_password"), "write one")
    if limits.redis_ca_file is not None:
        yield from _check_authorities(limits.redis_ca_file, ("limits", "redis_ca_file"))
    if not _REDIS_PREFIX.fullmatch(limits.redis_prefix):
        message = "a prefix of other characters than letters, digits and `:._/-`, or too long"
        yield Trouble("E122", message, ("limits", "redis_prefix"), "write it like sallyport:")


def _check_redis(limits: Limits, address: RedisAddress, path: Steps) -> Iterator[Trouble]:
    if importlib.util.find_spec("redis") is None:
        message = "the library that speaks with Redis is not installed"
        yield Trouble("E122", message, path, "pip install '.[redis]' in Sallyport's folder")
    if limits.redis_ca_file is not None and not address.tls:
        message = "certificates for a connection without TLS"
        help_ = "write rediss:// in `redis`, or remove this"
        yield Trouble("E122", message, ("limits", "redis_ca_file"), help_)
    if address.username is not None and limits.redis_password is None:
        message = "a user without a password"
        yield Trouble("E122", message, path, "add `redis_password_file:`")
    if address.host and not address.tls and not is_loopback(address.host):
        message = f"counts, and the password, would be sent in clear to {address.host}"
        yield Trouble("W116", message, path, "write rediss://", Severity.WARNING)


def _check_networks(networks: Sequence[str], path: Steps) -> Iterator[Trouble]:
    for index, text in enumerate(networks):
        where = (*path, index)
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            yield Trouble("E119", f"`{text}` is not a network", where, _network_help(text))
            continue
        if network.prefixlen == 0:
            message = f"{text} trusts everybody to say who they are"
            yield Trouble("W114", message, where, "name your relay's address", Severity.WARNING)


def _network_help(text: str) -> str:
    try:
        return f"did you mean `{ipaddress.ip_network(text, strict=False)}`?"
    except ValueError:
        return "write an address or a network, as 10.0.0.4 or 10.0.0.0/24"


def _try_parse(text: str) -> tuple[str, int] | None:
    try:
        return parse_listen(text)
    except ValueError:
        return None


def _listens_on_loopback(text: str) -> bool:
    parsed = _try_parse(text)
    return parsed is None or is_loopback(parsed[0])


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
