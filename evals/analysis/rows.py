"""Computes the quality of answers by category and by language. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import verdicts_of_items
from evals.suite.cases import Case
from llmfirst import Proportion, proportion

Grouping = Literal["category", "language"]
GROUPINGS: Final[tuple[Grouping, ...]] = ("category", "language")


@dataclass(frozen=True)
class QualityRow:
    """The quality of one model over one group of items. All numbers count items."""

    model: str
    grouping: Grouping
    group: str | None
    """The name of the category or language; None for items without one."""
    passed: int
    decided: int
    abstained: int
    share: Proportion
    """Passed items out of the decided ones."""


def quality_rows(answers: Sequence[JudgedAnswer]) -> tuple[QualityRow, ...]:
    """Return a row for each group and model with judged answers, in the order of the answers."""
    rows: list[QualityRow] = []
    models = list(dict.fromkeys(answer.model for answer in answers))
    for grouping in GROUPINGS:
        for group in dict.fromkeys(_group(answer.case, grouping) for answer in answers):
            in_group = [answer for answer in answers if _group(answer.case, grouping) == group]
            for model in models:
                of_model = [answer for answer in in_group if answer.model == model]
                rows += _quality_row(of_model, model, grouping, group)
    return tuple(rows)


def _group(case: Case, grouping: Grouping) -> str | None:
    return case.category if grouping == "category" else case.language


def _quality_row(
    answers: Sequence[JudgedAnswer], model: str, grouping: Grouping, group: str | None
) -> list[QualityRow]:
    """Return the row of these answers, or no row if none was judged."""
    verdicts = verdicts_of_items((answer.case.id, answer.item) for answer in answers)
    if not verdicts:
        return []
    passed, abstained = verdicts.count("passed"), verdicts.count("abstained")
    decided = len(verdicts) - abstained
    share = proportion(passed, decided)
    return [QualityRow(model, grouping, group, passed, decided, abstained, share)]
