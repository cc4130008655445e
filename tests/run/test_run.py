from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from filter.control import ask
from filter.settings import MailListener, Settings, TextListener, Tls
from filter.supervisor import StartError, Supervisor
from tests.limits.redisserver import running
from tests.run.gate import Gate, Sink

APPROVED = "Your receipt 1 is ready. Thank you."


def send(port: int, text: str = APPROVED) -> str:
    """Send one message and return the reply to its final dot, or the first refusal."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo("app.example.org")
        for code, reply in (client.mail("shop@example.org"), client.rcpt("someone@example.org")):
            if code >= 300:
                return f"{code} {reply.decode()}"
        code, reply = client.data(
            "From: Shop <shop@example.org>\r\nTo: someone@example.org\r\nSubject: Receipt 1\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
        )
    return f"{code} {reply.decode()}"


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.05)


def are_in(pids: list[int], status: dict[str, object]) -> bool:
    return bool({str(worker["pid"]) for worker in Gate.workers(status)} & {str(p) for p in pids})


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "filter", *arguments], capture_output=True, text=True, check=False
    )


def test_approved_mail_arrives_and_other_mail_waits_in_the_quarantine(
    gate: Gate, sink: Sink
) -> None:
    passed = send(gate.port)
    held = send(gate.port, "You have won. Call us.")

    assert passed.startswith("250 2.0.0 taken")
    assert held.startswith("250 2.6.0 held as m_")
    assert len(sink.contents) == 1
    listed = run("quarantine", "list", "--json", "--settings", str(gate.settings))
    assert held.split()[-1] in listed.stdout


def test_a_worker_that_is_killed_is_replaced_and_mail_still_flows(gate: Gate, sink: Sink) -> None:
    before = gate.pids()

    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: gate.find_status() is not None and before[0] not in gate.pids())
    gate.wait_until_ready()

    assert before[1] in gate.pids()
    assert all(send(gate.port).startswith("250 2.0.0") for _ in range(6))
    assert len(sink.contents) == 6


@pytest.mark.parametrize("way", ["file", "SIGHUP", "command"])
def test_changed_rules_are_in_force_in_every_worker(gate: Gate, sink: Sink, way: str) -> None:
    rules = gate.rules / "receipt.yaml"
    first = ask(gate.folder / "state", "status")["rules"]
    rules.write_text(rules.read_text().replace("Thank you.", "Thanks."), encoding="utf-8")
    if way == "SIGHUP":
        gate.signal(signal.SIGHUP)
    if way == "command":
        assert run("reload", "--settings", str(gate.settings)).returncode == 0

    def everywhere() -> bool:
        status = gate.find_status()
        revisions = {w["rules"] for w in gate.workers(status)} if status else {first}
        return len(revisions) == 1 and first not in revisions

    wait_for(everywhere)
    replies = {send(gate.port).split(" as ")[0] for _ in range(4)}
    assert replies == {"250 2.6.0 held"}
    assert send(gate.port, "Your receipt 1 is ready. Thanks.").startswith("250 2.0.0")


def test_invalid_rules_leave_the_old_ones_in_force_and_say_so(gate: Gate) -> None:
    rules = gate.rules / "receipt.yaml"
    first = ask(gate.folder / "state", "status")["rules"]
    rules.write_text(rules.read_text().replace("digits", "digit"), encoding="utf-8")

    reload = run("reload", "--settings", str(gate.settings))

    assert reload.returncode == 3
    assert "receipt.yaml:9:" in reload.stderr
    assert "digits" in reload.stderr
    status = ask(gate.folder / "state", "status")
    assert (status["rules"], status["rules_valid"]) == (first, False)
    assert send(gate.port).startswith("250 2.0.0")


def test_a_stop_lets_the_open_message_end(gate: Gate, sink: Sink) -> None:
    sink.hold()
    port = gate.port
    replies: list[str] = []
    client = threading.Thread(target=lambda: replies.append(send(port)))
    client.start()
    wait_for(lambda: len(sink.contents) == 1)

    gate.signal(signal.SIGTERM)
    wait_for(lambda: "draining workers=2" in gate.log())
    assert replies == []
    sink.let_go()
    client.join(60)

    assert gate.process is not None
    assert gate.process.wait(60) == 0
    assert replies[0].startswith("250 2.0.0")
    assert "Traceback" not in gate.log()


def test_a_stop_leaves_no_process_behind(gate: Gate) -> None:
    pids = gate.pids()

    gate.signal(signal.SIGTERM)

    assert gate.process is not None
    assert gate.process.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_workers_stop_when_their_supervisor_is_killed(gate: Gate) -> None:
    pids = gate.pids()

    gate.signal(signal.SIGKILL)

    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_workers_may_open_more_files_than_a_shell_allows(tmp_path: Path, sink: Sink) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    try:
        with Gate(tmp_path, sink.port) as gate:
            limits = {resource.prlimit(pid, resource.RLIMIT_NOFILE)[0] for pid in gate.pids()}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert limits == {min(65_536, hard)}


def test_a_second_gate_on_the_same_state_folder_does_not_start(gate: Gate, sink: Sink) -> None:
    ended = run("run", "--settings", str(gate.settings))

    assert ended.returncode == 5
    assert "another gate runs on the state folder" in ended.stderr
    wait_for(lambda: gate.find_status() is not None)
    assert send(gate.port).startswith("250 2.0.0")
    assert list((gate.folder / "state" / "metrics").iterdir())


def test_a_store_that_has_vanished_is_not_begun_anew(gate: Gate, sink: Sink) -> None:
    assert send(gate.port, "prank").startswith("250 2.6.0")
    for file in (gate.folder / "state").glob("sallyport.db*"):
        file.unlink()
    before = gate.pids()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: (found := gate.find_status()) is not None and not are_in(before, found))
    gate.wait_until_ready()

    assert {send(gate.port)[:3] for _ in range(4)} == {"451"}
    assert {send(gate.port, "prank")[:3] for _ in range(4)} == {"451"}
    assert not (gate.folder / "state" / "sallyport.db").exists()
    assert sink.contents == []


def test_counts_that_have_vanished_are_not_begun_anew_but_by_a_start_of_the_gate(
    gate: Gate,
) -> None:
    def away() -> tuple[object, str]:
        limits = (gate.find_status() or {}).get("limits")
        return (limits["away"], str(limits["why"])) if isinstance(limits, dict) else (None, "")

    assert away() == (0, "")
    for file in (gate.folder / "state").glob("limits.db*"):
        file.unlink()
    before = gate.pids()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: (found := gate.find_status()) is not None and not are_in(before, found))
    gate.wait_until_ready()

    wait_for(lambda: away()[0] == 2)
    assert "restart the gate" in away()[1]
    looked = run("limits", "floods", "--settings", str(gate.settings))
    assert (looked.returncode, "there is no such file" in looked.stderr) == (5, True)
    assert not (gate.folder / "state" / "limits.db").exists()

    assert gate.process is not None
    gate.process.terminate()
    gate.process.wait(30)
    gate.start()
    assert away() == (0, "")


def test_a_redis_that_has_lost_its_keys_is_told_of(tmp_path: Path, sink: Sink) -> None:
    def told() -> str:
        return run("alerts", "list", "--json", "--settings", str(gate.settings)).stdout

    with running(tmp_path / "redis") as server:
        limits = {"redis": f"unix://{server.socket}"}
        with Gate(tmp_path, sink.port, limits=limits) as gate:
            assert "limit.store_lost" not in told()
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(server.socket)
                connection.sendall(b"FLUSHALL\r\n")
                assert connection.recv(100) == b"+OK\r\n"

            wait_for(lambda: told().count("limit.store_lost") == 2)  # by each worker
            assert "has lost its keys" in told()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="a full disk was not tested: run as root to mount one"
)
def test_a_full_disk_ends_no_worker(tmp_path: Path, sink: Sink) -> None:
    state = tmp_path / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(state)], check=True)
    try:
        with Gate(tmp_path, sink.port, quarantine={"min_free_bytes": 0}) as gate:
            before = gate.pids()
            (state / "filler").write_bytes(b"x" * shutil.disk_usage(state).free)
            replies = [send(gate.port, text) for text in (APPROVED, "prank") * 4]

            assert {reply.split()[0] for reply in replies[2:]} == {"451"}
            assert gate.pids() == before

            os.kill(before[0], signal.SIGKILL)
            wait_for(
                lambda: (found := gate.find_status()) is not None and not are_in(before[:1], found)
            )
            gate.wait_until_ready()
            assert {send(gate.port)[:3] for _ in range(4)} == {"451"}
            (state / "filler").unlink()
            wait_for(lambda: send(gate.port).startswith("250 2.0.0"))
            assert before[1] in gate.pids()
            assert gate.find_status() is not None
    finally:
        subprocess.run(["umount", "-l", str(state)], check=True)


def test_a_port_that_is_taken_is_said_with_exit_5(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        gate = Gate(tmp_path, 1, mail={"listen": [f"127.0.0.1:{port}"]})

        ended = run("run", "--settings", str(gate.settings))

    assert ended.returncode == 5
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_invalid_rules_do_not_start_and_exit_3(tmp_path: Path) -> None:
    gate = Gate(tmp_path, 1)
    (gate.rules / "more.yaml").write_text("templates: 7\n", encoding="utf-8")

    ended = run("run", "--settings", str(gate.settings))

    assert ended.returncode == 3
    assert "more.yaml:1:" in ended.stderr


def test_status_without_a_gate_exits_5_and_says_what_to_do(tmp_path: Path) -> None:
    gate = Gate(tmp_path, 1)

    ended = run("status", "--settings", str(gate.settings))

    assert ended.returncode == 5
    assert "is `sallyport run` running" in ended.stderr


def test_health_and_metrics_are_served_on_their_own_port(tmp_path: Path, sink: Sink) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    import urllib.request  # noqa: PLC0415 - only here

    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    with Gate(tmp_path, sink.port, control={"listen": [f"127.0.0.1:{port}"]}) as gate:
        send(gate.port)
        send(gate.port, "prank")

        assert get("/livez") == "alive\n"
        assert get("/readyz") == "ready\n"
        metrics = get("/metrics")

    assert 'sallyport_messages_total{channel="email",outcome="relayed"} 1.0' in metrics
    assert 'sallyport_messages_total{channel="email",outcome="held"} 1.0' in metrics
    assert 'sallyport_findings_total{code="template.none",mode="enforce"} 1.0' in metrics


PAIR = {"certificate": Path("none.pem"), "key": Path("none.pem")}


@pytest.mark.parametrize(
    "settings",
    [
        Settings(mail=MailListener(listen=("127.0.0.1:0",), tls=Tls.STARTTLS, **PAIR)),
        Settings(sms=TextListener(listen=("127.0.0.1:0",), **PAIR)),
    ],
    ids=["mail", "sms"],
)
async def test_settings_that_no_worker_can_work_with_end_the_start(
    settings: Settings, tmp_path: Path
) -> None:
    """`sallyport check` finds these; a file may vanish between the check and the start."""
    alone = settings.model_copy(update={"state": tmp_path, "workers": 1})

    async with asyncio.timeout(180):
        with pytest.raises(StartError, match=r"certificate .*No such file"):
            await Supervisor(alone).run()
