"""Rows of quality: the answers by category and by language. Pure."""

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
    """Passed items of one model in one group, over the decided ones; `group` is None where the item names none."""

    model: str
    grouping: Grouping
    group: str | None
    passed: int
    decided: int
    abstained: int
    share: Proportion


def quality_rows(answers: Sequence[JudgedAnswer]) -> tuple[QualityRow, ...]:
    """Return the groups in which quality was measured, by grouping, group and model in the order of the answers."""
    found: list[QualityRow] = []
    models = list(dict.fromkeys(one.model for one in answers))
    for grouping in GROUPINGS:
        for group in dict.fromkeys(_group(one.case, grouping) for one in answers):
            for model in models:
                mine = [one for one in answers if one.model == model and _group(one.case, grouping) == group]
                found += _quality_row(mine, model, grouping, group)
    return tuple(found)


def _group(case: Case, grouping: Grouping) -> str | None:
    return case.category if grouping == "category" else case.language


def _quality_row(
    answers: Sequence[JudgedAnswer], model: str, grouping: Grouping, group: str | None
) -> list[QualityRow]:
    verdicts = verdicts_of_items((one.case.id, one.item) for one in answers)
    if not verdicts:
        return []
    passed, abstained = verdicts.count("passed"), verdicts.count("abstained")
    decided = len(verdicts) - abstained
    share = proportion(passed, decided)
    return [QualityRow(model, grouping, group, passed, decided, abstained, share)]
