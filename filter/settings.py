"""Deployment settings: one table of typed fields; an unknown key stops the start.

The loader (file, environment, secrets from files) is in filter/settingsfile.py.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

MEBIBYTE = 1024 * 1024
# Names of our own making only: no header that says anything else may become an end user.
HEADER = r"^[Xx]-[A-Za-z0-9-]{1,60}$"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(StrEnum):
    """How a connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class GateMode(StrEnum):
    """enforce: hold what is not approved. shadow: record what would be held, and pass it."""

    ENFORCE = "enforce"
    SHADOW = "shadow"


class HeldAnswer(StrEnum):
    """What the caller of a text-message API is told about a held message."""

    ACCEPT = "accept"  # the provider's own "accepted" shape with an id that can be read back
    BLOCK = "block"  # the provider's own error shape, not retried by its SDKs


class Account(_Table):
    """A client that may submit: its name in the log, its password (SMTP AUTH, Basic, Bearer)."""

    name: str = Field(
        description="Name of the client in log, decisions and limits.", examples=["kiosk"]
    )
    password: SecretStr | None = Field(
        None, description="Its password or token.", examples=["correct-horse-battery"]
    )
    password_file: Path | None = Field(
        None, description="A file that holds it instead.", examples=["/run/secrets/kiosk"]
    )

    @property
    def user(self) -> str:
        """What it signs in with."""
        return self.name


class Caller(Account):
    """A client over HTTP, where the provider's SDK decides what it signs in with."""

    signs_in_as: str | None = Field(
        None,
        pattern=r"^[^\s:]+$",  # RFC 7617 section 2: a colon ends the user name
        description="User name where that is not its name: an account or key sid of Twilio's.",
        examples=["SK0123456789abcdef0123456789abcdef"],
    )

    @property
    def user(self) -> str:
        """What it signs in with."""
        return self.signs_in_as or self.name


class MailNextHop(_Table):
    """Where passed mail goes: the re-injection port of Postfix, a relay, a provider."""

    host: str = Field("127.0.0.1", description="Host name or address.")
    port: int = Field(10026, ge=1, le=65535, description="TCP port.")
    tls: Tls = Field(Tls.NONE, description="none, starttls or implicit.")
    verify: bool = Field(True, description="Verify the certificate and its name.")
    ca_file: Path | None = Field(
        None,
        description="Certificates to trust instead of the system's.",
        examples=["/etc/sallyport/ca.pem"],
    )
    username: str | None = Field(None, description="User name for AUTH.", examples=["gate"])
    password: SecretStr | None = Field(
        None, description="Password for AUTH.", examples=["correct-horse-battery"]
    )
    password_file: Path | None = Field(
        None, description="A file that holds it instead.", examples=["/run/secrets/next-hop"]
    )
    local_name: str | None = Field(
        None, description="The name we give in EHLO.", examples=["gate.health.example"]
    )
    connect_seconds: float = Field(10.0, gt=0, description="Patience for connecting and EHLO.")
    reply_seconds: float = Field(30.0, gt=0, description="Patience for one reply before DATA.")
    pool_size: int = Field(50, ge=1, description="Idle connections kept open by one worker.")
    idle_seconds: float = Field(60.0, gt=0, description="How long an idle connection is kept.")
    max_messages: int = Field(100, ge=1, description="Messages over one connection.")
    xforward: bool = Field(True, description="Pass XFORWARD on when the next hop announces it.")


class MailListener(_Table):
    """The SMTP side."""

    listen: tuple[str, ...] = Field(("127.0.0.1:10025",), description="host:port, any number.")
    hostname: str | None = Field(
        None,
        description="Our name in the banner; default: the host's.",
        examples=["gate.health.example"],
    )
    next_hop: MailNextHop = Field(default_factory=MailNextHop)
    trusted: tuple[str, ...] = Field(
        ("127.0.0.0/8", "::1/128"), description="Networks whose XFORWARD and PROXY lines count."
    )
    proxy_protocol: bool = Field(False, description="Expect a PROXY protocol line first.")
    tls: Tls = Field(Tls.NONE, description="TLS towards clients: none, starttls or implicit.")
    certificate: Path | None = Field(
        None,
        description="PEM file with our certificate chain.",
        examples=["/etc/sallyport/cert.pem"],
    )
    key: Path | None = Field(
        None, description="PEM file with its key.", examples=["/etc/sallyport/key.pem"]
    )
    auth_required: bool = Field(False, description="Refuse MAIL before AUTH.")
    accounts: tuple[Account, ...] = Field(
        (),
        description="Clients that may authenticate.",
        examples=[[{"name": "kiosk", "password_file": "/run/secrets/kiosk"}]],
    )
    max_bytes: int = Field(25 * MEBIBYTE, ge=1024, description="Largest message, as SIZE says.")
    max_recipients: int = Field(1000, ge=1, description="Recipients in one transaction.")
    max_connections: int = Field(500, ge=1, description="Connections at once, a worker.")
    idle_seconds: float = Field(300.0, gt=0, description="Patience with a silent client.")
    end_user_header: str | None = Field(
        None,
        pattern=HEADER,
        description="Header field with the end user's id, for limits.",
        examples=["X-User-Id"],
    )
    end_user_ip_header: str | None = Field(
        None,
        pattern=HEADER,
        description="Header field with the end user's address, for limits.",
        examples=["X-User-IP"],
    )


