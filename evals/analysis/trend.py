"""The past evaluations of one suite: whether a model, or the program around it, became better or worse."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from evals.analysis.summary import Summary, summary_of
from evals.analysis.trust import Trust
from evals.records.archive import Archive
from llmfirst import Proportion, proportion


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


def trend_of(archive: Archive, summary: Summary) -> tuple[TrendRow, ...]:
    """Return this evaluation and the earlier ones of the same suite, the oldest first; blocks."""
    this = summary.evaluation
    earlier = [
        one
        for one in archive.all()
        if one.suite.sha256 == this.suite.sha256
        and one.created_at <= this.created_at
        and one.evaluation_id != this.evaluation_id
    ]
    return trend_rows([*(summary_of(archive, one) for one in reversed(earlier)), summary])


def trend_rows(summaries: Iterable[Summary]) -> tuple[TrendRow, ...]:
    """Return one row for each model of each evaluation, the oldest evaluation first."""
    return tuple(
        TrendRow(
            evaluation_id=summary.evaluation.evaluation_id,
            created_at=summary.evaluation.created_at,
            suite=summary.evaluation.suite.name,
            model=card.model,
            first_text_median=card.first_text_median,
            total_median=card.total_median,
            quality=card.quality.passed if card.quality.trust == "measured" else proportion(0, 0),
            trust=card.quality.trust,
            count=card.attempts - card.cold,
            is_baseline=summary.is_baseline,
        )
        for summary in sorted(summaries, key=lambda one: one.evaluation.created_at)
        for card in summary.scorecards
    )
