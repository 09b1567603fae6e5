"""What the bot counts and measures, for Prometheus. docs/operations.md says of every metric what it means."""

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

WAITING_BUCKETS_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
PAINTING_BUCKETS_SECONDS = (1, 2.5, 5, 10, 20, 40, 60, 120, 240, 480, 900, 1800)
STALL_BUCKETS_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10)

UNDER_WAY = (
    JobState.FETCHING,
    JobState.WAITING,
    JobState.PAINTING,
    JobState.PAINTED,
    JobState.CANCELED,
    JobState.FAILED,
)
"""Where a job can be while it is not settled; the last two until their cards have told so."""
OUTCOMES = (JobState.DELIVERED, JobState.CANCELED, JobState.FAILED)
LOSSES = (WorkerDied, WorkerFailed)

FAILURE = 400
"""The first status of an answer by which Discord refuses or fails."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is the case just now, asked for at every scrape."""

    jobs: Mapping[JobState, int]
    """How many of those under way are where."""
    workers: int
    workers_warm: int
    workers_replaced: int
    """Since the start."""
    gateway_connected: bool
    servers: int
    data_free_bytes: int


class Metrics:
    """Every metric of one bot, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._accepted = Counter(
            "atelier_jobs_accepted", "Jobs that were accepted.", ["recipe"], registry=self.registry
        )
        self._refused = Counter(
            "atelier_refusals", "Wishes of members that were refused.", ["reason"], registry=self.registry
        )
        self._ended = Counter(
            "atelier_jobs_ended", "Jobs that came to an end.", ["recipe", "outcome"], registry=self.registry
        )
        self._waited = Histogram(
            "atelier_job_waiting_seconds",
            "From a job's acceptance to the beginning of its painting.",
            ["recipe"],
            buckets=WAITING_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._painted = Histogram(
            "atelier_job_painting_seconds",
            "How long a painter painted a job.",
            ["recipe"],
            buckets=PAINTING_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._workers_lost = Counter(
            "atelier_workers_lost", "Workers that were lost over a job.", ["reason"], registry=self.registry
        )
        self._discord_answers = Counter(
            "atelier_discord_answers",
            "Answers of Discord by HTTP status, and by the code in the body of a refusal.",
            ["status", "code"],
            registry=self.registry,
        )
        self._discord_silences = Counter(
            "atelier_discord_unanswered",
            "Requests to Discord that got no answer.",
            ["reason"],
            registry=self.registry,
        )
        self._database_failures = Counter(
            "atelier_database_failures", "Times that the database failed.", registry=self.registry
        )
        self._stalls = Histogram(
            "atelier_event_loop_stall_seconds",
            "How long the event loop was held up, each time that it was.",
            buckets=STALL_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._longest_stall = Gauge(
            "atelier_event_loop_longest_stall_seconds",
            "The longest stall of the event loop since the start.",
            registry=self.registry,
        )
        self._longest_stall_seconds = 0.0
        # What begins at 1 never grew, as Prometheus sees it: the first of each would be missing in every sum.
        for recipe_name in recipe_names():
            self._accepted.labels(recipe_name)
            self._waited.labels(recipe_name)
            self._painted.labels(recipe_name)
            for outcome in OUTCOMES:
                self._ended.labels(recipe_name, outcome)
        for loss in LOSSES:
            self._workers_lost.labels(loss.__name__)

    def watch(self, look: Callable[[], Moment]) -> None:
        """Report with every scrape what `look` sees just then."""
        self.registry.register(_Scrape(look))

    def accepted(self, job: Job) -> None:
        """Count a job that was accepted."""
        self._accepted.labels(job.options.recipe_name).inc()

    def refused(self, reason: str) -> None:
        """Count a wish that was refused; the reason is the error's name."""
        self._refused.labels(reason).inc()

    def painting(self, job: Job, waited_seconds: float) -> None:
        """Note that a job's painting begins."""
        # The clock may have been set back meanwhile, and a sum that falls looks like a new start to Prometheus.
        self._waited.labels(job.options.recipe_name).observe(max(waited_seconds, 0))

    def ended(self, job: Job, outcome: str, seconds: float | None = None) -> None:
        """Count a job's end; `seconds` is how long it was painted, where it was."""
        self._ended.labels(job.options.recipe_name, outcome).inc()
        if seconds is not None:
            self._painted.labels(job.options.recipe_name).observe(seconds)

    def worker_lost(self, reason: str) -> None:
        """Count a worker that was lost over a job; the reason is the error's name."""
        self._workers_lost.labels(reason).inc()

    def discord_answered(self, status: int, code: int = 0) -> None:
        """Count an answer of Discord; `code` is what Discord's own error says, 0 for none."""
        self._discord_answers.labels(status, code).inc()

    def discord_silent(self, reason: str) -> None:
        """Count a request that Discord did not answer; the reason is the error's name."""
        self._discord_silences.labels(reason).inc()

    def database_failed(self) -> None:
        """Count a failure of the database."""
        self._database_failures.inc()

    def stalled(self, seconds: float) -> None:
        """Note that the event loop was held up."""
        self._stalls.observe(seconds)
        self._longest_stall_seconds = max(self._longest_stall_seconds, seconds)
        self._longest_stall.set(self._longest_stall_seconds)


@dataclass(frozen=True, slots=True)
class _Scrape(Collector):
    look: Callable[[], Moment]

    def describe(self) -> Iterator[Metric]:
        """Nothing, so that registering does not look already."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = self.look()
        jobs = GaugeMetricFamily("atelier_jobs_under_way", "Jobs under way, by where they are.", labels=["state"])
        for state in UNDER_WAY:
            jobs.add_metric([state], now.jobs.get(state, 0))
        yield jobs
        yield GaugeMetricFamily("atelier_workers", "Workers that there should be.", now.workers)
        yield GaugeMetricFamily("atelier_workers_warm", "Workers that paint, or could at once.", now.workers_warm)
        yield CounterMetricFamily(
            "atelier_workers_replaced", "Workers that were started in place of one that ended.", now.workers_replaced
        )
        yield GaugeMetricFamily(
            "atelier_gateway_connected", "1 while Discord's gateway is connected.", now.gateway_connected
        )
        yield GaugeMetricFamily("atelier_servers", "Servers that the bot is in.", now.servers)
        yield GaugeMetricFamily(
            "atelier_data_free_bytes", "What is left on the disk of the data directory.", now.data_free_bytes
        )


def discord_trace(metrics: Metrics) -> aiohttp.TraceConfig:
    """A `discord.Client`'s `http_trace` that counts every answer of Discord, those among them that are tried again."""

    async def answered(
        _session: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceRequestEndParams
    ) -> None:
        context.status = told.response.status
        if context.status < FAILURE:
            metrics.discord_answered(context.status)

    async def was_read(
        _session: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        if context.status >= FAILURE:
            metrics.discord_answered(context.status, _code(told.chunk))

    async def failed(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, told: aiohttp.TraceRequestExceptionParams
    ) -> None:
        # A request that the bot itself breaks off says nothing of Discord.
        if not isinstance(told.exception, asyncio.CancelledError):
            metrics.discord_silent(type(told.exception).__name__)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    trace.on_response_chunk_received.append(was_read)
    trace.on_request_exception.append(failed)
    return trace


def _code(body: bytes) -> int:
    """The code of Discord's own error; 0 where there is none, as in an error of something before Discord."""
    try:
        error = json.loads(body)
    except ValueError:
        return 0
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 0
