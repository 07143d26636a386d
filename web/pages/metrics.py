"""Figures for Prometheus and its like, at /metrics: with a token of their own, and not there without one.

They are read from the database when they are asked for, so each process of the web server says the same.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from engine import db
from engine.oversight import figures, heartbeat, watchdog
from engine.oversight.figures import Figures

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
def show() -> Response:
    """Give the figures to whoever has the token."""
    token = current_app.config["METRICS_TOKEN"]
    if token is None:
        abort(404)
    kind, _blank, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token):
        abort(401)
    with db.transaction() as session:
        found = figures.now(session)
    return Response(written(found), content_type=CONTENT_TYPE_LATEST)


def written(found: Figures) -> bytes:
    """Write figures in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(found))
    return generate_latest(registry)


class _Figures(Collector):
    """Gives the figures in the library's terms."""

    def __init__(self, found: Figures) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("staffetta", "The release.", {"version": heartbeat.version()})
        yield from _clockwork(self._found)
        yield from _workers(self._found)


def _clockwork(found: Figures) -> Iterator[Metric]:
    watch = found.watch
    wrong = _gauge("findings", "What the watchdog has found, by what it is; 0 where all is well.", "code", "severity")
    for code in watchdog.Code:
        count = sum(each.count for each in watch.findings if each.code is code)
        wrong.add_metric([code.value, watchdog.severity(code).value], count)
    yield wrong
    undone = 0.0 if watch.undone_since is None else (watch.now - watch.undone_since).total_seconds()
    yield _gauge("undone_seconds", "For how long the oldest work that is due waits to be done.", value=undone)
    yield _gauge("deadlines_late", "Clocks that run and are late now.", value=found.late)
    yield _gauge("incidents", "Tokens and cases that stand still for a fault.", value=found.incidents)
    yield _gauge("seals_waiting", "Entries of the audit that have no seal yet.", value=watch.seals.waiting)
    if watch.last is not None:
        age = (watch.now - watch.last.at).total_seconds()
        yield _gauge("deadlines_armed", "Clocks that run, at the last look at all rows.", value=watch.last.armed)
        yield _gauge("inspection_age_seconds", "How long ago a worker last looked at all rows.", value=age)
        yield _gauge("inspection_duration_seconds", "How long that took.", value=watch.last.took)


def _workers(found: Figures) -> Iterator[Metric]:
    watch, names = found.watch, ("host", "process")
    yield _gauge("workers", "Workers that do their work.", value=watch.workers)
    beat = _gauge("worker_beat_age_seconds", "How long ago a worker last gave a sign of life.", *names)
    still = _gauge("worker_still_seconds", "For how long its loop had not moved then.", *names)
    offset = _gauge("worker_clock_offset_seconds", "How far its host's clock is before the database's.", *names)
    for row in watch.beats:
        labels = [row.host, str(row.pid)]
        beat.add_metric(labels, (watch.now - row.beat_at).total_seconds())
        still.add_metric(labels, (row.beat_at - row.moved_at).total_seconds())
        if row.clock_offset is not None:
            offset.add_metric(labels, row.clock_offset)
    yield from (beat, still, offset)


def _gauge(name: str, said: str, *labels: str, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"staffetta_{name}", said, value=value, labels=labels or None)
