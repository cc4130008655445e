"""docs/openapi.yaml is what the gate does: each documented answer is provoked and compared."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from filter.quarantine.item import State
from filter.sms.providers import v1
from tests.sms.stage import API, APPROVED, NO_DISK, PRANK, open_gate, raw, speak

DOCS = Path(__file__).parents[2] / "docs"
CONTRACT = yaml.safe_load((DOCS / "openapi.yaml").read_text(encoding="utf-8"))
TOKEN = "Authorization: Bearer clinic-token"
JSON = "Content-Type: application/json"
MESSAGE = {"channel": "sms", "from": "CLINIC", "to": "+15550100", "body": APPROVED}
TYPES = {"object": dict, "array": list, "string": str, "integer": int}
ABSENT = "m_01K00000000000000000000000"


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
    if not isinstance(value, TYPES[schema["type"]]):
        return [f"{where} is not of type {schema['type']}"]
    match value:
        case str():
            return faults_of_text(value, schema, where)
        case list():
            inner = [faults(v, schema["items"], f"{where}[{n}]") for n, v in enumerate(value)]
            too_long = len(value) > schema.get("maxItems", len(value))
            return sum(inner, [f"{where} is too long"] if too_long else [])
        case dict():
            return faults_of_object(value, schema, where)
        case _:
            return []


def faults_of_text(value: str, schema: Any, where: str) -> list[str]:
    right = (
        value in schema.get("enum", [value])
        and re.search(schema.get("pattern", ""), value)
        and len(value) >= schema.get("minLength", 0)
    )
    return [] if right else [f"{where} is {value!r}"]


def faults_of_object(value: dict[str, Any], schema: Any, where: str) -> list[str]:
    known = schema["properties"]
    found = [f"{where}.{name} is missing" for name in schema["required"] if name not in value]
    found += [f"{where}.{name} is not in the contract" for name in value if name not in known]
    inner = [faults(v, known[n], f"{where}.{n}") for n, v in value.items() if n in known]
    return sum(inner, found)


def post(body: object = MESSAGE, *headers: str) -> bytes:
    return raw(
        "POST", "/v1/messages", json.dumps(body).encode(), *(headers or (TOKEN, JSON)), user=""
    )


def get(transaction_id: str, *headers: str) -> bytes:
    return raw("GET", f"/v1/messages/{transaction_id}", b"", *(headers or (TOKEN,)), user="")


# Every answer of the contract but 408, which takes half a minute (see test_a_slow_body_is_refused).
CASES = [
    ("post", "200", post()),
    ("post", "202", post(MESSAGE | {"body": PRANK})),
    ("post", "400", post(MESSAGE | {"channel": "email"})),
    ("post", "401", post(MESSAGE, "Authorization: Bearer wrong", JSON)),
    ("post", "413", post(MESSAGE | {"body": "x" * 300_000})),
    ("post", "503", post()),
    ("get", "200", get("HELD")),
    ("get", "400", get(ABSENT + "/")),
    ("get", "401", get(ABSENT, "X: y")),
    ("get", "404", get(ABSENT)),
]
PATHS = {"post": "/v1/messages", "get": "/v1/messages/{id}"}


@pytest.mark.parametrize(("method", "status", "request_"), CASES, ids=lambda c: str(c)[:4])
async def test_an_answer_is_as_documented(method: str, status: str, request_: bytes) -> None:
    async with open_gate(min_free_bytes=NO_DISK if status == "503" else 0) as gate:
        if b"HELD" in request_:
            await speak(gate.port, post(MESSAGE | {"body": PRANK}))
            request_ = get(gate.item().transaction.id)

        answered, headers, body = await speak(gate.port, request_)

    documented = resolve(CONTRACT["paths"][PATHS[method]][method]["responses"][status])
    ((media_type, content),) = documented["content"].items()
    assert (str(answered), headers["content-type"]) == (status, media_type)
    assert faults(json.loads(body), content["schema"]) == []
    for name in documented.get("headers", {}):
        assert name.lower() in headers


def test_every_documented_answer_is_provoked_here() -> None:
    documented = {
        (method, status)
        for method, path in PATHS.items()
        for status in CONTRACT["paths"][path][method]["responses"]
    }

    # A read cannot be made to fail without breaking the disk; its shape is that of the other 503.
    elsewhere = {("post", "408"), ("get", "503")}
    assert {(method, status) for method, status, _ in CASES} | elsewhere == documented


def test_the_fields_and_states_are_those_of_the_code() -> None:
    schemas = CONTRACT["components"]["schemas"]

    assert tuple(schemas["Message"]["properties"]) == v1.FIELDS
    assert schemas["Message"]["properties"]["media"]["maxItems"] == v1.MAX_MEDIA
    assert schemas["State"]["properties"]["state"]["enum"] == [str(state) for state in State]


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
