"""The verdict on a model in words, and the table of all models."""

from dataclasses import replace

import pytest

from evals.analysis.scorecard import Scorecard, scorecards
from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence
from evals.judge.judged_answers import JudgedAnswer
from evals.report.verdict import verdict
from evals.report.verdict_table import verdict_rows
from tests.evals.made import calibrated
from tests.evals.report.made import FAILED, JUDGE, MODEL, OTHER, PASSED, attempt, case, evaluation, result, timing

GOOD_JUDGE = JudgeEvidence({"en": calibrated(0.98, 0.98, each=400)})


def answers(passed: int, failed: int = 0, total: float = 40.0) -> list[JudgedAnswer]:
    made = []
    for number in range(passed + failed):
        item = case(number)
        one = attempt(item, number, timing=timing(total=total + number / 10))
        made.append(result(item, one, (PASSED, PASSED) if number < passed else (FAILED, PASSED)))
    return made


def card(made: list[JudgedAnswer], known: JudgeEvidence = GOOD_JUDGE, *, has_judge: bool = True) -> Scorecard:
    (only,) = scorecards(evaluation(judge=JUDGE if has_judge else None), made, known)
    return only


def test_a_model_that_reaches_every_tier_has_nothing_to_do() -> None:
    found = verdict(card(answers(120)), "en")
    assert found.sentence == "On time, good. Every tier is reached."


def test_what_more_items_would_decide_is_told_with_their_number_and_they_do_decide_it() -> None:
    few = card(answers(12))
    (row,) = [row for row in few.tiers[0].rows if row.name == "quality"]
    assert row.more is not None
    found = verdict(few, "en").sentence
    assert "Tier 1 is not proved: 12 answers were measured, 20 needed for the speed; quality is" in found
    assert f"About {row.more} more items would decide the quality." in found
    assert "About 8 more answers would decide the speed." in found
    assert [card(answers(12 + more)).tiers[0].rows[2].finding for more in (row.more - 1, row.more)] == [
        "cannot tell",
        "pass",
    ]
    assert f"품질은 문항을 {row.more}개쯤 더 물으면" in verdict(few, "ko").sentence


def test_what_no_number_of_items_would_decide_is_told_as_that() -> None:
    close = card(answers(32, 8), JudgeEvidence({"en": calibrated(0.9, 0.9)}))
    assert "more than 400 further ones" in verdict(close, "en").sentence


def test_what_is_missed_stands_before_what_is_open_and_says_what_to_change() -> None:
    assert verdict(card(answers(5, 35)), "en").sentence.startswith(
        "On time, not good enough. Tier 1 is missed: quality is"
    )
    assert verdict(card(answers(5, 35)), "en").next_step == "Next: a larger model."
    slow = verdict(card(answers(40, total=119.0)), "en")
    assert slow.headline == "Too slow, good."
    assert slow.tiers == "Tier 1 is missed: 27.5 % of answers end within 120 s, all needed."
    assert slow.next_step == "Next: a smaller model or a faster machine."


def test_a_tier_that_is_reached_is_named_before_the_one_that_is_not() -> None:
    tiers = verdict(card(answers(60, total=70.0)), "en").tiers
    assert tiers == "Tier 2 is reached. Tier 3 is missed: an answer takes 73.0 s in the mean, at most 60 s needed."


@pytest.mark.parametrize(
    ("known", "has_judge", "told", "step"),
    [
        (NO_EVIDENCE, True, "Quality – the judge is unproven", "check the judge"),
        (JudgeEvidence({"en": calibrated(0.9, 0.3)}), True, "the judge cannot be believed", "a larger judge"),
        (NO_EVIDENCE, False, "Quality – there is no judge", "start one with a judge"),
    ],
)
def test_without_a_rate_the_reason_and_the_way_on_are_told(
    known: JudgeEvidence, has_judge: bool, told: str, step: str
) -> None:
    found = verdict(card(answers(30), known, has_judge=has_judge), "en")
    assert told in found.tiers
    assert step in found.next_step
    assert "%" not in found.tiers


def test_the_table_has_a_row_for_each_target_and_a_cell_for_each_model() -> None:
    other = [
        replace(
            one,
            attempt=one.attempt.model_copy(update={"trial": one.attempt.trial.model_copy(update={"model": OTHER.key})}),
        )
        for one in answers(10, 10)
    ]
    cards = scorecards(evaluation(models=(MODEL, OTHER)), [*answers(40), *other], GOOD_JUDGE)
    rows = {row.name: row for row in verdict_rows(cards, "en")}
    assert list(rows)[:4] == ["Tiers", "Quality", "First text", "Total time"]
    assert {len(row.cells) for row in rows.values()} == {2}
    assert rows["Quality"].target == "80 / 85 / 90 % at the lower end"
    assert rows["Total time"].target == "all within 120 s; mean 90 / 60 s"
    assert rows["Total time"].cells[0].small == "100 % within 120 s (91.2 to 100 %, n = 40)"
    assert [mark.said for mark in rows["Quality"].cells[1].marks] == ["Tier 1: fail", "Tier 2: fail", "Tier 3: fail"]
    assert rows["Quality"].cells[1].small.endswith("n = 20")
    unproven = {row.name: row for row in verdict_rows(scorecards(evaluation(), answers(3), NO_EVIDENCE), "en")}
    assert (unproven["Quality"].cells[0].value, unproven["Quality"].cells[0].is_word) == ("UNPROVEN", True)
