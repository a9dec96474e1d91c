"""When things happened in one answer, read from its events. What each figure means stands at `records.Timing`."""

from collections.abc import Sequence
from itertools import pairwise

from llmfirst import AnswerEvent, Call, Phase, ReviewAdded, StateChanged, TextAdded, Value, fold, is_end


class Timing(Value):
    """When things happened in one answer, in seconds; None where nothing was measured.

    `first_text`, `core_first_text` and `total` are counted from submit, waiting included; `ttft`, `core_ttft` and
    `total_time` from admission (slot there, model loaded). `queued`, `loading`, `prefill` and `rest` are the parts of
    `first_text`: the line; the load; the first call's prompt as its service measured it; all other. `phases`: from a
    phase's start to its end. `phase_first_text`: from a phase's start to its first text. `itl_mean`: mean time between
    tokens while decoding, (last - first) / (tokens - 1) over the calls whose service counted. `longest_gap`: the
    longest time without new text, a review's too, between first text and end. `unnamed_silence`: the longest such time
    in which the page named no state. `cached_share`: how many of the first call's prompt tokens came from the KV cache.
    `review`: what the model's look at its own answer took, its supplement included; after the phases, in the total.
    """

    first_text: float | None
    core_first_text: float | None
    total: float | None
    ttft: float | None
    core_ttft: float | None
    total_time: float | None
    queued: float | None
    loading: float | None
    prefill: float | None
    rest: float | None
    phases: dict[Phase, float]
    phase_first_text: dict[Phase, float]
    tokens: int | None
    tokens_per_second: float | None
    itl_mean: float | None
    longest_gap: float | None
    unnamed_silence: float | None
    was_cold: bool | None
    cached_share: float | None
    review: float | None = None


def timing_of(events: Sequence[AnswerEvent]) -> Timing:
    """Return the figures of a run; pure."""
    answer = fold(events)
    metrics = answer.metrics()
    texts = [event.elapsed_seconds for event in events if isinstance(event, TextAdded) and event.text]
    reviewed = [event.elapsed_seconds for event in events if isinstance(event, ReviewAdded) and event.text]
    first = texts[0] if texts else None
    core = answer.phases.get("core")
    end = events[-1].elapsed_seconds if events and is_end(events[-1]) else None
    loading, admitted = metrics.loading, answer.admitted_seconds
    queued = None if admitted is None or loading is None else max(0.0, admitted - loading)
    prefill = _first_prefill(answer.calls)
    return Timing(
        first_text=_rounded(first),
        core_first_text=None if core is None else _rounded(core.first_text_seconds),
        total=_rounded(end),
        ttft=metrics.ttft,
        core_ttft=metrics.core_ttft,
        total_time=metrics.total_time,
        queued=_rounded(queued),
        loading=loading,
        prefill=_rounded(prefill),
        rest=None
        if first is None or admitted is None or prefill is None
        else _rounded(max(0.0, first - admitted - prefill)),
        phases=metrics.phases,
        phase_first_text={
            phase: round(part.first_text_seconds - part.started_seconds, 3)
            for phase, part in answer.phases.items()
            if part.first_text_seconds is not None
        },
        tokens=metrics.tokens,
        tokens_per_second=metrics.tokens_per_second,
        itl_mean=None if not metrics.tokens_per_second else round(1 / metrics.tokens_per_second, 5),
        longest_gap=_longest_gap([*texts, *reviewed], end),
        unnamed_silence=_unnamed_silence(events),
        was_cold=metrics.cold,
        cached_share=_cached_share(answer.calls),
        review=metrics.review,
    )


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
    times = sorted([*texts, end])  # a supplement comes after the review
    return _rounded(max(after - before for before, after in pairwise(times)))


def _unnamed_silence(events: Sequence[AnswerEvent]) -> float | None:
    """Return the longest time between first text and end in which neither text nor a state told what goes on."""
    longest, told, state = 0.0, None, None
    for event in events:
        is_text = isinstance(event, TextAdded) and bool(event.text)
        if not (is_text or isinstance(event, StateChanged) or is_end(event)):
            continue
        if told is not None and state == "writing":
            longest = max(longest, event.elapsed_seconds - told)
        if is_text or told is not None:
            told = event.elapsed_seconds
        state = event.state if isinstance(event, StateChanged) else "writing"
    return None if told is None else _rounded(longest)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
