"""Counts of limits, and whether the room that is reserved for all counts suffices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from filter import telemetry

# Counts everything there is, in a process of its own: prometheus_client looks for its folder when
# it is imported.
EVERYTHING = """
import sys
from pathlib import Path
from types import SimpleNamespace
from filter import telemetry
from filter.outcome import Held
from filter.reasons import REASONS
from filter.verdict import Disposition, Effect, Trial, TrialKind, Verdict

folder = Path(sys.argv[1])
telemetry.reserve(folder)
for channel in ("email", "sms"):
    telemetry.INSPECTION.labels(channel).observe(1)
    for outcome in ("relayed", "refused", "held", "deferred"):
        telemetry.MESSAGES.labels(channel, outcome).inc()
for mode in ("enforce", "shadow"):
    for code in REASONS:
        telemetry.FINDINGS.labels(code, mode).inc()
for kind in ("used", "unrequested"):
    for is_known in (True, False):
        telemetry.count_signal(kind, is_known)
decision = SimpleNamespace(channel="sms", milliseconds=1, verdict=None)
for number in range(telemetry.MOST_RULES + 5):
    trials = [
        Trial(TrialKind.REPEATS, f"rule-{number:075}", effect, "limit.end_user")
        for effect in (Effect.HOLD, Effect.NONE)
    ]
    decision.verdict = Verdict(Disposition.PASS, (), (), "r1", trials=tuple(trials))
    telemetry.count(decision, Held("m_1"))
for kind in TrialKind:
    for effect in Effect:
        telemetry.SHADOW.labels(kind, "gate", effect).inc()
counts = telemetry.LimitCounts("embedded")
for number in range(telemetry.MOST_RULES + 5):
    rule = f"rule-{number:075}"
    for mode in ("enforce", "alert", "shadow"):
        counts.limit_found(rule, mode)
    counts.alerted(rule)
for policy in ("hold", "defer", "pass"):
    counts.limits_unasked(policy)
counts.store_failed("connection refused")
"""


def test_what_is_reserved_holds_every_count(tmp_path: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", EVERYTHING, str(tmp_path)], env=environment, check=True)

    sizes = {file.name.partition("_")[0]: file.stat().st_size for file in tmp_path.iterdir()}
    assert sizes == {
        "counter": telemetry.RESERVED_BYTES,
        "histogram": telemetry.RESERVED_BYTES,
    }
    shown = telemetry.exposition(tmp_path, pauses=2, stores_away=3).decode()
    rule = f"rule-{0:075}"
    assert f'sallyport_limit_findings_total{{mode="alert",rule="{rule}"}} 1.0' in shown
    assert 'sallyport_limit_findings_total{mode="alert",rule="other"} 5.0' in shown
    assert 'sallyport_alerts_total{rule="other"} 5.0' in shown
    assert 'sallyport_shadow_total{effect="hold",kind="repeats",rule="other"} 5.0' in shown
    assert 'sallyport_limits_unasked_total{policy="hold"} 1.0' in shown
    assert 'sallyport_limit_store_errors_total{store="embedded"} 1.0' in shown
    assert "sallyport_pauses 2.0" in shown
    assert "sallyport_limit_store_away 3.0" in shown
