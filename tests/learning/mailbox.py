# ruff: noqa: E501, SIM905, C901, PLR0911, PLR0912, PLR0917 - texts and tables, a line each
"""A mailbox that is made up: transactional messages of many templates, and a little noise.

Every message knows of which template it is and which values it has, so that what is learnt can be
compared with the truth.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

START = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
DAYS = 30
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Made:
    """A template of the truth. Slots are named after their kind: ``code``, ``code2``."""

    id: str
    sender: str  # "Name <address>", or the sender of text messages
    text: str
    subject: str = ""
    layout: int = -1  # of the HTML part; -1: none
    button: str = ""  # where it leads, with slots
    optional: str = ""  # a sentence that every third message has in addition


@dataclass(frozen=True)
class Mail:
    """One message: of which template ("" is noise), its values, when, to whom, its bytes."""

    template: str
    values: Mapping[str, str]
    at: datetime
    recipient: str
    content: bytes = field(repr=False)
    sender: str = ""
    text: str = ""

    @property
    def is_sms(self) -> bool:
        return self.sender != ""


# --- values, by the kind of a slot: what it may be learnt as

FIRST = (
    "Aisyah Siti Tan Lim Wong Muthu Ahmad Jens Lena Jürgen Zoë Marie François Ana José Inés Søren "
    "Kofi Priya Deepak Wei Mei John Mary O'Neil Anne-Marie Björn Łukasz Noor Fatimah Raj Kumar"
).split()
LAST = (
    "Rahman Abdullah Ismail Lee Ng Chen Müller Schmidt Weiß Dubois Lefèvre García Núñez Andersen "
    "Smith Jones Brown O'Brien Pillai Subramaniam Nair Kaur Singh Hassan Yusof Kowalski Novák Ito"
).split()
STREETS = (
    "Jalan Ampang|Lorong Maarof|High Street|Hauptstraße|Rue de Lyon|Calle Mayor|Park Lane".split(
        "|"
    )
)
TOWNS = "Kuala Lumpur|Shah Alam|Ipoh|Berlin|Köln|Lyon|Madrid|Leeds|Georgetown".split("|")
PRODUCTS = "Desk lamp|Oak chair|Blue kettle|Garden hose|Wool scarf|Paper tray|Steel bottle".split(
    "|"
)
BRANCHES = "Klinik Ampang|Klinik Bangi|Klinik Cheras|Klinik Damansara".split("|")

KINDS: Mapping[str, frozenset[str]] = {
    "code": frozenset({"digits"}),
    "order": frozenset({"digits", "code", "number", "pattern"}),
    "ref": frozenset({"code", "pattern", "digits", "number"}),
    "token": frozenset({"code", "pattern"}),
    "uuid": frozenset({"uuid"}),
    "minutes": frozenset({"number", "digits", "choice"}),
    "amount": frozenset({"money", "number"}),
    "euros": frozenset({"money", "number"}),
    "date": frozenset({"date"}),
    "day": frozenset({"date"}),
    "time": frozenset({"time"}),
    "clock": frozenset({"time"}),
    "name": frozenset({"name"}),
    "branch": frozenset({"choice"}),
    "address": frozenset({"words"}),
    "product": frozenset({"choice", "name", "words"}),
    "email": frozenset({"email"}),
    "phone": frozenset({"phone"}),
    "ip": frozenset({"pattern"}),
}


def value_of(kind: str, rng: random.Random, recipient: str) -> str:
    """Return a value for a slot of this kind."""
    number = rng.randrange
    match kind:
        case "code":
            return f"{number(10**6):06d}"
        case "order":
            return str(number(10**7, 10**8))
        case "ref":
            return f"{rng.choice('ABCDEFGHJK')}{rng.choice('LMNPQRST')}-{number(10**5, 10**6)}"
        case "token":
            return "".join(rng.choice("abcdefghijkmnpqrstuvwxyz0123456789") for _ in range(24))
        case "uuid":
            raw = f"{rng.getrandbits(128):032x}"
            return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"
        case "minutes":
            return str(rng.choice((2, 3, 5, 10, 12, 15, 20, 25, 30, 45, 60, 90)))
        case "amount":
            return f"RM{number(100, 500000) / 100:,.2f}"
        case "euros":
            return f"{number(100, 500000) / 100:.2f}".replace(".", ",") + " €"
        case "date":
            return (START + timedelta(days=number(200))).strftime("%d %B %Y").lstrip("0")
        case "day":
            return (START + timedelta(days=number(200))).strftime("%d.%m.%Y")
        case "time":
            return f"{number(1, 13)}:{number(60):02d} {rng.choice(('am', 'pm'))}"
        case "clock":
            return f"{number(24):02d}:{number(60):02d}"
        case "name":
            parts = [rng.choice(FIRST), rng.choice(LAST)]
            if rng.random() < 0.3:
                parts.insert(1, rng.choice(("bin", "binti", "a/l", "de", "van")))
            if rng.random() < 0.2:
                parts.append(rng.choice(LAST))
            return " ".join(parts)
        case "branch":
            return rng.choice(BRANCHES)
        case "address":
            return f"{number(1, 200)} {rng.choice(STREETS)}, {number(10000, 99999)} {rng.choice(TOWNS)}"
        case "product":
            return rng.choice(PRODUCTS)
        case "email":
            return recipient
        case "phone":
            return f"+6012{number(1000000, 9999999)}"
        case "ip":
            return ".".join(str(number(1, 255)) for _ in range(4))
    raise ValueError(kind)


def kind_of(slot: str) -> str:
    return slot.rstrip("0123456789")


# --- templates

SERVICES = (
    ("order", "Sallow Shop <orders@shop.example>", "order {order}", "www.shop.example"),
    ("booking", "Sallow Travel <booking@travel.example>", "booking {ref}", "www.travel.example"),
    (
        "appointment",
        "MyHealth <no-reply@health.example>",
        "appointment {ref}",
        "www.health.example",
    ),
    ("invoice", "Billing <billing@shop.example>", "invoice {ref}", "pay.shop.example"),
    ("policy", "Cover <service@cover.example>", "policy {order}", "my.cover.example"),
    ("loan", "Library <desk@library.example>", "loan {order}", "www.library.example"),
    ("ticket", "Support <support@shop.example>", "ticket {order}", "help.shop.example"),
    ("course", "Academy <team@academy.example>", "course {ref}", "learn.academy.example"),
)
EVENTS = (
    ("confirmed", "is confirmed", "Thank you. We expect you on {date} at {time}."),
    ("changed", "was changed", "The new date is {date} at {time}. Please tell us if that does not suit you."),
    ("cancelled", "was cancelled", "We are sorry. {amount} will be paid back within {minutes} days."),
    ("reminder", "is due soon", "This is a reminder: it ends on {date}. You can extend it yourself."),
    ("overdue", "is overdue", "Please settle {amount} by {date}, or a fee of {amount2} is added."),
    ("received", "was received", "We look at it within {minutes} hours and write to {email}."),
    ("shipped", "is on its way", "The parcel with {product} goes to {address} and arrives on {date}."),
    ("refund", "was refunded", "{amount} went back to your card ending in {code}."),
    ("survey", "is complete", "How was it? Your answer takes {minutes} minutes."),
    ("document", "has a new document", "The document of {date} is ready. Its number is {ref2}."),
)  # fmt: skip
ACCOUNT = (
    ("verify", "Confirm your address", "Hello {name}, please confirm {email} with the button below. It works until {date}.", "/verify/{token}"),
    ("reset", "Reset your password", "Hello {name}, somebody asked for a new password for your account. The link is good for {minutes} minutes. If it was not you, do nothing.", "/reset/{token}"),
    ("signin", "New sign-in to your account", "Hello {name}, your account was used on {date} at {clock} from {ip}. If it was not you, change your password.", "/security"),
    ("code", "Your code is {code}", "Hello {name}, {code} is your code. It is good for {minutes} minutes. Nobody of us will ask you for it.", ""),
    ("welcome", "Welcome, {name}", "Welcome, {name}! Your account {order} is ready. Your branch is {branch}.", "/start"),
    ("export", "Your data is ready", "Hello {name}, the export {uuid} is ready. It is deleted on {date}.", "/export/{uuid}"),
)  # fmt: skip
OTHER = (
    ("de-termin", "Praxis <termin@health.example>", "Ihr Termin am {day}", "Guten Tag {name}, Ihr Termin ist am {day} um {clock} Uhr. Bitte bringen Sie Ihre Karte mit."),
    ("de-termin-ab", "Praxis <termin@health.example>", "Ihr Termin am {day} wurde abgesagt", "Guten Tag {name}, Ihr Termin am {day} um {clock} Uhr wurde abgesagt. Bitte vereinbaren Sie einen neuen."),
    ("de-rechnung", "Rechnung <rechnung@shop.example>", "Rechnung {ref}", "Guten Tag {name}, Ihre Rechnung {ref} über {euros} ist fällig am {day}. Vielen Dank."),
    ("fr-commande", "Boutique <commande@shop.example>", "Commande {order} confirmée", "Bonjour {name}, votre commande {order} de {euros} est confirmée. Livraison prévue le {day}."),
    ("es-pedido", "Tienda <pedido@shop.example>", "Pedido {order} enviado", "Hola {name}, tu pedido {order} ha salido hoy y llega el {day}. Importe: {euros}."),
    ("ms-temujanji", "MyHealth <no-reply@health.example>", "Temujanji anda pada {date}", "Salam {name}, temujanji anda di {branch} ialah pada {date} jam {time}. Sila datang awal."),
    ("ms-vaksin", "MyHealth <no-reply@health.example>", "Sijil vaksin {ref}", "Salam {name}, sijil vaksin anda bernombor {ref} telah sedia pada {date}."),
)  # fmt: skip
SMS = (
    ("otp", "MYHEALTH", "RM0.00 {code} is your sign-in code. It expires in {minutes} minutes."),
    ("otp2", "MYHEALTH", "RM0.00 {code} is your payment code for {amount}. It expires in {minutes} minutes."),
    ("otp-ms", "MYHEALTH", "RM0.00 Kod anda {code}. Sah selama {minutes} minit sahaja."),
    ("appt", "MYHEALTH", "RM0.00 Dear {name}, your appointment at {branch} is on {date}, {time}."),
    ("appt-ms", "MYHEALTH", "RM0.00 {name}, temujanji anda di {branch} pada {date}, {time}."),
    ("result", "MYHEALTH", "RM0.00 Dear {name}, your result {ref} is ready. See https://www.health.example/r/{token}"),
    ("dose1", "MYHEALTH", "RM0.00 Dear {name}, your first dose is on {date} at {branch}."),
    ("dose2", "MYHEALTH", "RM0.00 Dear {name}, your second dose is on {date} at {branch}."),
    ("parcel", "62003", "Parcel {order} arrives today between {clock} and {clock2}. Driver: {phone}"),
    ("parcel-late", "62003", "Parcel {order} is late. It arrives on {date} between {clock} and {clock2}."),
    ("parcel-done", "62003", "Parcel {order} was delivered at {clock}. Thank you."),
    ("pay", "62003", "You paid {amount} to {ref} on {day} at {clock}. Balance {amount2}."),
    ("topup", "62003", "You topped up {amount} on {day}. Balance {amount2}. Valid until {date}."),
    ("water", "62003", "Your water bill {ref} of {amount} is due on {day}."),
    ("power", "62003", "Your power bill {ref} of {amount} is due on {day}."),
)  # fmt: skip


def templates() -> tuple[Made, ...]:
    """Return 150 templates; many are nearly alike, and share sender, layout and closing words."""
    made: list[Made] = []
    for number, (service, sender, thing, host) in enumerate(SERVICES):
        for event, verb, detail in EVENTS:
            subject = f"Your {thing} {verb}"
            text = (
                f"Dear {{name}}, your {thing} {verb}. {detail} "
                f"You get this message because you have an account with us."
            )
            made.append(
                Made(
                    f"{service}-{event}", sender, text, subject, number % 3,
                    f"https://{host}/{service}/{{token}}" if event != "survey" else f"https://{host}/survey",
                    "Reply to this message if you have questions." if event == "received" else "",
                )
            )  # fmt: skip
    for number, (service, sender, _, host) in enumerate(SERVICES):
        for event, subject, text, path in ACCOUNT:
            button = f"https://{host}{path}" if path else ""
            made.append(Made(f"{service}-{event}", sender, text, subject, number % 3, button))
    for name, sender, subject, text in OTHER:
        made.append(Made(name, sender, text, subject))
    made += [Made(name, sender, text) for name, sender, text in SMS]
    return tuple(made)


def slots_of(made: Made) -> tuple[str, ...]:
    """Return the names of the slots, in the texts that people see."""
    return tuple(dict.fromkeys(_SLOT.findall(f"{made.subject} {made.text} {made.optional}")))


def render(made: Made, rng: random.Random, *, at: datetime | None = None) -> Mail:
    """Return one message of a template with new values."""
    recipient = f"{rng.choice(FIRST).lower().encode('ascii', 'ignore').decode() or 'x'}{rng.randrange(10**5)}@mail.example"
    source = f"{made.subject} {made.text} {made.optional} {made.button}"
    values = {
        slot: value_of(kind_of(slot), rng, recipient)
        for slot in dict.fromkeys(_SLOT.findall(source))
    }
    moment = at or START + timedelta(minutes=rng.randrange(DAYS * 24 * 60))
    text = made.text
    if made.optional and rng.random() < 1 / 3:
        text = f"{text} {made.optional}"
    body = text.format_map(values)
    if not made.subject:
        number = f"+6019{rng.randrange(10**6, 10**7)}"
        return Mail(made.id, values, moment, number, b"", made.sender, body)
    subject = made.subject.format_map(values)
    page = None
    if made.layout >= 0:
        page = page_of(made.layout, body, made.button.format_map(values))
    return Mail(
        made.id,
        values,
        moment,
        recipient,
        mail(made.sender, recipient, subject, body, page, moment),
    )


def page_of(layout: int, body: str, button: str) -> str:
    """Return an HTML part of one of three layouts."""
    sentences = "".join(
        f"<p>{html.escape(one)}.</p>" for one in re.split(r"\. (?=[A-Z])", body.rstrip("."))
    )
    link = f'<p><a href="{button}">Open</a></p>' if button else ""
    logo = '<img src="https://static.shop.example/logo.png" alt="Logo" width="90" height="30">'
    match layout:
        case 0:
            return f"<html><body><table><tr><td>{logo}</td></tr><tr><td>{sentences}{link}</td></tr></table></body></html>"
        case 1:
            return f"<html><body><div>{logo}</div><div>{sentences}</div><div>{link}</div></body></html>"
    return f"<html><body>{sentences}{link}<hr></body></html>"


def mail(
    sender: str, recipient: str, subject: str, text: str, page: str | None, at: datetime
) -> bytes:
    """Return an e-mail as an application would send it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{abs(hash((recipient, subject, at)))}@mail.example>"
    message.set_content(text + "\n", cte="quoted-printable")
    if page is not None:
        message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message.as_bytes()


