"""Does a pause stop what is in flight, and nothing else? Tried on a gate of its own."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filter.demo.provider import Provider
from filter.demo.relay import Relay
from filter.demo.stage import KIOSK, Stage, StageError
from filter.drill.streams import RULES, Account, Key, Sent, Stream, Told, arrivals
from filter.message import Channel

# The stand-ins take so long over each message, so that there is always something in flight.
THINK_SECONDS = 0.02
RELEASE_RATE = 200  # messages a second: nobody is behind the stand-ins
# How long we wait until every client has been answered, and the next hop has what it was promised.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the drill is: each of two clients has one stream on each of two channels."""

    workers: int = 2
    seconds: float = 2.0  # before, during and after the pause, each
    per_second: float = 20.0  # messages of one stream
    drops: bool = False


@dataclass(frozen=True, slots=True)
class Moments:
    """When the commands began and had returned (time.monotonic)."""

    pause_begun: float
    paused: float
    resume_begun: float
    resumed: float
    released: float


@dataclass(frozen=True, slots=True)
class Report:
    """What was seen. ``troubles`` say what should not have been; without any the drill is passed.

    ``confirmed`` is what the pause command printed of the workers. ``late`` messages of the paused
    client reached the next hop between the command's return and the resume; the latest before came
    ``last_before_seconds`` before the return.
    """

    plan: Plan
    confirmed: Mapping[str, object]
    pause_seconds: float
    sent: int
    relayed: int
    held: int
    deferred: int
    released: int
    late: int
    last_before_seconds: float
    stopped: Mapping[str, int]  # paused client, sent while it was paused: by what it was told
    in_flight: Mapping[str, int]  # paused client, sent while the command ran
    others: Mapping[str, int]  # other client, delivered while the pause was in force, by channel
    after: int  # paused client, delivered as sent after the resume
    troubles: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Whether nothing got through and nothing was lost."""
        return not self.troubles


def rehearse(plan: Plan) -> Report:
    """Run the drill. Raises StageError when the gate does not start or a command fails."""
    with (
        tempfile.TemporaryDirectory(prefix="sallyport-drill-") as name,
        Relay(THINK_SECONDS) as relay,
        Provider(THINK_SECONDS) as provider,
    ):
        folder = Path(name)
        rules = folder / "rules"
        rules.mkdir()
        (rules / "drill.yaml").write_text(RULES, encoding="utf-8")
        with Stage(
            folder, rules, relay_port=relay.port, provider_url=provider.url, workers=plan.workers
        ) as stage:
            return _Rehearsal(plan, stage, relay, provider).run()


class _Rehearsal:
    def __init__(self, plan: Plan, stage: Stage, relay: Relay, provider: Provider) -> None:
        self._plan = plan
        self._stage = stage
        self._relay = relay
        self._provider = provider
        ours = stage.credentials
        accounts = (
            Account("one", KIOSK, ours.kiosk_token),
            Account("other", ours.account, ours.token),
        )
        self._streams = [
            Stream(stage, account, channel, plan.per_second)
            for account in accounts
            for channel in Channel
        ]

    def run(self) -> Report:
        for stream in self._streams:
            stream.start()
        try:
            moments, confirmed = self._play()
        finally:
            for stream in self._streams:
                stream.stop()
            for stream in self._streams:
                stream.join(PATIENCE_SECONDS)
        sent = [one for stream in self._streams for one in stream.sent]
        self._wait_for_next_hop(sent)
        return summarise(self._plan, moments, confirmed, sent, list(self._arrivals()))

    def _play(self) -> tuple[Moments, Mapping[str, object]]:
        """Pause, wait, resume, wait, release, while the streams go on."""
        self._let_go_on()
        pause_begun = time.monotonic()
        drop = ("--drop",) if self._plan.drops else ()
        said = self._stage.ask("pause", "--client", KIOSK, "--reason", "drill", "--json", *drop)
        paused = time.monotonic()
        pause = json.loads(said)
        self._let_go_on()
        resume_begun = time.monotonic()
        self._stage.ask("resume", pause["id"], "--note", "drill")
        resumed = time.monotonic()
        self._let_go_on()
        self._release()
        moments = Moments(pause_begun, paused, resume_begun, resumed, time.monotonic())
        return moments, pause["confirmed"]

    def _release(self) -> None:
        """Release the case of what the pause has held, and what was held beside it, if any."""
        for line in self._stage.ask("cases", "list", "--json").splitlines():
            case_id = json.loads(line)["case"]
            pace = ("--per-second", str(RELEASE_RATE))
            self._stage.ask("cases", "release", case_id, "--yes", "--note", "drill", *pace)
        self._stage.ask("quarantine", "release", "--all", "--yes", "--note", "drill")

    def _let_go_on(self) -> None:
        time.sleep(self._plan.seconds)
        dead = [stream.name for stream in self._streams if not stream.is_alive()]
        if dead:
            raise StageError(f"the drill's own {', '.join(dead)} ended")

    def _wait_for_next_hop(self, sent: Sequence[Sent]) -> None:
        """What was promised as delivered is there already; a release may be told a moment later."""
        wanted = {s.key for s in sent if s.told in (Told.RELAYED, Told.HELD)}
        if self._plan.drops:
            wanted = {s.key for s in sent if s.told is Told.RELAYED}
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline and not wanted <= {key for key, _ in self._arrivals()}:
            time.sleep(0.02)

    def _arrivals(self) -> Iterable[tuple[Key, float]]:
        return arrivals(self._relay, self._provider)


# --- what it comes to


def summarise(
    plan: Plan,
    moments: Moments,
    confirmed: Mapping[str, object],
    sent: Sequence[Sent],
    came: Sequence[tuple[Key, float]],
) -> Report:
    """Return what was seen and what is wrong with it; ``came`` is what the next hops have."""
    told = {one.key: one for one in sent}
    mine = [one for one in sent if one.key.who == "one"]
    relayed_mine = {one.key for one in mine if one.told is Told.RELAYED}
    during = [(k, at) for k, at in came if moments.paused < at < moments.resume_begun]
    late = [key for key, _ in during if key.who == "one"]
    before = [at for key, at in came if key.who == "one" and at <= moments.paused]
    held = {one.key for one in sent if one.told is Told.HELD}
    report = Report(
        plan=plan,
        confirmed=confirmed,
        pause_seconds=moments.paused - moments.pause_begun,
        sent=len(sent),
        relayed=sum(one.told is Told.RELAYED for one in sent),
        held=len(held),
        deferred=sum(one.told is Told.DEFERRED for one in sent),
        released=sum(key in held for key, _ in came),
        late=len(late),
        last_before_seconds=moments.paused - max(before, default=moments.paused),
        stopped=_tally(mine, moments.paused, moments.resume_begun),
        in_flight=_tally(mine, moments.pause_begun, moments.paused),
        others=dict(Counter(str(key.channel) for key, _ in during if key.who == "other")),
        after=sum(key in relayed_mine and at > moments.resume_begun for key, at in came),
    )
    troubles = (*_leaks(report), *_losses(report, told, Counter(key for key, _ in came)))
    return replace(report, troubles=troubles)


def _tally(sent: Iterable[Sent], begin: float, end: float) -> Mapping[str, int]:
    """Return how many of those that began in a time were told what."""
    return dict(Counter(str(one.told) for one in sent if begin < one.began < end))


def _leaks(report: Report) -> Iterator[str]:
    """Yield what the pause did not stop, and what it stopped beside."""
    if report.late:
        yield f"{report.late} messages of the paused client reached the next hop under the pause"
    if report.confirmed.get("done") != report.plan.workers:
        yield f"the pause was confirmed by {report.confirmed.get('done')} workers only"
    wanted = Told.DEFERRED if report.plan.drops else Told.HELD
    wrong = {what: n for what, n in report.stopped.items() if what not in _STOPPED}
    if wrong:
        yield f"under the pause the client was told: {_words(wrong)}"
    if not report.stopped.get(wanted):
        yield f"no message was {wanted}: the drill has shown nothing"
    for channel in Channel:
        if not report.others.get(channel):
            yield f"the other client's messages did not go on over {channel}"
    if not report.after:
        yield "after the resume no message of the client went on"


_STOPPED = frozenset({Told.HELD, Told.DEFERRED})


def _losses(report: Report, told: Mapping[Key, Sent], came: Mapping[Key, int]) -> Iterator[str]:
    """Yield what was lost, sent twice, or sent although its client was told otherwise."""
    arrives = {Told.RELAYED} if report.plan.drops else {Told.RELAYED, Told.HELD}
    lost = [key for key, one in told.items() if one.told in arrives and not came.get(key)]
    if lost:
        yield f"{len(lost)} messages were lost"
    unasked = [key for key in came if key not in told or told[key].told not in arrives]
    if unasked:
        yield f"{len(unasked)} messages reached the next hop that were never promised"
    twice = [key for key, count in came.items() if count > 1]
    if twice:
        yield f"{len(twice)} messages reached the next hop twice"
    failed = [one for one in told.values() if one.told is Told.OTHER]
    if failed:
        yield f"{len(failed)} messages had an answer that is none: {failed[0].answer}"
    if report.sent != report.relayed + report.held + report.deferred + len(failed):
        yield "the sums do not agree"


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


# --- in words


def report_words(report: Report) -> Iterator[str]:
    """Yield the report, a sentence a line."""
    plan, confirmed = report.plan, report.confirmed
    seconds = confirmed.get("seconds")
    yield (
        f"{plan.workers} workers, two clients, both channels,"
        f" {plan.per_second:g} messages a second on each of four streams"
    )
    yield (
        f"the pause of one client was in force on {confirmed.get('done')} of {plan.workers} workers"
        f" after {seconds} s, and nothing was on its way any more after"
        f" {confirmed.get('settled_seconds')} s (the whole command took"
        f" {report.pause_seconds:.2f} s)"
    )
    yield (
        f"its last message reached a next hop {report.last_before_seconds:.2f} s before the command"
        f" returned; after that: {report.late or 'none'}, until it was resumed"
    )
    yield f"of its messages sent while the command ran: {_words(report.in_flight)}"
    yield f"of its messages sent under the pause: {_words(report.stopped)}"
    yield f"of the other client's went on meanwhile: {_words(report.others)}"
    yield f"after the resume {report.after} of its messages went on as they were sent"
    rest = report.held - sum(told.get(Told.HELD, 0) for told in (report.in_flight, report.stopped))
    if rest:
        yield f"of its messages sent while the resume ran: {rest} {Told.HELD}"
    released = "" if plan.drops else f"; of those held {report.released} were released later"
    yield (
        f"in all: sent {report.sent} = delivered {report.relayed} + held {report.held} +"
        f" deferred {report.deferred}{released}"
    )
