"""The kill switch over HTTP, on a running gate: who may use it, and what it does not misread."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from filter.limits.pause import MAX_REASON
from filter.operators import FIELDS
from filter.subject import Dimension
from tests.run.gate import Gate, Sink
from tests.run.test_run import send, wait_for

pytestmark = pytest.mark.xdist_group("pause-api")  # one gate for all of them

TRIES = 3
OPERATOR = {"authorization": "Bearer operator-token"}
BASIC = {"authorization": "Basic " + base64.b64encode(b"anna:operator-token").decode()}
CALLER = {"authorization": "Basic " + base64.b64encode(b"kiosk:caller-token").decode()}
CALLER_TOKEN = {"authorization": "Bearer caller-token"}
JSON = {"content-type": "application/json"}
ALL = {"all": True, "reason": "stolen key"}


def settings(*, operators: bool = True, port: int) -> dict[str, Any]:
    return {
        "control": {
            "listen": [f"127.0.0.1:{port}"],
            "operators": [{"name": "anna", "password": "operator-token"}] if operators else [],
        },
        "sms": {
            "listen": ["127.0.0.1:0"],
            "callers": [{"name": "kiosk", "password": "caller-token"}],
        },
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


class Api:
    def __init__(self, gate: Gate, port: int) -> None:
        self.gate = gate
        self.port = port

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, content, {**OPERATOR, **JSON} | (headers or {}))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text or b"{}"), dict(answer.getheaders())

    def make(
        self, body: object, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Make a pause; another one when a busy machine was late to confirm it (202)."""
        for _ in range(TRIES):
            answer = self.ask("POST", "/pauses", body, headers)
            if answer[0] != 202:
                break
            self.ask("DELETE", f"/pauses/{answer[1]['id']}")
        return answer

    def end(
        self, pause_id: str, query: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """End a pause; another one when a busy machine was late to confirm that (202)."""
        for _ in range(TRIES):
            status, ended, _ = self.ask("DELETE", f"/pauses/{pause_id}{query}", None, headers)
            if status != 202:
                break
            pause_id = self.make(ALL)[1]["id"]
        return status, ended


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[Api]:
    port = free_port()
    with Gate(tmp_path_factory.mktemp("gate"), sink.port, **settings(port=port)) as gate:
        yield Api(gate, port)


@pytest.fixture(autouse=True)
def _nothing_paused(api: Api) -> Iterator[None]:
    yield
    for pause in api.ask("GET", "/pauses")[1]["pauses"]:
        api.ask("DELETE", f"/pauses/{pause['id']}")


@pytest.mark.parametrize("who", [OPERATOR, BASIC], ids=["bearer", "basic"])
def test_an_operator_pauses_and_resumes_on_every_worker(
    api: Api, sink: Sink, who: dict[str, str]
) -> None:
    before = len(sink.contents)
    status, made, headers = api.make(ALL | {"for": "2h"}, who)

    assert status == 201
    assert made["confirmed"]["done"] == made["confirmed"]["workers"] == 2
    assert 0 < made["confirmed"]["seconds"] <= made["confirmed"]["settled_seconds"]
    assert made["by"] == "anna"
    assert made["until"] is not None
    assert headers["location"] == f"/pauses/{made['id']}"
    assert {send(api.gate.port).split(" as ")[0] for _ in range(4)} == {"250 2.6.0 held"}
    assert len(sink.contents) == before
    _, listed, _ = api.ask("GET", "/pauses", None, who)
    assert [pause["id"] for pause in listed["pauses"]] == [made["id"]]

    status, ended = api.end(made["id"], "?note=key+changed", who)

    assert status == 200
    assert ended["confirmed"]["done"] == 2
    assert send(api.gate.port).startswith("250 2.0.0")
    _, past, _ = api.ask("GET", "/pauses?history=true", None, who)
    found = next(pause for pause in past["pauses"] if pause["id"] == ended["id"])
    assert (found["state"], found["ended_by"], found["note"]) == ("resumed", "anna", "key changed")


@pytest.mark.parametrize(
    "who",
    [
        CALLER,
        CALLER_TOKEN,
        {"authorization": ""},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic " + base64.b64encode(b"kiosk:operator-token").decode()},
    ],
    ids=["a caller", "a caller's token", "nobody", "a wrong token", "a wrong name"],
)
def test_nobody_else_sees_makes_or_ends_pauses(api: Api, who: dict[str, str]) -> None:
    _, made, _ = api.ask("POST", "/pauses", ALL)

    for method, path, body in (
        ("GET", "/pauses", None),
        ("POST", "/pauses", ALL),
        ("DELETE", f"/pauses/{made['id']}", None),
    ):
        status, problem, headers = api.ask(method, path, body, who)
        assert (status, problem["title"]) == (401, "Unauthorized")
        assert headers["content-type"] == "application/problem+json"
        assert "Bearer" in headers["www-authenticate"]
    _, listed, _ = api.ask("GET", "/pauses")
    assert [pause["id"] for pause in listed["pauses"]] == [made["id"]]
    wait_for(lambda: "operator refused client=127.0.0.1" in api.gate.log())
    assert "operator-token" not in api.gate.log()


def test_two_authorizations_are_none(api: Api) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    connection.putrequest("GET", "/pauses")
    connection.putheader("Authorization", "Bearer wrong")
    connection.putheader("Authorization", "Bearer operator-token")
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()

    assert status == 401


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        pytest.param(b"{", 400, "not JSON", id="no JSON"),
        pytest.param(b'{"all":true,"all":false}', 400, "occurs twice", id="a key twice"),
        pytest.param({"al": True, "reason": "x"}, 400, "did you mean `all`?", id="a typo"),
        pytest.param({"all": "true", "reason": "x"}, 400, "must be true or false", id="a text"),
        pytest.param({"reason": "x"}, 422, "say what to pause", id="no scope"),
        pytest.param({"scope": {}, "reason": "x"}, 422, "say what to pause", id="empty scope"),
        pytest.param(ALL | {"scope": {"client": "kiosk"}}, 422, "say what to pause", id="both"),
        pytest.param({"all": True}, 422, "needs a reason", id="no reason"),
        pytest.param({"all": True, "reason": " "}, 422, "needs a reason", id="blank reason"),
        pytest.param(
            {"scope": {"client": "kisok"}, "reason": "x"},
            422,
            'did you mean `kiosk`?; send `"force": true`',
            id="mistyped client",
        ),
        pytest.param(
            {"scope": {"template": "reciept"}, "reason": "x"},
            422,
            "did you mean `receipt`?",
            id="mistyped template",
        ),
        pytest.param(
            {"scope": {"clint": "kiosk"}, "reason": "x"},
            422,
            "did you mean `client`?",
            id="mistyped dimension",
        ),
        pytest.param(ALL | {"for": "soon"}, 422, "no span of time", id="a bad span"),
        pytest.param(ALL | {"until": "2001-01-01T00:00"}, 422, "over before", id="in the past"),
        pytest.param(ALL | {"for": "1h", "until": "18:30"}, 422, "not both", id="for and until"),
        pytest.param(b"x" * 70_000, 413, "more than", id="too large"),
    ],
)
def test_what_is_not_certain_pauses_nothing(
    api: Api, body: object, status: int, detail: str
) -> None:
    found, problem, headers = api.ask("POST", "/pauses", body)

    assert (found, problem["status"]) == (status, status)
    assert detail in problem["detail"]
    assert headers["content-type"] == "application/problem+json"
    assert api.ask("GET", "/pauses")[1] == {"pauses": []}


