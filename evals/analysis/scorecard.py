"""The three tiers as a scorecard: what was measured, how sure it is, and what that proves. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from evals.analysis.target_checks import (
    Finding,
    TargetCheck,
    first_text_check,
    llm_first_check,
    quality_check,
    streaming_check,
    total_check,
)
from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence, Quality, quality_of
from evals.judge.judged_answers import JudgedAnswer
from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.records.loop_lag import is_late
from llmfirst import TIERS, Interval, ProfileName, Proportion, Tier, proportion, quantile, quantile_interval


@dataclass(frozen=True)
class TierCard:
    """One tier of one model: passed when every row is, failed when one is."""

    tier: Tier
    rows: tuple[TargetCheck, ...]

    @property
    def finding(self) -> Finding:
        findings = {row.finding for row in self.rows}
        if "fail" in findings:
            return "fail"
        return "pass" if findings == {"pass"} else "cannot tell"


@dataclass(frozen=True)
class Scorecard:
    """What one model reached. Cold answers (the model was loaded first) are in no figure of time but their own; a
    failure is a miss, cold or not.

    `first_text` and `total` are seconds since submit. `quality` counts items, one that was asked several times once.
    `loop_lag`: how late our own event loop was, in seconds (median of the answers' 99th percentiles). `in_target`
    counts answers that were in time for the first tier and passed their item; None where the judge cannot be believed.
    `profiles`: how the model was asked; more than one where that was changed on the way.
    """

    model: str
    tiers: tuple[TierCard, ...]
    attempts: int
    errors: int
    cold: int
    shortened: int
    cached: int
    first_text_median: float | None
    first_text_p95: float | None
    first_text_p95_interval: Interval | None
    total_median: float | None
    total_p95: float | None
    total_max: float | None
    tokens_per_second: float | None
    quality: Quality
    in_target: Proportion | None
    accounted_share: float | None
    unbacked_decisions: int
    longest_silence: float | None
    form_failed: int
    loop_lag: float | None
    is_self_judged: bool
    profiles: tuple[ProfileName, ...] = ()


def scorecards(
    evaluation: Evaluation, results: Sequence[JudgedAnswer], known: JudgeEvidence = NO_EVIDENCE
) -> tuple[Scorecard, ...]:
    """Return the scorecard of each model, in the order of the evaluation; `known` is what is known of the judge."""
    return tuple(_scorecard(evaluation, model.key, results, known) for model in evaluation.models)


def _scorecard(evaluation: Evaluation, key: str, everything: Iterable[JudgedAnswer], known: JudgeEvidence) -> Scorecard:
    results = [one for one in everything if one.model == key]
    attempts = [one.attempt for one in results]
    lags = [one.loop_lag for one in attempts if one.loop_lag is not None]
    warm = [one for one in attempts if not _is_cold(one)]
    firsts, totals = [_first(one) for one in warm], [_total(one) for one in warm]
    quality = quality_of(results, known, has_judge=evaluation.judge is not None)
    silences = [
        one.timing.unnamed_silence_seconds for one in attempts if one.timing.unnamed_silence_seconds is not None
    ]
    shares = [one.accounted_share for one in attempts if one.accounted_share is not None]
    unbacked = sum(one.unbacked_decisions for one in attempts)
    rates = [one.timing.metrics.tokens_per_second for one in warm if one.timing.metrics.tokens_per_second is not None]
    first_tier = TIERS[0]
    timed = [one for one in results if one.item is not None and not _is_cold(one.attempt)]
    good_and_in_time = sum(one.item == "passed" and _in_time(one.attempt, first_tier) for one in timed)
    common = (llm_first_check(shares, unbacked), streaming_check(silences))
    late = is_late(lags, _finite(quantile(firsts, 0.5)))
    return Scorecard(
        model=key,
        tiers=tuple(
            TierCard(
                tier,
                (
                    first_text_check(firsts, tier, is_late=late),
                    total_check(totals, tier),
                    quality_check(quality, tier, has_judge=evaluation.judge is not None),
                    *common,
                ),
            )
            for tier in TIERS
        ),
        attempts=len(attempts),
        errors=sum(one.is_error for one in attempts),
        cold=len(attempts) - len(warm),
        shortened=sum(one.outcome == "deadline" for one in attempts),
        cached=sum((one.timing.cached_share or 0) > 0.5 for one in attempts),
        first_text_median=_finite(quantile(firsts, 0.5)),
        first_text_p95=_finite(quantile(firsts, 0.95)),
        first_text_p95_interval=quantile_interval(firsts, 0.95),
        total_median=_finite(quantile(totals, 0.5)),
        total_p95=_finite(quantile(totals, 0.95)),
        total_max=_finite(max(totals, default=None)),
        tokens_per_second=quantile(rates, 0.5),
        quality=quality,
        in_target=proportion(good_and_in_time, len(timed)) if quality.trust == "measured" else None,
        accounted_share=min(shares, default=None),
        unbacked_decisions=unbacked,
        longest_silence=max(silences, default=None),
        form_failed=sum(bool(one.failed_checks) for one in results),
        loop_lag=quantile(lags, 0.5),
        is_self_judged=evaluation.judge is not None and evaluation.judge.key == key,
        profiles=tuple(sorted({one.profile for one in attempts if one.profile is not None})),
    )


def _is_cold(attempt: Attempt) -> bool:
    """Tell whether an answer waited for its model to be loaded; a failure is a miss, cold or not."""
    return attempt.was_cold and not attempt.is_error


def _in_time(attempt: Attempt, tier: Tier) -> bool:
    return _first(attempt) <= tier.first_text_seconds and _total(attempt) <= tier.total_seconds


def _first(attempt: Attempt) -> float:
    """Return the first text in seconds since submit; a failure never had one that counts."""
    first = attempt.timing.first_text_seconds
    return inf if first is None or attempt.is_error else first


def _total(attempt: Attempt) -> float:
    total = attempt.timing.total_seconds
    return inf if total is None or attempt.is_error else total


def _finite(value: float | None) -> float | None:
    return None if value is None or value == inf else value
