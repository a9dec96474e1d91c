"""Checks measurements against the targets of a tier. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Final, Literal, assert_never

from evals.analysis.trust import Quality
from llmfirst import (
    CorrectedRate,
    Interval,
    Proportion,
    Tier,
    generator,
    items_needed,
    mean_interval,
    miss_rate_bound,
    proportion,
)

TargetName = Literal["first_text", "total", "quality", "llm_first", "streaming"]
Finding = Literal["pass", "fail", "cannot tell", "not measured"]
Reason = Literal[
    "proved",
    "missed",
    "interval_reaches_over",
    "too_few",
    "judge_unproven",
    "judge_not_trustworthy",
    "no_judge",
    "nothing_measured",
    "harness_late",
]
"""Why a finding is what it is; the page and the report have a text for each."""
FIRST_TEXT_SHARE: Final = 0.95  # of the attempts must have their first text in time
LEAST_ATTEMPTS: Final = 20  # of fewer attempts, 95 % would mean all
SILENCE_SECONDS: Final = 3.0  # the longest time that may pass without new text or a state
_SEED: Final = 6
_MOST_MORE: Final = 400  # further cases: beyond that, nobody asks for them
_OPEN: Final[tuple[Reason, ...]] = ("interval_reaches_over", "too_few")  # what more cases would decide


@dataclass(frozen=True)
class TargetCheck:
    """One row of a tier: what was measured, its target, and the finding."""

    name: TargetName
    finding: Finding
    reason: Reason
    unit: Literal["share", "seconds"]
    """The unit of `value`, `target` and `interval`."""
    value: float | None
    target: float
    interval: Interval | None
    count: int
    """The number of attempts, or of decided items for quality."""
    bound: float | None = None
    """If nothing was missed: the one-sided 95 % upper bound of the true miss rate."""
    more: int | None = None
    """How many more of `count` would decide it if they came out like those so far; None if it is decided, or if more
    than 400 would be needed."""


def first_text_check(firsts: Sequence[float], tier: Tier, *, is_late: bool = False) -> TargetCheck:
    """Check that 95 % of the attempts have their first text in time.

    `firsts` are seconds since submission, inf for a failure. If `is_late`, the harness's event loop lagged too much for
    a pass.
    """
    share = proportion(sum(first <= tier.first_text_seconds for first in firsts), len(firsts))
    finding, reason = _of_first_text(share)
    if finding == "pass" and is_late:
        finding, reason = "cannot tell", "harness_late"
    return TargetCheck(
        name="first_text",
        finding=finding,
        reason=reason,
        unit="share",
        value=share.rate,
        target=FIRST_TEXT_SHARE,
        interval=share.interval,
        count=len(firsts),
        more=_more(lambda more: _of_first_text(_with(share, more))) if reason in _OPEN else None,
    )


def _with(share: Proportion, more: int) -> Proportion:
    """Return the proportion with `more` cases that pass as often as those so far."""
    total = share.total + more
    return proportion(round((share.rate or 0.0) * total), total)


def _more(found_with: Callable[[int], tuple[Finding, Reason]]) -> int | None:
    """Return the least number of further cases with which the finding is certain; None if it is too large."""
    return next((more for more in range(1, _MOST_MORE + 1) if found_with(more)[0] in ("pass", "fail")), None)


def _of_first_text(share: Proportion) -> tuple[Finding, Reason]:
    """Pass if the measured share reaches the target; fail only if the whole interval is below it."""
    if share.rate is None or share.interval is None:
        return "not measured", "nothing_measured"
    if share.interval.high < FIRST_TEXT_SHARE:
        return "fail", "missed"
    if share.total < LEAST_ATTEMPTS:
        return "cannot tell", "too_few"
    return ("pass", "proved") if share.rate >= FIRST_TEXT_SHARE else ("cannot tell", "interval_reaches_over")


def total_check(totals: Sequence[float], tier: Tier) -> TargetCheck:
    """Check that every answer, or their mean, ends in time; `totals` are seconds since submission, inf for failures."""
    limit = tier.total_seconds
    if tier.total_is == "every answer":
        within = proportion(sum(total <= limit for total in totals), len(totals))
        is_met = within.passed == within.total
        finding: Finding = "not measured" if not totals else "pass" if is_met else "fail"
        return TargetCheck(
            name="total",
            finding=finding,
            reason="nothing_measured" if not totals else "proved" if is_met else "missed",
            unit="share",
            value=within.rate,
            target=1.0,
            interval=within.interval,
            count=len(totals),
            bound=miss_rate_bound(0, len(totals)) if is_met else None,
        )
    is_whole = inf not in totals
    mean = sum(totals) / len(totals) if totals and is_whole else None
    interval = mean_interval(totals, generator(_SEED)) if is_whole else None
    finding, reason = _of_mean(totals, interval, limit)
    return TargetCheck(
        name="total",
        finding=finding,
        reason=reason,
        unit="seconds",
        value=mean,
        target=limit,
        interval=interval,
        count=len(totals),
        more=_more_totals(totals, mean, interval, limit) if reason in _OPEN else None,
    )


def _more_totals(totals: Sequence[float], mean: float | None, interval: Interval | None, limit: float) -> int | None:
    """Return how many more answers would decide the mean; the interval shrinks with the root of their number."""
    if mean is None or interval is None or mean == limit:
        return None
    half = interval.high - mean if mean < limit else mean - interval.low
    more = ceil(len(totals) * (half / (limit - mean)) ** 2) - len(totals)
    return max(1, more) if more <= _MOST_MORE else None


def _of_mean(totals: Sequence[float], interval: Interval | None, limit: float) -> tuple[Finding, Reason]:
    if not totals:
        return "not measured", "nothing_measured"
    if inf in totals:
        return "fail", "missed"
    if interval is None:
        return "cannot tell", "too_few"
    if interval.high <= limit:
        return "pass", "proved"
    return ("fail", "missed") if interval.low > limit else ("cannot tell", "interval_reaches_over")


def quality_check(quality: Quality, tier: Tier, *, has_judge: bool) -> TargetCheck:
    """Check that the corrected share of passed items, at the lower end of its interval, reaches the tier's quality."""
    finding, reason = _of_quality(quality, tier, has_judge=has_judge)
    return TargetCheck(
        name="quality",
        finding=finding,
        reason=reason,
        unit="share",
        value=None if quality.rate is None else quality.rate.value,
        target=tier.quality,
        interval=None if quality.rate is None else quality.rate.interval,
        count=quality.passed.total,
        more=_more(lambda more: _of_rate(quality.rate_with(more), tier, quality.passed.total + more))
        if reason in _OPEN and quality.rate is not None
        else None,
    )


