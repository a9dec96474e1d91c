"""Computes the timing of an answer from its events."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from llmfirst import (
    AnswerEvent,
    Call,
    Metrics,
    Phase,
    ReviewAdded,
    StateChanged,
    TextAdded,
    Value,
    fold,
    is_end,
    quantile,
)


class Timing(Value):
    """The timing of one answer. A field is None if it was not measured."""

    metrics: Metrics
    """The engine's own measurements. Their times start at admission, when a slot is free and the model is loaded."""
    first_text_seconds: float | None
    """From submission to the first text: the sum of waiting in line, loading, prefill and `rest_seconds`."""
    core_first_text_seconds: float | None
    """From submission to the first text of the section `core`."""
    prefill_seconds: float | None
    """The time in which the service processed the prompt of the first call, as the service reports it."""
    rest_seconds: float | None
    """The part of `first_text_seconds` that waiting in line, loading and prefill do not explain."""
    phase_first_text_seconds: dict[Phase, float]
    """From the start of each phase to its first text."""
    longest_gap_seconds: float | None
    """The longest time without new text, from the answer or its review, between the first text and the end."""
    unnamed_silence_seconds: float | None
    """The longest time between the first text and the end in which the page showed neither new text nor a state."""
    cached_share: float | None
    """The share of the first call's prompt tokens that came from the KV cache, 0 to 1."""
    first_token_seconds: float | None = None
    """From submission to the first token of any kind, thinking included; `first_text_seconds` is what a reader sees."""

    @property
    def total_seconds(self) -> float | None:
        """From submission to the end."""
        return self.metrics.since_submit

    @property
    def queued_seconds(self) -> float | None:
        """The time in line: the time before admission minus the loading of the model."""
        waited, loading = self.metrics.waited, self.metrics.loading
        return None if waited is None or loading is None else round(max(0.0, waited - loading), 3)

    @property
    def token_seconds(self) -> float | None:
        """The mean time per token while decoding, over the calls for which the service counted tokens."""
        return None if not self.metrics.tokens_per_second else round(1 / self.metrics.tokens_per_second, 5)


def timing_of(events: Sequence[AnswerEvent]) -> Timing:
    """Return the timing of a run. Pure."""
    answer = fold(events)
    texts = [event.elapsed_seconds for event in events if isinstance(event, TextAdded) and event.text]
    reviewed = [event.elapsed_seconds for event in events if isinstance(event, ReviewAdded) and event.text]
    first, admitted = texts[0] if texts else None, answer.admitted_seconds
    core = answer.phases.get("core")
    end = events[-1].elapsed_seconds if events and is_end(events[-1]) else None
    prefill = _first_prefill(answer.calls)
    return Timing(
        metrics=answer.metrics(),
        first_text_seconds=_rounded(first),
        core_first_text_seconds=None if core is None else _rounded(core.first_text_seconds),
        prefill_seconds=_rounded(prefill),
        rest_seconds=None
        if first is None or admitted is None or prefill is None
        else _rounded(max(0.0, first - admitted - prefill)),
        phase_first_text_seconds={
            phase: round(part.first_text_seconds - part.started_seconds, 3)
            for phase, part in answer.phases.items()
            if part.first_text_seconds is not None
        },
        longest_gap_seconds=_longest_gap([*texts, *reviewed], end),
        unnamed_silence_seconds=_unnamed_silence(events),
        cached_share=_cached_share(answer.calls),
        first_token_seconds=_rounded(answer.first_token_seconds),
    )


def thought_median(timings: Iterable[Timing]) -> float | None:
    """Return the median seconds of thinking, 0 for an answer without any; None if no answer has any."""
    thoughts = [timing.metrics.thought_seconds or 0.0 for timing in timings]
    return quantile(thoughts, 0.5) if any(thoughts) else None


def _first_prefill(calls: Sequence[Call]) -> float | None:
    return calls[0].timings.prefill_seconds if calls and calls[0].timings is not None else None


def _cached_share(calls: Sequence[Call]) -> float | None:
    usage = calls[0].usage if calls else None
    if usage is None or usage.cached_tokens is None or usage.prompt_tokens == 0:
        return None
    return round(usage.cached_tokens / usage.prompt_tokens, 3)


def _longest_gap(texts: Sequence[float], end: float | None) -> float | None:
    if not texts or end is None:
        return None
    times = sorted([*texts, end])  # sorted, because a supplement is written after the review
    return _rounded(max(after - before for before, after in pairwise(times)))


def _unnamed_silence(events: Sequence[AnswerEvent]) -> float | None:
    """Return the longest time between first text and end without new text or a state that explains the wait."""
    longest, last_sign, state = 0.0, None, None
    for event in events:
        is_text = isinstance(event, TextAdded) and bool(event.text)
        if not (is_text or isinstance(event, StateChanged) or is_end(event)):
            continue
        if last_sign is not None and state == "writing":
            longest = max(longest, event.elapsed_seconds - last_sign)
        if is_text or last_sign is not None:
            last_sign = event.elapsed_seconds
        state = event.state if isinstance(event, StateChanged) else "writing"
    return None if last_sign is None else _rounded(longest)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
