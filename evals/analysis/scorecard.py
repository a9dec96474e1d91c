"""Computes the scorecard of a model: its times, its quality, and which tiers it reaches. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from evals.analysis.items import items_of, on_time_and_passed
from evals.analysis.self_knowledge import self_knowledge, self_rated
from evals.analysis.target_checks import (
    Finding,
    TargetCheck,
    first_text_check,
    llm_first_check,
    quality_check,
    streaming_check,
    total_check,
)
from evals.analysis.times import first_text, first_token, is_cold, total
from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence, Quality, quality_of
from evals.judge.judged_answers import JudgedAnswer
from evals.records.evaluation import Evaluation
from evals.records.loop_lag import is_late
from evals.records.timing import thought_median
from llmfirst import (
    TIERS,
    Auc,
    CorrectedRate,
    Interval,
    ProfileName,
    Proportion,
    Think,
    Tier,
    proportion,
    quantile,
    quantile_interval,
)


@dataclass(frozen=True)
class TierCard:
    """The checks of one tier for one model. It passes if all rows pass, and fails if any row fails."""

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
    """The results of one model.

    Times are seconds since submission. They leave out cold answers, which waited for the model to load; failed answers
    count as infinitely late. A statistic is None if it has no values or is infinite.
    """

    model: str
    tiers: tuple[TierCard, ...]
    attempts: int
    errors: int
    """Attempts without an answer to judge."""
    cold: int
    """Answers that waited for the model to load."""
    shortened: int
    """Answers that the deadline ended."""
    cached: int
    """Answers with more than half of their first prompt from the KV cache."""
    first_token_median: float | None
    """The first token of any kind, thinking included; no target is measured on it."""
    first_token_p95: float | None
    first_text_median: float | None
    """The first text that a reader sees; the targets are measured on it."""
    first_text_p95: float | None
    first_text_p95_interval: Interval | None
    total_median: float | None
    total_p95: float | None
    total_max: float | None
    tokens_per_second: float | None
    """The median over the warm answers; each token counts once, thinking included."""
    thought_median: float | None
    """The median seconds of thinking per answer, 0 for an answer without any; None if no answer has any."""
    quality: Quality
    in_target: Proportion | None
    """Items on time for the first tier that also passed, out of the decided ones; None unless quality is "measured".

    Items of which every answer was cold are left out.
    """
    on_time_and_passed: CorrectedRate | None
    """The quality times the share of passed items that were on time; None unless quality is "measured"."""
    accounted_share: float | None
    """The smallest share of an answer's characters that recorded calls wrote, 0 to 1."""
    unbacked_decisions: int
    """The number of decisions about content that no call of a model supports."""
    longest_silence: float | None
    """The longest time without new text or a state, in seconds."""
    form_failed: int
    """Answers that failed a check of form."""
    loop_lag: float | None
    """How late the event loop of the harness was, in seconds: the median of the answers' 99th percentiles."""
    is_self_judged: bool
    """Whether the judge is this model itself."""
    self_knowledge: Auc | None = None
    """How well the model's own verdicts tell passed answers from failed ones; None unless quality is "measured"."""
    profiles: tuple[ProfileName, ...] = ()
    """How the model was prompted; several if the profile changed during the evaluation."""
    thinks: tuple[Think, ...] = ()
    """What the model was told about its thinking; empty if it could be told nothing."""


def scorecards(
    evaluation: Evaluation, results: Sequence[JudgedAnswer], known: JudgeEvidence = NO_EVIDENCE
) -> tuple[Scorecard, ...]:
    """Return the scorecard of each model, in the order of the evaluation; `known` says how far the judge is trusted."""
    return tuple(_scorecard(evaluation, model.key, results, known) for model in evaluation.models)


def _scorecard(evaluation: Evaluation, key: str, answers: Iterable[JudgedAnswer], known: JudgeEvidence) -> Scorecard:
    results = [answer for answer in answers if answer.model == key]
    attempts = [result.attempt for result in results]
    lags = [attempt.loop_lag for attempt in attempts if attempt.loop_lag is not None]
    warm = [attempt for attempt in attempts if not is_cold(attempt)]
    firsts, totals = [first_text(attempt) for attempt in warm], [total(attempt) for attempt in warm]
    tokens = [first_token(attempt) for attempt in warm]
    quality = quality_of(results, known, has_judge=evaluation.judge is not None)
    silences = [silence for attempt in attempts if (silence := attempt.timing.unnamed_silence_seconds) is not None]
    shares = [attempt.accounted_share for attempt in attempts if attempt.accounted_share is not None]
    unbacked = sum(attempt.unbacked_decisions for attempt in attempts)
    rates = [rate for attempt in warm if (rate := attempt.timing.metrics.tokens_per_second) is not None]
    items = [item for item in items_of(results) if item.is_on_time is not None and item.verdict != "abstained"]
    in_target = proportion(sum(item.is_passed_on_time for item in items), len(items))
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
        errors=sum(attempt.is_error for attempt in attempts),
        cold=len(attempts) - len(warm),
        shortened=sum(attempt.outcome == "deadline" for attempt in attempts),
        cached=sum((attempt.timing.cached_share or 0) > 0.5 for attempt in attempts),
        first_token_median=_finite(quantile(tokens, 0.5)),
        first_token_p95=_finite(quantile(tokens, 0.95)),
        first_text_median=_finite(quantile(firsts, 0.5)),
        first_text_p95=_finite(quantile(firsts, 0.95)),
        first_text_p95_interval=quantile_interval(firsts, 0.95),
        total_median=_finite(quantile(totals, 0.5)),
        total_p95=_finite(quantile(totals, 0.95)),
        total_max=_finite(max(totals, default=None)),
        tokens_per_second=quantile(rates, 0.5),
        thought_median=thought_median(attempt.timing for attempt in warm),
        quality=quality,
        in_target=in_target if quality.trust == "measured" else None,
        on_time_and_passed=on_time_and_passed(quality.rate, items),
        accounted_share=min(shares, default=None),
        unbacked_decisions=unbacked,
        longest_silence=max(silences, default=None),
        form_failed=sum(bool(result.failed_checks) for result in results),
        loop_lag=quantile(lags, 0.5),
        is_self_judged=evaluation.judge is not None and evaluation.judge.key == evaluation.model(key).model_key,
        self_knowledge=self_knowledge(self_rated(results)) if quality.trust == "measured" else None,
        profiles=tuple(sorted({attempt.profile for attempt in attempts if attempt.profile is not None})),
        thinks=tuple(sorted({attempt.think for attempt in attempts if attempt.think is not None})),
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or value == inf else value