def test_a_form_of_another_site_is_not_read(api: Api) -> None:
    form = {"content-type": "text/plain"}

    assert api.ask("POST", "/pauses", ALL, form)[0] == 415
    assert api.ask("GET", "/pauses")[1] == {"pauses": []}


def test_names_that_nobody_knows_can_be_insisted_on(api: Api) -> None:
    body = {"scope": {"client": ["kisok"], "class": ["otp"]}, "reason": "x", "force": True}

    status, made, _ = api.make(body)

    assert status == 201
    assert made["scope"] == {"class": ["otp"], "client": ["kisok"]}


def test_a_pause_that_is_not_in_force_is_not_found(api: Api) -> None:
    status, problem, _ = api.ask("DELETE", "/pauses/p_0")

    assert status == 404
    assert problem["detail"] == "there is no pause p_0"


def test_the_count_of_pauses_is_a_metric(api: Api) -> None:
    def metrics() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    api.make(ALL)

    wait_for(lambda: "sallyport_pauses 1.0" in metrics())


def test_without_operators_it_is_forbidden_and_says_what_to_do(tmp_path: Path, sink: Sink) -> None:
    port = free_port()
    with Gate(tmp_path, sink.port, **settings(operators=False, port=port)) as gate:
        status, problem, _ = Api(gate, port).ask("POST", "/pauses", ALL)

        assert status == 403
        assert "control.operators" in problem["detail"]
        assert send(gate.port).startswith("250 2.0.0")