# --- noise

WORDS = (
    "meeting lunch report please tomorrow budget garden weekend thanks question draft minutes call "
    "review holiday plan train office coffee numbers attached later soon maybe friend project late"
).split()


def noise(rng: random.Random, number: int) -> Mail:
    """Return a letter, an advertisement, or a one-off: no two are of one template."""
    moment = START + timedelta(minutes=rng.randrange(DAYS * 24 * 60))
    recipient = f"n{rng.randrange(10**6)}@mail.example"
    words = [rng.choice(WORDS) for _ in range(rng.randrange(12, 60))]
    body = " ".join(words).capitalize() + "."
    if number % 3 == 0:
        body += f" Win now at https://win{rng.randrange(10**4)}.evil.example/{rng.choice(WORDS)}"
    subject = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(2, 6))).capitalize()
    sender = rng.choice(SERVICES)[1] if number % 2 else "Ina Person <ina@shop.example>"
    return Mail("", {}, moment, recipient, mail(sender, recipient, subject, body, None, moment))


EVIL = (
    "your account is blocked reply with your card number today",
    "call the number on our site now or lose all your money",
    "please pay the open fee at once to keep your account",
)


def poisoned(made: Made, rng: random.Random) -> Mail:
    """Return a message of a template whose name says what an attacker wants to be able to say."""
    fresh = render(
        made, rng, at=START + timedelta(days=rng.randrange(12, 14), minutes=rng.randrange(1440))
    )
    name = f"{rng.choice(FIRST)}, {rng.choice(EVIL)} {rng.choice(WORDS)}"
    values = {**fresh.values, "name": name}
    body = made.text.format_map(values)
    page = page_of(made.layout, body, made.button.format_map(values)) if made.layout >= 0 else None
    content = mail(
        made.sender, fresh.recipient, made.subject.format_map(values), body, page, fresh.at
    )
    return Mail("", values, fresh.at, fresh.recipient, content)


def mailbox(
    count: int, seed: int, made: tuple[Made, ...], share_of_noise: float = 0.02
) -> Iterator[Mail]:
    """Yield so many messages in no particular order; some templates are far more frequent."""
    rng = random.Random(seed)
    weights = [rng.choice((1, 1, 2, 3, 5)) for _ in made]
    bad = int(count * share_of_noise)
    target = (
        next(one for one in made if one.id == "order-confirmed") if len(made) > 100 else made[0]
    )
    kinds = [0] * (count - bad) + [1] * (bad - bad // 4) + [2] * (bad // 4)
    rng.shuffle(kinds)
    for number, kind in enumerate(kinds):
        if kind == 0:
            yield render(rng.choices(made, weights)[0], rng)
        elif kind == 1:
            yield noise(rng, number)
        else:
            yield poisoned(target, rng)
