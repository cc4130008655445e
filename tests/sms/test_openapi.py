"""docs/openapi.yaml is what the gate does: each documented answer is provoked and compared."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from filter.enduser import MAX_ID_CHARACTERS
from filter.floodrules import FloodAction
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import LimitStoreAway, Signal
from filter.quarantine.item import State
from filter.settings import Limits
from filter.sms import enclosed, reporting
from filter.sms.providers import v1
from tests.sms.stage import API, APPROVED, NO_DISK, PRANK, open_gate, raw, speak
from tests.sms.test_floods import too_many
from tests.sms.test_signals import LIMITS, RULES

DOCS = Path(__file__).parents[2] / "docs"
CONTRACT = yaml.safe_load((DOCS / "openapi.yaml").read_text(encoding="utf-8"))
TOKEN = "Authorization: Bearer clinic-token"
JSON = "Content-Type: application/json"
MESSAGE = {"channel": "sms", "from": "CLINIC", "to": "+15550100", "body": APPROVED}
FILE = {"type": "image/gif", "content": "R0lGODlhAQABAAAAACw=", "name": "dot.gif"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
ABSENT = "m_01K00000000000000000000000"
REPORT = {"id": ABSENT, "signal": "used"}
LINK_FOR = {"to": "+15550100", "template": "sign-in"}


def resolve(node: Any) -> Any:
    while "$ref" in node:
        target = CONTRACT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def faults(value: Any, schema: Any, where: str = "$") -> list[str]:
    """Return where a value is not what the schema says; knows only what this contract uses."""
    schema = resolve(schema)
    if "oneOf" in schema:
        ways = [faults(value, way, where) for way in schema["oneOf"]]
        return [] if ways.count([]) == 1 else [f"{where} is not one of: {ways}"]
    if not isinstance(value, TYPES[schema["type"]]):
        return [f"{where} is not of type {schema['type']}"]
    match value:
        case str():
            return faults_of_text(value, schema, where)
        case list():
            inner = [faults(v, schema["items"], f"{where}[{n}]") for n, v in enumerate(value)]
            too_long = len(value) > schema.get("maxItems", len(value))
            too_short = len(value) < schema.get("minItems", 0)
            wrong = [f"{where} has {len(value)} items"] if too_long or too_short else []
            return sum(inner, wrong)
        case dict():
            return faults_of_object(value, schema, where)
        case _:
            return []


def faults_of_text(value: str, schema: Any, where: str) -> list[str]:
    right = (
        value in schema.get("enum", [value])
        and re.search(schema.get("pattern", ""), value)
        and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
    )
    return [] if right else [f"{where} is {value!r}"]


def faults_of_object(value: dict[str, Any], schema: Any, where: str) -> list[str]:
    known = schema["properties"]
    found = [f"{where}.{name} is missing" for name in schema["required"] if name not in value]
    found += [f"{where}.{name} is not in the contract" for name in value if name not in known]
    inner = [faults(v, known[n], f"{where}.{n}") for n, v in value.items() if n in known]
    return sum(inner, found)


def post(body: object = MESSAGE, *headers: str, path: str = "/v1/messages") -> bytes:
    return raw("POST", path, json.dumps(body).encode(), *(headers or (TOKEN, JSON)), user="")


def report(body: object = REPORT, *headers: str) -> bytes:
    return post(body, *headers, path="/v1/signals")


def link(body: object = LINK_FOR, *headers: str) -> bytes:
    return post(body, *headers, path="/v1/report-links")


def get(transaction_id: str, *headers: str) -> bytes:
    return raw("GET", f"/v1/messages/{transaction_id}", b"", *(headers or (TOKEN,)), user="")


class Away(EmbeddedLimitStore):
    """A limit store that cannot be asked."""

    async def report(self, reference: bytes, signal: Signal) -> bool:
        raise LimitStoreAway("it is away")


# What stands around the gate where an answer is not to be had otherwise.
AROUND: dict[str, dict[str, Any]] = {
    "no disk": {"min_free_bytes": NO_DISK},
    "too many": {"guard": too_many(FloodAction.DEFER, 5)},
    "blocks": {"guard": too_many(FloodAction.BLOCK)},
    "no links": {"limits": Limits()},
    "": {"limits": LIMITS, "rules": RULES},
}
WRONG = ("Authorization: Bearer wrong", JSON)
LARGE = "x" * 300_000
# Every answer of the contract but 408, which takes half a minute (see test_a_slow_body_is_refused).
CASES = [
    ("askToSend", "200", post(), ""),
    ("askToSend", "200", post(MESSAGE | {"end_user": {"id": "7", "ip": "2001:db8::7"}}), ""),
    ("askToSend", "202", post(MESSAGE | {"body": PRANK}), ""),
    ("askToSend", "202", post(MESSAGE | {"body": PRANK, "media": [FILE]}), ""),
    ("askToSend", "202", post(), "blocks"),
    ("askToSend", "400", post(MESSAGE | {"channel": "email"}), ""),
    ("askToSend", "400", post(MESSAGE | {"media": [FILE | {"content": "!"}]}), ""),
    ("askToSend", "401", post(MESSAGE, *WRONG), ""),
    ("askToSend", "413", post(MESSAGE | {"body": LARGE}), ""),
    ("askToSend", "429", post(), "too many"),
    ("askToSend", "503", post(), "no disk"),
    ("followHeldMessage", "200", get("HELD"), ""),
    ("followHeldMessage", "400", get(ABSENT + "/"), ""),
    ("followHeldMessage", "401", get(ABSENT, "X: y"), ""),
    ("followHeldMessage", "404", get(ABSENT), ""),
    ("report", "200", report(), ""),
    ("report", "200", report({"signals": [REPORT, {"to": "+15550100", "signal": "used"}]}), ""),
    ("report", "400", report({"signal": "used"}), ""),
    ("report", "401", report(REPORT, *WRONG), ""),
    ("report", "413", report({"to": LARGE, "signal": "used"}), ""),
    ("report", "503", report(), "away"),
    ("makeReportLink", "200", link(), ""),
    ("makeReportLink", "400", link({"to": ""}), ""),
    ("makeReportLink", "401", link(LINK_FOR, *WRONG), ""),
    ("makeReportLink", "404", link(), "no links"),
    ("makeReportLink", "413", link({"to": LARGE}), ""),
]
OPERATIONS = {
    operation["operationId"]: operation
    for path in CONTRACT["paths"].values()
    for operation in path.values()
}


@pytest.mark.parametrize(("name", "status", "request_", "around"), CASES, ids=lambda c: str(c)[:6])
async def test_an_answer_is_as_documented(
    name: str, status: str, request_: bytes, around: str, tmp_path: Path
) -> None:
    stage = {"limit_store": Away(tmp_path)} if around == "away" else AROUND[around]
    async with open_gate(**stage) as gate:
        if b"HELD" in request_:
            await speak(gate.port, post(MESSAGE | {"body": PRANK}))
            request_ = get(gate.item().transaction.id)

        answered, headers, body = await speak(gate.port, request_)

    documented = resolve(OPERATIONS[name]["responses"][status])
    ((media_type, content),) = documented["content"].items()
    assert (str(answered), headers["content-type"]) == (status, media_type)
    assert faults(json.loads(body), content["schema"]) == []
    for header in documented.get("headers", {}):
        assert header.lower() in headers


def test_every_documented_answer_is_provoked_here() -> None:
    documented = {
        (name, status)
        for name, operation in OPERATIONS.items()
        for status in operation["responses"]
    }

    # A read cannot be made to fail without breaking the disk; its shape is that of the other 503.
    elsewhere = {("followHeldMessage", "503")}
    elsewhere |= {(name, "408") for name in ("askToSend", "report", "makeReportLink")}
    assert {(name, status) for name, status, _, _ in CASES} | elsewhere == documented


def test_the_fields_and_states_are_those_of_the_code() -> None:
    schemas = CONTRACT["components"]["schemas"]

    assert tuple(schemas["Message"]["properties"]) == v1.FIELDS
    assert schemas["Message"]["properties"]["media"]["maxItems"] == enclosed.MAX_MEDIA
    file = schemas["File"]["properties"]
    assert tuple(file) == enclosed.MEDIA_FIELDS
    assert file["name"]["maxLength"] == enclosed.MAX_NAME_CHARACTERS
    assert schemas["State"]["properties"]["state"]["enum"] == [str(state) for state in State]
    assert tuple(schemas["EndUser"]["properties"]) == v1.END_USER_FIELDS
    assert schemas["EndUser"]["properties"]["id"]["maxLength"] == MAX_ID_CHARACTERS
    assert tuple(schemas["Signal"]["properties"]) == reporting.FIELDS
    assert schemas["Signal"]["properties"]["signal"]["enum"] == [str(signal) for signal in Signal]
    assert schemas["Signals"]["properties"]["signals"]["maxItems"] == reporting.MAX_REPORTS
    assert tuple(schemas["LinkFor"]["properties"]) == reporting.LINK_FIELDS
    for name in ("Signal", "LinkFor"):
        template = schemas[name]["properties"]["template"]
        assert template["maxLength"] == reporting.MAX_TEMPLATE_CHARACTERS


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("Message", MESSAGE | {"end_user": {"ip": "::1"}}),
        ("Message", MESSAGE | {"media": ["https://a.example/1", FILE]}),
        ("Signal", {"to": "x", "signal": "used"}),
    ],
)
def test_what_is_asked_is_in_the_contract_too(schema: str, value: object) -> None:
    assert faults(value, CONTRACT["components"]["schemas"][schema]) == []


async def test_the_examples_of_the_page_of_signals_are_taken() -> None:
    page = (DOCS / "signals.md").read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)

    async with open_gate(limits=LIMITS, rules=RULES) as gate:
        answers = [await speak(gate.port, report(json.loads(example))) for example in examples]

    assert [status for status, _, _ in answers] == [200, 200]
    signal = CONTRACT["components"]["schemas"]["Signal"]
    assert [faults(json.loads(example), signal) for example in examples] == [[], []]


async def test_a_slow_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filter.sms.app.BODY_SECONDS", 0.1)
    async with open_gate() as gate:
        slow = await speak(gate.port, post()[:-3])
        slow_twilio = await speak(
            gate.port, raw("POST", f"{API}/Messages.json", b"To=%2B15550100&Body=x")[:-3]
        )

        assert (slow[0], slow_twilio[0]) == (408, 408)
        assert json.loads(slow_twilio[2])["code"] == 20408
        assert faults(json.loads(slow[2]), {"$ref": "#/components/schemas/Problem"}) == []
        assert gate.decisions == ()


def test_the_example_of_the_page_is_one_that_the_contract_takes() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    (asked,) = re.findall(r"-d '(\{.*\})'", page, re.DOTALL)
    (answered,) = re.findall(r"```json\n(.*)\n```", page)

    schemas = CONTRACT["components"]["schemas"]
    assert faults(json.loads(asked), schemas["Message"]) == []
    assert faults(json.loads(answered), schemas["Passed"]) == []
