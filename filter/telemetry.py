"""Log set-up and metrics."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import prometheus_client
from prometheus_client import multiprocess

from filter.decisions import Decision
from filter.outcome import Deferred, Held, Outcome, Refused, Relayed

log = logging.getLogger("sallyport.telemetry")

MESSAGES = prometheus_client.Counter(
    "sallyport_messages_total",
    "Messages judged, by channel and by what became of them.",
    ["channel", "outcome"],
)
FINDINGS = prometheus_client.Counter(
    "sallyport_findings_total",
    "Findings, by reason code; shadow findings are under their own mode.",
    ["code", "mode"],
)
SHADOW = prometheus_client.Counter(
    "sallyport_shadow_total",
    "Messages that a rule in shadow met, by rule and by what it would have done: hold, block,"
    " defer, repeat, pass, or none where it would have changed nothing.",
    ["kind", "rule", "effect"],
)
SIGNALS = prometheus_client.Counter(
    "sallyport_signals_total",
    "Reports that a message was used or never asked for, and whether the message was known.",
    ["kind", "known"],
)
LIMIT_FINDINGS = prometheus_client.Counter(
    "sallyport_limit_findings_total",
    "Messages that exceeded a rule about how many, by rule and how much it decides.",
    ["rule", "mode"],
)
ALERTS = prometheus_client.Counter(
    "sallyport_alerts_total",
    "Alerts that limits, watches and floors raised, by rule.",
    ["rule"],
)
LIMITS_UNASKED = prometheus_client.Counter(
    "sallyport_limits_unasked_total",
    "Messages that could not be counted, by what became of them: hold, defer or pass.",
    ["policy"],
)
STORE_ERRORS = prometheus_client.Counter(
    "sallyport_limit_store_errors_total",
    "Questions that the limit store did not answer, by kind of store: embedded or redis.",
    ["store"],
)
INSPECTION = prometheus_client.Histogram(
    "sallyport_inspection_seconds",
    "Time from end of data to the verdict.",
    ["channel"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


# Rules have names of their writers' choosing; so many of them are counted by name.
MOST_RULES = 100
OTHER_RULES = "other"
# With every reason in both modes, and every count of MOST_RULES with the longest names, the larger
# of a process's two files has 280 kB in it (tests/core/test_telemetry.py).
RESERVED_BYTES = 512 * 1024


class _Names:
    """The first names of rules that are met, as many as are counted by name."""

    def __init__(self) -> None:
        self._rules: set[str] = set()

    def name_of(self, rule: str) -> str:
        """Return the name that a rule is counted under."""
        if rule not in self._rules:
            if len(self._rules) >= MOST_RULES:
                return OTHER_RULES
            self._rules.add(rule)
        return rule


_is_counting = True
_names_on_trial = _Names()


def reserve(folder: Path) -> None:
    """Take the room on disk that this process needs to count; without it nothing is counted.

    prometheus_client counts in files that it maps into memory, and makes them with holes: a write
    into a hole while the disk is full ends the process by SIGBUS. A full disk is to cost counts,
    not workers. Call it before the first count.
    """
    global _is_counting  # noqa: PLW0603 - there is one process, and one set of counts
    files = [folder / f"{kind}_{os.getpid()}.db" for kind in ("counter", "histogram")]
    try:
        for file in files:
            with file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, RESERVED_BYTES)
    except OSError as exc:
        _is_counting = False
        for file in files:
            file.unlink(missing_ok=True)
        log.error("not counting for /metrics: no room in %s: %s", folder, exc.strerror)  # noqa: TRY400 - says it all


def count(decision: Decision, outcome: Outcome[object]) -> None:
    """Count one outcome."""
    if not _is_counting:
        return
    MESSAGES.labels(decision.channel, name_of(outcome)).inc()
    INSPECTION.labels(decision.channel).observe(decision.milliseconds / 1000)
    for finding in decision.verdict.findings:
        FINDINGS.labels(finding.code, "enforce").inc()
    for finding in decision.verdict.shadow:
        FINDINGS.labels(finding.code, "shadow").inc()
    for trial in decision.verdict.trials:
        SHADOW.labels(trial.kind, _names_on_trial.name_of(trial.rule), trial.effect).inc()


def count_signal(kind: str, is_known: bool) -> None:  # noqa: FBT001 - a counter's question
    """Count one report: "used" or "unrequested"."""
    if _is_counting:
        SIGNALS.labels(kind, "yes" if is_known else "no").inc()


class LimitCounts:
    """Counts what the guard and the limit store tell (Observer in filter/limits/floodguard.py)."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._names = _Names()

    def limit_found(self, rule: str, mode: str) -> None:
        """Count a message that exceeded a rule; ``mode`` is enforce, alert or shadow."""
        if _is_counting:
            LIMIT_FINDINGS.labels(self._names.name_of(rule), mode).inc()

    def alerted(self, rule: str) -> None:
        """Count an alert."""
        if _is_counting:
            ALERTS.labels(self._names.name_of(rule)).inc()

    def limits_unasked(self, policy: str) -> None:
        """Count a message that could not be counted."""
        if _is_counting:
            LIMITS_UNASKED.labels(policy).inc()

    def store_failed(self, reason: str) -> None:
        """Count a question without an answer; for Watchful's on_error."""
        del reason
        if _is_counting:
            STORE_ERRORS.labels(self._store).inc()


def name_of(outcome: Outcome[object]) -> str:
    """Return the one word of an outcome."""
    match outcome:
        case Relayed():
            return "relayed"
        case Refused():
            return "refused"
        case Held():
            return "held"
        case Deferred():
            return "deferred"


def exposition(folder: Path, *, pauses: int = 0, stores_away: int = 0) -> bytes:
    """Return the metrics of all worker processes, and of this one, in Prometheus text format.

    ``stores_away`` is how many workers cannot ask the limit store.
    """
    registry = prometheus_client.CollectorRegistry()
    in_force = prometheus_client.Gauge("sallyport_pauses", "Pauses in force.", registry=registry)
    in_force.set(pauses)
    away = prometheus_client.Gauge(
        "sallyport_limit_store_away",
        "Worker processes that cannot ask the limit store.",
        registry=registry,
    )
    away.set(stores_away)
    multiprocess.MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return prometheus_client.generate_latest(registry)


def forget_process(folder: Path, pid: int) -> None:
    """Drop the gauges of a process that ended; its counts stay."""
    multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = f"{at} {record.levelname.lower()} {record.getMessage()}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(level: str, log_format: str) -> None:
    """Send all logging to standard error, one line a fact. Our own loggers at ``level``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if log_format == "json" else _TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries speak only of trouble: their debug lines hold message bodies and addresses.
    root.setLevel(logging.WARNING)
    logging.getLogger("sallyport").setLevel(level.upper())
