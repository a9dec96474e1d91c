"""Collects the results of all evaluations of one suite over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from evals.analysis.summary import Summary, summary_of
from evals.analysis.trust import Trust
from evals.records.archive import Archive
from llmfirst import CorrectedRate


@dataclass(frozen=True)
class TrendRow:
    """The results of one model in one evaluation. Medians are seconds since submission, over `count` warm answers."""

    evaluation_id: str
    created_at: datetime
    suite: str
    model: str
    first_token_median: float | None
    """The first token of any kind, thinking included; `first_text_median` is what a reader sees."""
    first_text_median: float | None
    total_median: float | None
    quality: CorrectedRate | None
    """The pass rate corrected for the judge's errors; None unless `trust` is "measured"."""
    decided: int
    """The number of items behind the quality."""
    trust: Trust
    count: int
    is_baseline: bool


def trend_of(archive: Archive, summary: Summary) -> tuple[TrendRow, ...]:
    """Return the rows of this evaluation and of earlier ones of the same suite, oldest first. Blocks its thread."""
    this = summary.evaluation
    earlier = [
        evaluation
        for evaluation in archive.all()
        if evaluation.suite.sha256 == this.suite.sha256
        and evaluation.created_at <= this.created_at
        and evaluation.evaluation_id != this.evaluation_id
    ]
    return trend_rows([*(summary_of(archive, evaluation) for evaluation in reversed(earlier)), summary])


def trend_rows(summaries: Iterable[Summary]) -> tuple[TrendRow, ...]:
    """Return one row for each model of each evaluation, the oldest evaluation first."""
    return tuple(
        TrendRow(
            evaluation_id=summary.evaluation.evaluation_id,
            created_at=summary.evaluation.created_at,
            suite=summary.evaluation.suite.name,
            model=card.model,
            first_token_median=card.first_token_median,
            first_text_median=card.first_text_median,
            total_median=card.total_median,
            quality=card.quality.rate,
            decided=card.quality.passed.total,
            trust=card.quality.trust,
            count=card.attempts - card.cold,
            is_baseline=summary.is_baseline,
        )
        for summary in sorted(summaries, key=lambda summary: summary.evaluation.created_at)
        for card in summary.scorecards
    )