def _of_quality(quality: Quality, tier: Tier, *, has_judge: bool) -> tuple[Finding, Reason]:
    if not has_judge:
        return "not measured", "no_judge"
    match quality.trust:
        case "not_measured":
            return "not measured", "nothing_measured"
        case "not_trustworthy":
            return "cannot tell", "judge_not_trustworthy"
        case "unproven":
            return "cannot tell", "judge_unproven"
        case "measured":
            return _of_rate(quality.rate, tier, quality.passed.total)
        case _:
            assert_never(quality.trust)


def _of_rate(rate: CorrectedRate | None, tier: Tier, count: int) -> tuple[Finding, Reason]:
    if rate is None:
        return "not measured", "nothing_measured"
    if rate.interval.low >= tier.quality and count >= items_needed(tier.quality):
        return "pass", "proved"
    if rate.interval.high < tier.quality:
        return "fail", "missed"
    return "cannot tell", "too_few" if count < items_needed(tier.quality) else "interval_reaches_over"


def llm_first_check(shares: Sequence[float], unbacked: int) -> TargetCheck:
    """Check that recorded calls wrote every shown character and support every decision about content.

    `shares` are the accounted shares of the answers, and `unbacked` is the number of unsupported decisions.
    """
    smallest = min(shares, default=None)
    is_met = smallest == 1.0 and unbacked == 0
    return TargetCheck(
        name="llm_first",
        finding="not measured" if smallest is None else "pass" if is_met else "fail",
        reason="nothing_measured" if smallest is None else "proved" if is_met else "missed",
        unit="share",
        value=smallest,
        target=1.0,
        interval=None,
        count=len(shares),
    )


def streaming_check(silences: Sequence[float]) -> TargetCheck:
    """Check that no answer went over 3 s without new text or a state; `silences` is the longest of each, in seconds."""
    longest = max(silences, default=None)
    is_met = longest is not None and longest <= SILENCE_SECONDS
    return TargetCheck(
        name="streaming",
        finding="not measured" if longest is None else "pass" if is_met else "fail",
        reason="nothing_measured" if longest is None else "proved" if is_met else "missed",
        unit="seconds",
        value=longest,
        target=SILENCE_SECONDS,
        interval=None,
        count=len(silences),
    )