CONTRACT = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "openapi-control.yaml").read_text(encoding="utf-8")
)


def documented(path: str, method: str, status: int) -> Any:
    """Return the schema of a documented answer."""
    answer = CONTRACT["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = CONTRACT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    (content,) = answer["content"].values()
    return CONTRACT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]


def test_the_contract_names_what_is_asked_and_answered(api: Api) -> None:
    schemas = CONTRACT["components"]["schemas"]
    assert set(schemas["Asked"]["properties"]) == set(FIELDS)
    assert set(schemas["Scope"]["properties"]) == {str(dimension) for dimension in Dimension}
    assert schemas["Asked"]["properties"]["reason"]["maxLength"] == MAX_REASON

    status, made, _ = api.ask("POST", "/pauses", ALL)
    assert set(made) == set(documented("/pauses", "post", status)["required"])
    assert set(made["confirmed"]) == set(schemas["Confirmed"]["required"])
    status, listed, _ = api.ask("GET", "/pauses")
    assert set(listed) == set(documented("/pauses", "get", status)["required"])
    assert set(listed["pauses"][0]) == set(schemas["Pause"]["required"])
    status, ended, _ = api.ask("DELETE", f"/pauses/{made['id']}")
    assert set(ended) == set(documented("/pauses/{id}", "delete", status)["required"])
    _, past, _ = api.ask("GET", "/pauses?history=1")
    assert set(past["pauses"][0]) == set(schemas["Pause"]["properties"])


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", "/pauses", None, CALLER),
        ("POST", "/pauses", ALL, CALLER),
        ("POST", "/pauses", {"all": True}, {}),
        ("POST", "/pauses", b"[", {}),
        ("POST", "/pauses", ALL, {"content-type": "text/plain"}),
        ("POST", "/pauses", b" " * 70_000, {}),
        ("DELETE", "/pauses/p_0", None, {}),
        ("DELETE", "/pauses/p_0", None, CALLER),
        ("DELETE", f"/pauses/p_0?note={'x' * 501}", None, {}),
    ],
)
def test_every_refusal_is_in_the_contract(
    api: Api, method: str, path: str, body: object, headers: dict[str, str]
) -> None:
    status, problem, _ = api.ask(method, path, body, headers)

    shape = documented("/pauses/{id}" if "p_0" in path else "/pauses", method.lower(), status)
    assert set(problem) == set(shape["required"])


def test_who_is_no_operator_sees_that_something_is_paused_and_no_more(api: Api) -> None:
    ask = {"scope": {"client": ["kiosk"]}, "reason": "Aisha has seen the key"}
    made = api.ask("POST", "/pauses", ask)[1]["id"]

    def shown() -> list[dict[str, Any]]:
        _, status, _ = api.ask("GET", "/status", None, {"authorization": ""})
        return [pause for pause in status["pauses"] if pause["id"] == made]

    wait_for(lambda: [pause["in_force"] for pause in shown()] == [2])
    (pause,) = shown()
    assert pause["drops"] is False
    assert not {"scope", "words", "reason", "by"} & pause.keys()
