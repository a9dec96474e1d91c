"""Quality by category and by language, of answers made by hand."""

from evals.analysis.rows import quality_rows
from evals.judge.verdicts import ItemVerdict
from llmfirst.stats import proportion
from tests.evals.analysis.made import CASE, ONE, TWO, judged


def test_quality_counts_passed_items_over_decided_ones_by_group_and_model() -> None:
    other = CASE.model_copy(update={"id": "en-writing-01", "category": "writing", "language": None})
    items: list[ItemVerdict | None] = ["passed", "failed", "passed", "abstained", None]
    cases = [CASE.model_copy(update={"id": f"ko-business-{number:02}"}) for number in range(len(items))]
    results = [judged(case, item=item) for case, item in zip(cases, items, strict=True)]
    results += [judged(other, item="abstained"), judged(model=TWO, item="failed"), judged(other, TWO, item=None)]
    found = [
        (row.grouping, row.group, row.model, row.passed, row.decided, row.abstained) for row in quality_rows(results)
    ]
    assert found == [
        ("category", "business", ONE, 2, 3, 1),
        ("category", "business", TWO, 0, 1, 0),
        ("category", "writing", ONE, 0, 0, 1),
        ("language", "ko", ONE, 2, 3, 1),
        ("language", "ko", TWO, 0, 1, 0),
        ("language", None, ONE, 0, 0, 1),
    ]


def test_a_group_has_its_interval_and_none_where_nothing_was_decided() -> None:
    rows = quality_rows([judged(), judged(model=TWO, item="abstained")])
    assert [row.share for row in rows if row.grouping == "category"] == [proportion(1, 1), proportion(0, 0)]
    assert quality_rows([judged(item=None)]) == ()
    assert quality_rows([]) == ()
