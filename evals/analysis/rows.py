"""Rows: what a table, a file and a figure need of an answer, of a group of answers, and of an evaluation. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from evals.analysis.scorecard import Scorecard
from evals.analysis.trust import Trust
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import Decided, ItemVerdict, Scored, verdicts_of_items
from evals.records.evaluation import Evaluation
from evals.suite.cases import CheckName, Language
from llmfirst import Outcome, Phase, Proportion, proportion

Grouping = Literal["category", "language"]
GROUPINGS: Final[tuple[Grouping, ...]] = ("category", "language")


@dataclass(frozen=True)
class AnswerRow:
    """One answer, flat. Times are seconds as `records.Timing` means them; None where nothing was measured.

    `item`: None where quality was not measured. `criteria_total` counts those of the item, `criteria_decided` those
    that the judge decided, `criteria_passed` those of them that the answer passes.
    """

    run_id: str
    case_id: str
    question: str
    category: str
    language: Language | None
    model: str
    repeat: int
    attempt: int
    asked_at: datetime
    outcome: Outcome | Literal["failed"]
    error: str | None
    is_error: bool
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
    phases: Mapping[Phase, float]
    phase_first_text: Mapping[Phase, float]
    tokens: int | None
    tokens_per_second: float | None
    itl_mean: float | None
    longest_gap: float | None
    unnamed_silence: float | None
    was_cold: bool | None
    cached_share: float | None
    load_average: float | None
    item: ItemVerdict | None
    criteria_passed: int
    criteria_decided: int
    criteria_total: int
    failed_checks: tuple[CheckName, ...]
    accounted_share: float | None
    unbacked_decisions: int
    guards: tuple[str, ...]
    text: str
    review: float | None = None

    @property
    def quality(self) -> float | None:
        """The share of the decided criteria that the answer passes, 0 to 1; None where none was decided."""
        return self.criteria_passed / self.criteria_decided if self.criteria_decided else None


@dataclass(frozen=True)
class QualityRow:
    """Passed items of one model in one group, over the decided ones; `group` is None where the item names none."""

    model: str
    grouping: Grouping
    group: str | None
    passed: int
    decided: int
    abstained: int
    share: Proportion


@dataclass(frozen=True)
class TrendRow:
    """One model in one evaluation. Medians are seconds, of `count` answers that were not cold; failures are misses."""

    evaluation_id: str
    created_at: datetime
    suite: str
    model: str
    first_text_median: float | None
    total_median: float | None
    quality: Proportion
    trust: Trust
    count: int
    is_baseline: bool


def answer_rows(results: Sequence[JudgedAnswer]) -> tuple[AnswerRow, ...]:
    """Return one row for each answer, in the same order."""
    return tuple(_answer_row(result) for result in results)


def _answer_row(result: JudgedAnswer) -> AnswerRow:
    attempt, case, timing = result.attempt, result.case, result.attempt.timing
    decided = [verdict for verdict in result.verdicts.values() if isinstance(verdict, Scored | Decided)]
    return AnswerRow(
        run_id=attempt.run_id,
        case_id=case.id,
        question=case.question,
        category=case.category,
        language=case.language,
        model=attempt.trial.model,
        repeat=attempt.trial.repeat,
        attempt=attempt.attempt,
        asked_at=attempt.asked_at,
        outcome=attempt.outcome,
        error=attempt.error,
        is_error=attempt.is_error,
        first_text=timing.first_text,
        core_first_text=timing.core_first_text,
        total=timing.total,
        ttft=timing.ttft,
        core_ttft=timing.core_ttft,
        total_time=timing.total_time,
        queued=timing.queued,
        loading=timing.loading,
        prefill=timing.prefill,
        rest=timing.rest,
        phases=timing.phases,
        phase_first_text=timing.phase_first_text,
        tokens=timing.tokens,
        tokens_per_second=timing.tokens_per_second,
        itl_mean=timing.itl_mean,
        longest_gap=timing.longest_gap,
        unnamed_silence=timing.unnamed_silence,
        was_cold=timing.was_cold,
        cached_share=timing.cached_share,
        load_average=attempt.load_average,
        item=result.item,
        criteria_passed=sum(verdict.passed for verdict in decided),
        criteria_decided=len(decided),
        criteria_total=len(case.criteria),
        failed_checks=tuple(check.name for check in result.checks if not check.passed),
        accounted_share=attempt.accounted_share,
        unbacked_decisions=attempt.unbacked_decisions,
        guards=attempt.guards,
        text=attempt.text,
        review=timing.review,
    )


def quality_rows(rows: Sequence[AnswerRow]) -> tuple[QualityRow, ...]:
    """Return the groups in which quality was measured, by grouping, group and model in the order of the answers."""
    found: list[QualityRow] = []
    models = list(dict.fromkeys(row.model for row in rows))
    for grouping in GROUPINGS:
        for group in dict.fromkeys(_group(row, grouping) for row in rows):
            for model in models:
                mine = [row for row in rows if row.model == model and _group(row, grouping) == group]
                found += _quality_row(mine, model, grouping, group)
    return tuple(found)


def _group(row: AnswerRow, grouping: Grouping) -> str | None:
    return row.category if grouping == "category" else row.language


def _quality_row(rows: Sequence[AnswerRow], model: str, grouping: Grouping, group: str | None) -> list[QualityRow]:
    verdicts = verdicts_of_items((row.case_id, row.item) for row in rows)
    if not verdicts:
        return []
    passed, abstained = verdicts.count("passed"), verdicts.count("abstained")
    decided = len(verdicts) - abstained
    share = proportion(passed, decided)
    return [QualityRow(model, grouping, group, passed, decided, abstained, share)]


def trend_rows(cards: Sequence[tuple[Evaluation, Scorecard, bool]]) -> tuple[TrendRow, ...]:
    """Return one row for each scorecard, the oldest evaluation first; True marks the approved baseline."""
    return tuple(
        TrendRow(
            evaluation_id=evaluation.evaluation_id,
            created_at=evaluation.created_at,
            suite=evaluation.suite.name,
            model=card.model,
            first_text_median=card.first_text_median,
            total_median=card.total_median,
            quality=card.quality.passed if card.quality.trust == "measured" else proportion(0, 0),
            trust=card.quality.trust,
            count=card.attempts - card.cold,
            is_baseline=is_baseline,
        )
        for evaluation, card, is_baseline in sorted(cards, key=lambda one: one[0].created_at)
    )