# The providers that there are adapters for (filter/sms/providers/all.py).
PROVIDERS = ("twilio",)


class Provider(_Table):
    """A text-message provider behind the shim."""

    upstream: str = Field(
        description="Its base address, https://api.twilio.com", examples=["https://api.twilio.com"]
    )
    account: str | None = Field(
        None,
        description="Account id that releases are sent with.",
        examples=["AC0123456789abcdef0123456789abcdef"],
    )
    password: SecretStr | None = Field(
        None, description="Secret that releases are sent with.", examples=["correct-horse-battery"]
    )
    password_file: Path | None = Field(
        None, description="A file that holds it instead.", examples=["/run/secrets/twilio"]
    )
    held: HeldAnswer = Field(HeldAnswer.ACCEPT, description="accept or block.")
    pass_fields: tuple[str, ...] = Field(
        (),
        description="Request fields allowed beside the ones every message has.",
        examples=[["StatusCallback"]],
    )
    timeout_seconds: float = Field(20.0, gt=0, description="Patience with one request upstream.")


class MediaFetch(_Table):
    """Whether, and from where, the gate fetches the media that a text message only names."""

    fetch: bool = Field(
        False, description="Fetch what media addresses lead to; otherwise such messages are held."
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="Hosts to fetch from: media.health.example, or *.media.health.example.",
        examples=[["media.health.example"]],
    )
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        (443,), description="Ports to fetch from."
    )
    networks: tuple[str, ...] = Field(
        (),
        description="Networks that are not public where those hosts may be: 10.1.2.0/24.",
        examples=[["10.1.2.0/24"]],
    )
    ca_file: Path | None = Field(
        None,
        description="Certificates to trust instead of the system's.",
        examples=["/etc/sallyport/ca.pem"],
    )
    max_bytes: int = Field(5 * MEBIBYTE, ge=1024, description="All media of one message together.")
    seconds: float = Field(
        10.0, gt=0, le=30, description="Patience with all media of one message together."
    )
    at_once: int = Field(16, ge=1, description="Messages with media to fetch at once, a worker.")


class TextListener(_Table):
    """The HTTP side: provider drop-ins and our own API."""

    listen: tuple[str, ...] = Field(
        (), description="host:port, any number; empty is off.", examples=[["127.0.0.1:8025"]]
    )
    certificate: Path | None = Field(
        None, description="PEM file: serve HTTPS with it.", examples=["/etc/sallyport/cert.pem"]
    )
    key: Path | None = Field(
        None, description="PEM file with its key.", examples=["/etc/sallyport/key.pem"]
    )
    callers: tuple[Caller, ...] = Field(
        (),
        description="Who may call; empty lets nobody in.",
        examples=[[{"name": "kiosk", "password_file": "/run/secrets/kiosk"}]],
    )
    providers: dict[str, Provider] = Field(
        {},
        description="By name: twilio.",
        examples=[{"twilio": {"upstream": "https://api.twilio.com"}}],
    )
    max_bytes: int = Field(256 * 1024, ge=1024, description="Largest request body.")
    media: MediaFetch = Field(default_factory=MediaFetch)
    trusted: tuple[str, ...] = Field(
        (), description="Reverse proxies whose X-Forwarded-For counts.", examples=[["10.0.0.0/8"]]
    )
    end_user_header: str | None = Field(
        None,
        pattern=HEADER,
        description="Request header with the end user's id, for limits.",
        examples=["X-User-Id"],
    )
    end_user_ip_header: str | None = Field(
        None,
        pattern=HEADER,
        description="Request header with the end user's address, for limits.",
        examples=["X-User-IP"],
    )


class Quarantine(_Table):
    """Where held messages and decisions are kept."""

    retention_days: int = Field(30, ge=1, description="After this a held message expires.")
    decision_days: int = Field(365, ge=1, description="How long decisions are kept.")
    picture_days: int = Field(
        30,
        ge=0,
        le=400,
        description="How long hashes of pictures that passed are kept, for `sallyport images add`"
        " to compare with; 0: not at all.",
    )
    passed_days: int = Field(
        0,
        ge=0,
        le=90,
        description="How long whole messages that passed are kept, for `sallyport replay`; 0: not"
        " at all.",
    )
    passed_percent: float = Field(
        100.0, gt=0, le=100, description="How many of them are kept, by chance."
    )
    passed_bytes: int = Field(
        256 * MEBIBYTE, ge=MEBIBYTE, description="Most bytes of them; the oldest go first."
    )
    min_free_bytes: int = Field(64 * MEBIBYTE, ge=0, description="Below this nothing is accepted.")


