"""What may stand in a rule file: the models that files are fitted to, and their JSON Schema.

They say what a value looks like on its own; what rules mean together is judged in
filter/rulefiles/compile.py. Every field has a description, which editors show and which
docs/rules.md repeats.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from filter.message import Channel
from filter.mode import Mode
from filter.rulefiles.approvedmodel import ApprovedPictureRule
from filter.rulefiles.durations import Duration
from filter.rulefiles.fields import (
    Blocks,
    Channels,
    Day,
    Id,
    Language,
    Markups,
    MediaType,
    Rule,
    Whole,
    Word,
    Wording,
    Wordings,
    Words,
    YesNo,
    trouble,
)
from filter.rulefiles.floodmodel import FloorRule, LimitRule, RepeatsRule, SafeListRule, WatchRule
from filter.rulefiles.sourcemodel import SourceRule
from filter.ruleset import MatchMode, SlotType
from filter.schemaproblems import describe, text_of

# The version of what these files mean; part of the revision, so that a Sallyport that reads the
# same files otherwise does not claim the same rules.
FORMAT = 1

_UNITS = {"": 1, "b": 1, "kb": 1000, "mb": 1000**2, "kib": 1024, "mib": 1024**2}


def _read_size(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(text_of(value))
    found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,3})?) ?([A-Za-z]*)", text)
    if found is None or found[2].lower() not in _UNITS or not isinstance(value, (str, float)):
        help_ = "write a number and kB, MB, KiB or MiB, as `2MB`"
        raise trouble("E081", f"`max_size` is not a size: {describe(value)}", help_)
    return int(float(found[1]) * _UNITS[found[2].lower()])


_SHORTHAND = re.compile(
    r"(?P<type>\S+)(?: +(?P<low>\d+(?:\.\d+)?)(?: *(?:-|to|\.\.) *(?P<high>\d+(?:\.\d+)?))?)?"
)
_COUNTED = ("number", "money")


def _read_slot(value: object) -> object:
    """``digits 6`` is ``{type: digits, length: 6}``, ``number 1-60`` has a min and a max."""
    if not isinstance(value, str):
        return value
    found = _SHORTHAND.fullmatch(value.strip())
    if found is None:
        help_ = "write `digits 6`, `text 1-40`, or {type: …} with its options"
        raise trouble("E021", f"`{value}` is not a slot", help_)
    kind, low, high = found["type"], found["low"], found["high"]
    slot: dict[str, object] = {"type": kind}
    if low is None:
        return slot
    if kind in _COUNTED:
        bounds = {"min": float(low)} if high is not None else {}
        return slot | bounds | {"max": float(high or low)}
    if "." in low + (high or ""):
        raise trouble("E021", f"`{value}`: a length is a whole number")
    if high is None:
        return slot | {"length": int(low)}
    return slot | {"min_length": int(low), "max_length": int(high)}


def _read_example(value: object) -> object:
    """Only a text is the whole example."""
    value = text_of(value)
    return {"text": value} if isinstance(value, str) else value


def _read_query(value: object) -> object:
    if value in ("none", "any") or isinstance(value, list):
        return [text_of(item) for item in value] if isinstance(value, list) else value
    help_ = "write none, any, or the names that are allowed: [lang, ref]"
    raise trouble("E069", f"`query` cannot be {describe(value)}", help_)


Size = Annotated[
    int,
    BeforeValidator(
        _read_size,
        json_schema_input_type=Annotated[
            str | int, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?([kKmM]?[iI]?[bB])?$")
        ],
    ),
    Field(ge=1, le=1024**3),
]
Query = Annotated[
    Literal["none", "any"] | tuple[Word, ...],
    BeforeValidator(_read_query, json_schema_input_type=Literal["none", "any"] | list[Word]),
]


class SlotRule(Rule):
    """A typed hole in an approved text. Short form: `digits 6`, `text 1-40`, `number 1-60`."""

    type: SlotType = Field(description="What may stand in it.", examples=["digits", "name", "date"])
    length: Whole | None = Field(
        None, ge=1, description="Exact length in characters.", examples=[6]
    )
    min_length: Whole | None = Field(
        None, description="Shortest value, in characters.", examples=[1]
    )
    max_length: Whole | None = Field(
        None, description="Longest value, in characters. Required for `text`.", examples=[40]
    )
    min: float | None = Field(
        None, allow_inf_nan=False, description="`number`, `money`: the least value.", examples=[1]
    )
    max: float | None = Field(
        None,
        allow_inf_nan=False,
        description="`number`, `money`: the greatest value.",
        examples=[60],
    )
    decimals: Whole | None = Field(
        None, description="`number`, `money`: most digits after the decimal point.", examples=[2]
    )
    currency: Words = Field(
        (), description="`money`: the signs it may carry. Required for it.", examples=["RM"]
    )
    formats: Words = Field(
        (),
        description="`date`, `time`: approved forms, as in strptime; default: the common ones.",
        examples=["%d %B %Y", ["%H:%M", "%I:%M %p"]],
    )
    values: Words = Field(
        (),
        description="`choice`: the approved values.",
        examples=[["Klinik Ampang", "Klinik Bangi"]],
    )
    max_words: Whole | None = Field(
        None, description="`name`, `words`, `text`: most words.", examples=[5]
    )
    pattern: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None,
        description="`pattern`: an RE2 expression that the whole value must fit.",
        examples=["[A-Z]{2}-[0-9]{6}"],
    )
    description: str = Field(
        "", description="For people.", examples=["the code that the app shows"]
    )


_Slot = Annotated[SlotRule, BeforeValidator(_read_slot, json_schema_input_type=str | SlotRule)]


class AttachmentRule(Rule):
    """A file that the template may carry."""

    type: MediaType = Field(
        description="Media type, in small letters, without parameters.",
        examples=["application/pdf"],
    )
    name: Word = Field(
        description="File name; may hold slots of the template.",
        examples=["certificate-{number}.pdf"],
    )
    max_size: Size = Field(
        description="Largest size: bytes, or with kB, MB, KiB, MiB.", examples=["2MB"]
    )
    required: YesNo = Field(False, description="Whether a message without it is held.")
    text: Words = Field(
        (),
        description="What its text must be: patterns with slots, of which it says one. A calendar's"
        " texts each say one of them or what the mail says. Absent: a PDF may say anything.",
        examples=["Certificate {number} of {name}"],
    )


class PicturesRule(Rule):
    """Which pictures a message of this template shows, and how many. Absent: none."""

    min: Whole = Field(0, ge=0, description="Fewest pictures.")
    max: Whole = Field(ge=0, le=100, description="Most pictures.", examples=[1])
    alt: Words = Field(
        (), description="Approved alternative texts; may hold slots.", examples=["MyHealth logo"]
    )
    approved: Words | None = Field(
        None,
        description="Ids of the `approved_pictures:` it may show, and no others; absent: any"
        " picture that is not a known one.",
        examples=[["logo", "banner"]],
    )
    required: Words = Field(
        (), description="Those of them without which it is held.", examples=["logo"]
    )
    remote: Literal["allow", "hold"] | None = Field(
        None,
        description="What is fetched when the message is shown, fonts included: `allow` treats it"
        " as links, `hold` wants all pictures inside. Default: `hold` with `approved`,"
        " otherwise `allow`.",
    )


class ExampleRule(Rule):
    """A message that must pass, or be held. Just a text is short for `{text: …}`.

    A hold example takes sender, subject, attachments and, when it has no wording of its own, the
    texts from the first pass example: say only what is wrong.
    """

    name: str = Field("", description="What it shows, for the list.", examples=["changed link"])
    code: Word | None = Field(
        None,
        description="Hold examples: the finding it must be held for.",
        examples=["link.not_allowed"],
    )
    channel: Channel | None = Field(
        None, description="email or sms; default: the template's.", examples=["sms"]
    )
    sender: Word | None = Field(
        None,
        alias="from",
        description="Sender; default: the template's first.",
        examples=["MYHEALTH"],
    )
    subject: str | None = Field(
        None, description="Subject of the e-mail.", examples=["Your code is 493021"]
    )
    text: str | None = Field(
        None,
        description="The text, or the text part of the e-mail.",
        examples=["Your code is 493021."],
    )
    html: str | None = Field(
        None, description="The HTML part, as source.", examples=["<p>Your code is 493021.</p>"]
    )
    attachments: Words = Field(
        (),
        description="Files to attach, relative to this file.",
        examples=["files/certificate.pdf"],
    )
    file: Word | None = Field(
        None,
        description="A whole message instead: an .eml file, or .json for a text message,"
        " relative to this file.",
        examples=["files/booking.eml"],
    )


_Example = Annotated[
    ExampleRule, BeforeValidator(_read_example, json_schema_input_type=str | ExampleRule)
]


class ExamplesRule(Rule):
    """Messages that must pass and near misses that must be held; `sallyport test` runs them."""

    passing: tuple[_Example, ...] = Field(
        alias="pass",
        min_length=1,
        description="Messages that must pass; at least one.",
        examples=[["Your code is 493021."]],
    )
    holding: tuple[_Example, ...] = Field(
        alias="hold",
        min_length=1,
        description="Near misses that must be held; at least one.",
        examples=[[{"code": "template.slot", "text": "Your code is 4930210."}]],
    )


class VariantRule(Rule):
    """The same message in another language: it has its own texts and shares everything else."""

    language: Language = Field(
        description="Language tag; part of the variant's name: `otp-login/ms`.",
        examples=["ms", "zh-Hant"],
    )
    subject: Wordings = Field((), description="Approved subjects.", examples=["Kod anda {code}"])
    text: Wordings = Field((), description="Approved wordings.", examples=["Kod anda {code}."])
    html: Wordings = Field(
        (), description="Approved visible texts of the HTML part.", examples=["Kod anda {code}."]
    )
    markup: Markups = Field(
        (),
        description="Approved mark-up of the HTML part.",
        examples=['<p class="code">Kod anda {code}.</p>'],
    )
    preheader: Wordings = Field(
        (), description="Approved hidden preview texts.", examples=["Kod anda ada di dalam"]
    )
    source: SourceRule | None = Field(
        None,
        description="What the application renders, instead of wordings.",
        examples=[{"dialect": "jinja", "text": "mails/otp.ms.txt"}],
    )
    mode: Mode | None = Field(
        None,
        description="enforce, shadow or off, as of a template; absent: as its template.",
        examples=["shadow"],
    )


class TemplateRule(Rule):
    """One approved message in all its wordings. `{slot}` is a hole, `{{` and `}}` are braces."""

    id: Id = Field(description="Name in log, findings and limits.", examples=["otp-login"])
    description: str = Field(
        "",
        description="For people: what it is and who asked for it.",
        examples=["The code of the sign-in page."],
    )
    template_class: Id | None = Field(
        None,
        alias="class",
        description="Kind of message, for limits and reports.",
        examples=["otp"],
    )
    channel: Channels = Field(
        description="email, sms, or both.", examples=["sms", ["sms", "email"]]
    )
    language: Language | None = Field(
        None, description="Language tag of the texts.", examples=["en"]
    )
    mode: Mode = Field(
        Mode.ENFORCE,
        description="enforce; shadow: let nothing pass yet, record what would; off.",
    )
    match: MatchMode = Field(
        MatchMode.FOLDED,
        description="How closely `text` is held against a text: `folded` ignores how much white"
        " space stands where; `exact` nothing but line ends after the last line; `dlt` (text"
        " messages) letter case, punctuation and white space between words.",
        examples=["exact"],
    )
    sender: Words = Field(
        alias="from",
        min_length=1,
        description="Allowed senders: `Name <address>`, an address alone (no display name), an SMS"
        " sender, or the id of a `senders:` entry.",
        examples=[["MyHealth <no-reply@health.example>", "MYHEALTH"]],
    )
    reply_to: Words = Field(
        (),
        description="Allowed Reply-To addresses; absent: those of the senders, else none.",
        examples=["help@health.example"],
    )
    subject: Wordings = Field(
        (), description="Approved subjects; e-mail only.", examples=["Your code is {code}"]
    )
    text: Wordings = Field(
        (),
        description="Approved wordings of the text.",
        examples=["Your code is {code}.", ["Your code: {code}", "{code} is your code"]],
    )
    html: Wordings = Field(
        (),
        description="Approved visible texts of the HTML part; absent: the same as `text`.",
        examples=["Your code is {code}. Help"],
    )
    markup: Markups = Field(
        (),
        description="Approved mark-up of the HTML part in canonical form, with slots in texts and"
        " values; absent: any mark-up that shows an approved text. Written by `sallyport templates"
        " import`.",
        examples=['<p class="code">Your code is {code}.</p>'],
    )
    preheader: Wordings = Field(
        (),
        description="Approved hidden preview texts of the HTML part.",
        examples=["Your code is inside"],
    )
    source: SourceRule | None = Field(
        None,
        description="The templates that the application renders, instead of `text`, `html`,"
        " `markup` and `preheader`.",
        examples=[{"dialect": "jinja", "text": "mails/otp.txt", "html": "mails/otp.html"}],
    )
    variants: tuple[VariantRule, ...] = Field(
        (),
        description="The same message in other languages.",
        examples=[[{"language": "ms", "text": "Kod anda {code}."}]],
    )
    footer: Words = Field(
        (), description="Ids of `footers:` that a relay may append.", examples=["confidential"]
    )
    links: Words | None = Field(
        None,
        description="Ids of the `links:` entries it may use; absent: any entry.",
        examples=[["site"]],
    )
    slots: dict[str, _Slot] = Field(
        {}, description="The holes in the texts, by name.", examples=[{"code": "digits 6"}]
    )
    attachments: tuple[AttachmentRule, ...] = Field(
        (),
        description="Files it may carry; absent: none.",
        examples=[
            [{"type": "application/pdf", "name": "certificate-{number}.pdf", "max_size": "2MB"}]
        ],
    )
    pictures: PicturesRule | None = Field(
        None,
        description="Pictures it may show; absent: none.",
        examples=[{"max": 1, "alt": "MyHealth logo"}],
    )
    valid: Duration | None = Field(
        None,
        description="How long it is of use, as a one-time code; held longer, a release skips it.",
        examples=["10 minutes"],
    )
    examples: ExamplesRule = Field(
        description="Messages that must pass and must be held.",
        examples=[{"pass": ["Your code is 493021."], "hold": ["Your code is 49302."]}],
    )


class LinkRule(Rule):
    """One place that links may lead to: a web address, an e-mail address or a telephone number."""

    id: Id = Field(description="Name in findings and in `links:` of a template.", examples=["site"])
    description: str = Field("", description="For people.", examples=["The booking page."])
    host: Word | None = Field(
        None, description="Host name, exactly; no wildcards.", examples=["www.health.example"]
    )
    scheme: Literal["https", "http"] = Field("https", description="https; http is warned about.")
    port: Whole | None = Field(
        None, ge=1, le=65535, description="Port; absent: the scheme's own.", examples=[8443]
    )
    path: Word = Field(
        "/**",
        description="Path by segment: `*` is one segment, `{slot}` the value that the slot has in"
        " the message, a last `**` any rest.",
        examples=["/verify/*", "/appointments/{reference}", "/help/**"],
    )
    query: Query = Field(
        "none",
        description="What may follow `?`: none, any, or a list of names.",
        examples=[["lang"]],
    )
    fragment: YesNo = Field(False, description="Whether `#…` may follow.")
    mailto: Word | None = Field(
        None, description="An e-mail address instead of a host.", examples=["help@health.example"]
    )
    tel: Word | None = Field(
        None, description="A telephone number instead of a host.", examples=["+60388810200"]
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow or off: allows nothing.")


class SenderRule(Rule):
    """Senders that several templates share."""

    id: Id = Field(description="The name that `from:` uses.", examples=["clinic"])
    description: str = Field("", description="For people.", examples=["What clinics send as."])
    sender: Words = Field(
        alias="from",
        min_length=1,
        description="`Name <address>`, an address alone (no display name), or an SMS sender.",
        examples=[["MyHealth <no-reply@health.example>", "MYHEALTH"]],
    )
    reply_to: Words = Field(
        (), description="Allowed Reply-To addresses.", examples=["help@health.example"]
    )
    envelope_from: Words = Field(
        (),
        description="Where bounces may go (the envelope's sender): addresses, `@domain` for every"
        " address of exactly that domain, `<>` for nowhere, `any`; absent: nowhere, or to the"
        " domain of `from` and its subdomains and neighbours.",
        examples=[["bounce@health.example", "@bounces.health.example"]],
    )
    recipients: Literal["any", "in_header"] = Field(
        "in_header",
        description="`in_header`: every recipient stands in To or Cc, unless those name nobody;"
        " `any`: blind copies are fine.",
    )


class FooterRule(Rule):
    """A text that a relay may append to a message."""

    id: Id = Field(description="The name that `footer:` uses.", examples=["confidential"])
    description: str = Field("", description="For people.", examples=["What the relay appends."])
    text: Wording = Field(
        description="The text as it arrives; it may not hold slots.",
        examples=["This message is confidential."],
    )


class ImageRule(Rule):
    """A known prank picture; `sallyport images add` writes these entries."""

    id: Id = Field(description="Name in findings.", examples=["prank-singer"])
    label: str = Field("", description="What it shows.", examples=["A singer in a raincoat"])
    reason: str = Field(
        "", description="Why it is on the list.", examples=["sent to citizens in 2021"]
    )
    source: str = Field("", description="Where the picture came from.", examples=["case 2021-17"])
    added_by: str = Field("", description="Who added it.", examples=["aminah"])
    added: Day | None = Field(None, description="When it was added.", examples=["2026-11-28"])
    algorithm: Word = Field("dct256-v1", description="How the hashes were made.")
    max_distance_bits: Whole = Field(
        52, ge=0, le=120, description="Most bits of 256 in which a copy may differ."
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: record only; off.")
    thumbnail: Word | None = Field(
        None,
        description="A small copy for people: a path that begins at the folder of this file.",
        examples=["thumbnails/prank-singer.webp"],
    )
    listed: Words = Field(
        (),
        description="Hashes as other people's lists write them: `pdq:hash:quality`,"
        " `phash64:hash:quality`. For `sallyport images export`.",
        examples=["phash64:92cc69b36ccf8e90:100"],
    )
    views: tuple[Word, ...] = Field(
        min_length=1,
        description="Hashes: `name:hash:quality`.",
        examples=[["whole:92d4cc875b31337169bbc32cc8389249669aaecc4decca497cb336936736ce38:96"]],
    )
    keypoints: Blocks = Field(
        (),
        description="Local features in base64: a text, or a list with a text for each frame or"
        " ground. Blanks and line ends in it do not count.",
        examples=["AAECAwQFBgc="],
    )


class ImageListRule(Rule):
    """A list of pictures that other people know; `sallyport images import` writes these entries."""

    id: Id = Field(description="Name in findings.", examples=["exchange"])
    label: str = Field("", description="Whose list it is.", examples=["What the exchange knows"])
    file: Word = Field(
        description="The file: a path that begins at the folder of this file. Its name ends in"
        " .csv, .txt, .pdq, .te, .json, .jsonl or .ndjson.",
        examples=["files/exchange.csv"],
    )
    algorithm: Literal["pdq", "phash64"] = Field(
        description="What the hashes are: `pdq`, or `phash64` of `imagehash.phash`.",
        examples=["pdq"],
    )
    max_distance_bits: Whole | None = Field(
        None,
        ge=0,
        description="Most bits in which a picture may differ; default: 31 of 256 for `pdq`,"
        " 4 of 64 for `phash64`.",
        examples=[31],
    )
    min_quality: Whole | None = Field(
        None,
        ge=0,
        le=100,
        description="Pictures and entries of less quality are not compared; default: 50 for `pdq`,"
        " 40 for `phash64`.",
        examples=[50],
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: record only; off.")
    reason: str = Field("", description="Why it is used.", examples=["agreed with the ministry"])
    added_by: str = Field("", description="Who added it.", examples=["aminah"])


class RuleFile(Rule):
    """A Sallyport rule file: what an organisation's messages may look like."""

    templates: tuple[TemplateRule, ...] = Field(
        (),
        description="Approved messages.",
        examples=[
            [
                {
                    "id": "code",
                    "channel": "sms",
                    "from": "MYHEALTH",
                    "text": "Your code is {code}.",
                    "slots": {"code": "digits 6"},
                    "examples": {"pass": ["Your code is 493021."], "hold": ["Your code is 4."]},
                }
            ]
        ],
    )
    links: tuple[LinkRule, ...] = Field(
        (),
        description="Where links may lead.",
        examples=[[{"id": "site", "host": "www.health.example", "path": "/help/**"}]],
    )
    senders: tuple[SenderRule, ...] = Field(
        (),
        description="Senders that templates share.",
        examples=[[{"id": "clinic", "from": "Clinic <no-reply@health.example>"}]],
    )
    footers: tuple[FooterRule, ...] = Field(
        (),
        description="Texts that a relay may append.",
        examples=[[{"id": "confidential", "text": "This message is confidential."}]],
    )
    images: tuple[ImageRule, ...] = Field(
        (),
        description="Known prank pictures.",
        examples=[[{"id": "prank", "views": ["whole:92d4…:96"]}]],
    )
    image_lists: tuple[ImageListRule, ...] = Field(
        (),
        description="Lists of pictures that other people know.",
        examples=[[{"id": "exchange", "file": "files/exchange.csv", "algorithm": "pdq"}]],
    )
    approved_pictures: tuple[ApprovedPictureRule, ...] = Field(
        (),
        description="Pictures that templates may show.",
        examples=[[{"id": "ticket", "kind": "code"}]],
    )
    limits: tuple[LimitRule, ...] = Field(
        (),
        description="How many messages may go on.",
        examples=[[{"id": "otp", "per": "recipient", "allow": "5 in 10 minutes"}]],
    )
    watches: tuple[WatchRule, ...] = Field(
        (),
        description="What is unusual.",
        examples=[[{"id": "spread", "sign": "volume", "at_least": "10 in 10 minutes"}]],
    )
    floors: tuple[FloorRule, ...] = Field(
        (),
        description="How many codes people use.",
        examples=[
            [
                {
                    "id": "used",
                    "match": {"class": "otp"},
                    "percent": 20,
                    "at_least": "100 in 1 hour",
                }
            ]
        ],
    )
    repeats: tuple[RepeatsRule, ...] = Field(
        (),
        description="The same message once more.",
        examples=[[{"id": "twice", "within": "10 minutes"}]],
    )
    safe_lists: tuple[SafeListRule, ...] = Field(
        (),
        description="Whom limits never count.",
        examples=[[{"id": "testers", "recipient": "+60123456789"}]],
    )


SECTIONS: dict[str, type[BaseModel]] = {
    "templates": TemplateRule,
    "links": LinkRule,
    "senders": SenderRule,
    "footers": FooterRule,
    "images": ImageRule,
    "image_lists": ImageListRule,
    "approved_pictures": ApprovedPictureRule,
    "limits": LimitRule,
    "watches": WatchRule,
    "floors": FloorRule,
    "repeats": RepeatsRule,
    "safe_lists": SafeListRule,
}
