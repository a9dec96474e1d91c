"""The Prometheus metrics at /metrics: runs by outcome, times, tokens and waiting runs; no text and no name."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from llmfirst.answer import Answer
from llmfirst.events import AnswerFailed
from llmfirst.runs.runs import Runs

CONTENT_TYPE: Final = "text/plain; version=1.0.0; charset=utf-8"
_FIRST_TEXT_SECONDS: Final = (0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120)  # with the limits of the tiers in it
_TOTAL_SECONDS: Final = (5, 10, 20, 30, 45, 60, 75, 90, 105, 120, 300)


class Measurements:
    """The figures of one server; runs that end while it serves are counted."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        registry = self._registry = CollectorRegistry()
        self._ended = Counter("llmfirst_runs", "Runs that have ended, by outcome.", ["outcome"], registry=registry)
        self._first_text = Histogram(
            "llmfirst_first_text_seconds",
            "Submit to the first text of the model, without its thinking.",
            buckets=_FIRST_TEXT_SECONDS,
            registry=registry,
        )
        self._first_token = Histogram(
            "llmfirst_first_token_seconds",
            "Submit to the first token of any kind, thinking included.",
            buckets=_FIRST_TEXT_SECONDS,
            registry=registry,
        )
        self._total = Histogram(
            "llmfirst_total_seconds", "Submit to the end.", buckets=_TOTAL_SECONDS, registry=registry
        )
        self._waited = Histogram(
            "llmfirst_waited_seconds", "Submit to admission.", buckets=_FIRST_TEXT_SECONDS, registry=registry
        )
        self._tokens = Counter(
            "llmfirst_tokens", "Tokens that the model wrote, where its service counts them.", registry=registry
        )
        self._writing = Gauge("llmfirst_runs_writing", "Runs that are being answered now.", registry=registry)
        self._queued = Gauge(
            "llmfirst_runs_waiting", "Runs that wait for a slot or for their model.", registry=registry
        )
        runs.watch(self.count)

    def count(self, answer: Answer) -> None:
        """Count a run that has ended, unless its model was disturbed on purpose."""
        if answer.submitted is not None and answer.submitted.fault is not None:
            return
        figures = answer.metrics()
        failed = isinstance(answer.end, AnswerFailed)
        self._ended.labels("failed" if failed or figures.outcome is None else figures.outcome).inc()
        if figures.ttft is not None and figures.waited is not None:
            self._first_text.observe(figures.waited + figures.ttft)
        if answer.first_token_seconds is not None:
            self._first_token.observe(answer.first_token_seconds)
        if figures.since_submit is not None:
            self._total.observe(figures.since_submit)
        if figures.waited is not None:
            self._waited.observe(figures.waited)
        if figures.tokens is not None:
            self._tokens.inc(figures.tokens)

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        load = self._runs.load()
        self._writing.set(load.writing)
        self._queued.set(load.waiting)
        return generate_latest(self._registry)