class Inspection(_Table):
    """Limits of reading and checking; reaching one holds the message."""

    deadline_seconds: Annotated[float, Field(gt=0, lt=100)] = Field(
        60.0, description="From end of data to our answer; Postfix waits 100 s."
    )
    max_parts: int = Field(100, ge=1, description="MIME parts in one message.")
    max_depth: int = Field(10, ge=1, description="Nesting of multiparts.")
    max_header_bytes: int = Field(64 * 1024, ge=1024, description="One header block.")
    max_text_bytes: int = Field(
        1 * MEBIBYTE, ge=1024, description="One text or HTML part, decoded."
    )
    max_pictures: int = Field(50, ge=0, description="Pictures in one message.")
    max_pixels: int = Field(40_000_000, ge=1, description="Pixels of one picture.")
    child_seconds: float = Field(20.0, gt=0, description="Time for one picture or document.")
    child_bytes: int = Field(
        1024 * MEBIBYTE, ge=MEBIBYTE, description="Memory of the child process."
    )
    children: int = Field(
        1, ge=1, description="Child processes for pictures and documents, a worker."
    )


class WhenAway(StrEnum):
    """What becomes of approved messages while the limit store cannot be asked."""

    HOLD = "hold"
    DEFER = "defer"
    PASS = "pass"  # noqa: S105 - a word of the domain, not a password


class Limits(_Table):
    """Where limits are counted, and how recipients are told apart."""

    redis: str | None = Field(
        None,
        description="redis://host:6379/0, rediss:// or unix://: count in Redis or Valkey, for"
        " several machines; default: in the state folder, for one.",
        examples=["redis://127.0.0.1:6379/0"],
    )
    redis_password: SecretStr | None = Field(
        None, description="Password for it.", examples=["correct-horse-battery"]
    )
    redis_password_file: Path | None = Field(
        None, description="A file that holds it instead.", examples=["/run/secrets/redis"]
    )
    redis_ca_file: Path | None = Field(
        None,
        description="For rediss://: certificates to trust instead of the system's.",
        examples=["/etc/sallyport/redis-ca.pem"],
    )
    redis_prefix: str = Field("sallyport:", description="What its keys there begin with.")
    away: WhenAway = Field(
        WhenAway.HOLD, description="While it cannot be asked: hold, defer, or pass unlimited."
    )
    # A busy machine takes a second now and then; a store that is gone keeps only the first messages
    # waiting for so long.
    timeout_seconds: float = Field(3.0, gt=0, le=30, description="Patience with one question.")
    country: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="Country of numbers without a country code, in two letters: MY.",
        examples=["MY"],
    )
    plus_tags: bool = Field(
        False, description="Whether name+tag@ counts as another recipient than name@."
    )
    report_url: str | None = Field(
        None,
        description="Where people reach /report: https://gate.health.example/report",
        examples=["https://gate.health.example/report"],
    )
    report_key: SecretStr | None = Field(
        None, description="Key that signs those links.", examples=["correct-horse-battery"]
    )
    report_key_file: Path | None = Field(
        None, description="A file that holds it instead.", examples=["/run/secrets/report-key"]
    )


class Control(_Table):
    """Health, metrics and the kill switch, on a port of their own."""

    listen: tuple[str, ...] = Field(
        (), description="host:port for /livez, /readyz and /metrics.", examples=[["127.0.0.1:9025"]]
    )
    operators: tuple[Account, ...] = Field(
        (),
        description="Who may pause and resume over HTTP; empty lets nobody.",
        examples=[[{"name": "night-shift", "password_file": "/run/secrets/operator"}]],
    )


class Settings(_Table):
    """All of it. Paths that are not absolute are taken from the settings file's folder."""

    mode: GateMode = Field(GateMode.ENFORCE, description="enforce or shadow.")
    rules: Path = Field(Path("rules"), description="Folder of the rule files.")
    state: Path = Field(Path("state"), description="Folder of the store and the control socket.")
    workers: int | None = Field(
        None, ge=1, description="Worker processes; default: cores.", examples=[4]
    )
    drain_seconds: float = Field(30.0, ge=0, description="Patience with open work at a stop.")
    mail: MailListener = Field(default_factory=MailListener)
    sms: TextListener = Field(default_factory=TextListener)
    quarantine: Quarantine = Field(default_factory=Quarantine)
    inspection: Inspection = Field(default_factory=Inspection)
    limits: Limits = Field(default_factory=Limits)
    control: Control = Field(default_factory=Control)
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Log level.")
    log_format: str = Field(
        "text", pattern="^(text|json)$", description="text (key=value) or json."
    )
