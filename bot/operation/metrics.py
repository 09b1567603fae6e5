"""Prometheus metrics of the bot. docs/operations.md explains each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.painting.job import Job, JobState
from stylizer.pool import WorkerDied, WorkerFailed
from stylizer.recipe import recipe_names

WAIT_BUCKETS_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
PAINTING_BUCKETS_SECONDS = (1, 2.5, 5, 10, 20, 40, 60, 120, 240, 480, 900, 1800)
STALL_BUCKETS_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10)

ACTIVE_STATES = (
    JobState.FETCHING,
    JobState.WAITING,
    JobState.PAINTING,
    JobState.PAINTED,
    JobState.CANCELED,
    JobState.FAILED,
)
"""The states of a job that isn't settled. Canceled and failed jobs stay active until their cards say so."""
OUTCOMES = (JobState.DELIVERED, JobState.CANCELED, JobState.FAILED)
WORKER_LOSSES = (WorkerDied, WorkerFailed)

FIRST_ERROR_STATUS = 400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The current state of the bot, read on every scrape."""

    jobs: Mapping[JobState, int]
    """Active jobs by state."""
    workers: int
    workers_ready: int
    workers_replaced: int
    """Since the start."""
    gateway_connected: bool
    servers: int
    data_free_bytes: int


class Metrics:
    """All metrics of one bot, in their own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._accepted = Counter("atelier_jobs_accepted", "Accepted jobs.", ["recipe"], registry=self.registry)
        self._refused = Counter(
            "atelier_requests_refused", "Refused requests, by reason.", ["reason"], registry=self.registry
        )
        self._ended = Counter(
            "atelier_jobs_ended", "Jobs that ended, by outcome.", ["recipe", "outcome"], registry=self.registry
        )
        self._waited = Histogram(
            "atelier_job_wait_seconds",
            "Time from a job's acceptance to its start.",
            ["recipe"],
            buckets=WAIT_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._painted = Histogram(
            "atelier_job_painting_seconds",
            "Time spent painting a job.",
            ["recipe"],
            buckets=PAINTING_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._workers_lost = Counter(
            "atelier_workers_lost", "Workers lost while painting, by reason.", ["reason"], registry=self.registry
        )
        self._discord_responses = Counter(
            "atelier_discord_responses",
            "Responses from Discord, by HTTP status and Discord's error code.",
            ["status", "code"],
            registry=self.registry,
        )
        self._discord_request_errors = Counter(
            "atelier_discord_request_errors",
            "Requests to Discord that got no response, by error.",
            ["reason"],
            registry=self.registry,
        )
        self._database_errors = Counter("atelier_database_errors", "Database errors.", registry=self.registry)
        self._stalls = Histogram(
            "atelier_event_loop_stall_seconds",
            "Length of event loop stalls.",
            buckets=STALL_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._longest_stall = Gauge(
            "atelier_event_loop_longest_stall_seconds",
            "Longest event loop stall since the start.",
            registry=self.registry,
        )
        self._longest_stall_seconds = 0.0
        # Prometheus misses a counter's first increment unless it has seen the counter at 0.
        for recipe_name in recipe_names():
            self._accepted.labels(recipe_name)
            self._waited.labels(recipe_name)
            self._painted.labels(recipe_name)
            for outcome in OUTCOMES:
                self._ended.labels(recipe_name, outcome)
        for loss in WORKER_LOSSES:
            self._workers_lost.labels(loss.__name__)

    def add_snapshots(self, take_snapshot: Callable[[], Snapshot]) -> None:
        """Call `take_snapshot` on every scrape, and report what it returns."""
        self.registry.register(_SnapshotCollector(take_snapshot))

    def accepted(self, job: Job) -> None:
        """Count an accepted job."""
        self._accepted.labels(job.options.recipe_name).inc()

    def refused(self, reason: str) -> None:
        """Count a refused request; `reason` is the name of the error."""
        self._refused.labels(reason).inc()

    def started(self, job: Job, waited_seconds: float) -> None:
        """Record how long a job waited to be painted."""
        # The clock may have been set back in the meantime, and Prometheus takes a falling sum for a restart.
        self._waited.labels(job.options.recipe_name).observe(max(waited_seconds, 0))

    def ended(self, job: Job, outcome: str, seconds: float | None = None) -> None:
        """Count a job's end; `seconds` is its painting time, if it was painted."""
        self._ended.labels(job.options.recipe_name, outcome).inc()
        if seconds is not None:
            self._painted.labels(job.options.recipe_name).observe(seconds)

    def worker_lost(self, reason: str) -> None:
        """Count a worker that was lost while painting; `reason` is the name of the error."""
        self._workers_lost.labels(reason).inc()

    def discord_responded(self, status: int, code: int = 0) -> None:
        """Count a response from Discord; `code` is Discord's own error code, or 0."""
        self._discord_responses.labels(status, code).inc()

    def discord_request_failed(self, reason: str) -> None:
        """Count a request to Discord that got no response; `reason` is the name of the error."""
        self._discord_request_errors.labels(reason).inc()

    def database_failed(self) -> None:
        """Count a database error."""
        self._database_errors.inc()

    def stalled(self, seconds: float) -> None:
        """Record an event loop stall."""
        self._stalls.observe(seconds)
        self._longest_stall_seconds = max(self._longest_stall_seconds, seconds)
        self._longest_stall.set(self._longest_stall_seconds)


@dataclass(frozen=True, slots=True)
class _SnapshotCollector(Collector):
    take_snapshot: Callable[[], Snapshot]

    def describe(self) -> Iterator[Metric]:
        """Describe nothing, so that registering doesn't take a snapshot yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = self.take_snapshot()
        jobs = GaugeMetricFamily("atelier_jobs_active", "Jobs that aren't settled, by state.", labels=["state"])
        for state in ACTIVE_STATES:
            jobs.add_metric([state], now.jobs.get(state, 0))
        yield jobs
        yield GaugeMetricFamily("atelier_workers", "Configured workers.", now.workers)
        yield GaugeMetricFamily("atelier_workers_ready", "Workers that are painting or idle.", now.workers_ready)
        yield CounterMetricFamily(
            "atelier_workers_replaced", "Workers started to replace one that ended.", now.workers_replaced
        )
        yield GaugeMetricFamily(
            "atelier_gateway_connected", "1 while Discord's gateway is connected.", now.gateway_connected
        )
        yield GaugeMetricFamily("atelier_servers", "Servers that the bot is in.", now.servers)
        yield GaugeMetricFamily(
            "atelier_data_free_bytes", "Free space on the disk of the data directory.", now.data_free_bytes
        )


def discord_trace(metrics: Metrics) -> aiohttp.TraceConfig:
    """Return an `http_trace` for `discord.Client` that counts every response, including those to retries."""

    async def count_success(
        _session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        context.status = params.response.status
        if context.status < FIRST_ERROR_STATUS:
            metrics.discord_responded(context.status)

    async def count_error(
        _session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        if context.status >= FIRST_ERROR_STATUS:
            metrics.discord_responded(context.status, _error_code(params.chunk))

    async def count_failed_request(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        # A request that the bot itself cancels says nothing about Discord.
        if not isinstance(params.exception, asyncio.CancelledError):
            metrics.discord_request_failed(type(params.exception).__name__)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(count_success)
    trace.on_response_chunk_received.append(count_error)
    trace.on_request_exception.append(count_failed_request)
    return trace


def _error_code(body: bytes) -> int:
    """Discord's own error code, or 0 if there is none, as in the error page of a proxy."""
    try:
        error = json.loads(body)
    except ValueError:
        return 0
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 0
