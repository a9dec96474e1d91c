"""The figure of what models say of their own answers: each answer, the shares by fifths, and how well they know."""

import pytest

from evals.analysis.scorecard import scorecards
from evals.analysis.self_knowledge import self_knowledge, self_rated, self_rated_bins
from evals.analysis.trust import Belief
from evals.cli.outcome import card_text
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict
from evals.plots import draw
from evals.report.answer_view import answer_view
from evals.report.view import model_view
from evals.texts import texts_in
from llmfirst import SelfVerdict, shared_texts
from llmfirst.stats import auc, proportion
from tests.evals.plots.made import ONE, OTHER, answer, failure, summary


def said(number: int, yes: float | None, item: ItemVerdict | None = "passed", model: str = ONE) -> JudgedAnswer:
    verdict = None if yes is None else SelfVerdict(yes={"asked": yes}, by="probability")
    return answer(number, self_verdict=verdict, item=item, model=model)


KNOWN = [said(0, 0.95), said(1, 0.9), said(2, 0.3), said(3, 0.2, "failed"), said(4, 0.6, "failed")]
UNDECIDED = [said(5, 0.5, "abstained"), said(6, 0.5, None), said(7, None), failure(8)]


def test_only_answers_with_both_verdicts_count() -> None:
    rated = self_rated([*KNOWN, *UNDECIDED])
    assert [(one.yes, one.passed) for one in rated] == [
        (0.95, True),
        (0.9, True),
        (0.3, True),
        (0.2, False),
        (0.6, False),
    ]
    assert self_knowledge(rated) == auc([0.95, 0.9, 0.3], [0.2, 0.6])
    assert self_knowledge(rated[:3]) is None


def test_the_shares_are_by_fifths_with_their_counts() -> None:
    bins = self_rated_bins(self_rated([*KNOWN, said(9, 1.0), said(10, 0.0, "failed")]))
    assert [one.passed for one in bins] == [proportion(0, 1), proportion(1, 2), proportion(0, 1), proportion(3, 3)]
    assert [one.yes for one in bins] == pytest.approx([0.0, 0.25, 0.6, 0.95])


def test_each_answer_lies_at_what_the_model_said_above_the_shares_if_it_passed() -> None:
    _, points, marks = draw("self_knowledge", [*KNOWN, *UNDECIDED], [], "en").figure.data
    assert list(points.x) == [0.95, 0.9, 0.3, 0.2, 0.6]
    assert [y > 1 for y in points.y] == [True, True, True, False, False]
    assert [y < 0 for y in points.y] == [False, False, False, True, True]
    assert [data[0] for data in points.customdata] == [f"run-{number}" for number in range(5)]
    assert list(marks.y) == [0.5, 0.0, 1.0]
    assert all(width > 0 for width in marks.error_y.arrayminus[2:])
    found = auc([0.95, 0.9, 0.3], [0.2, 0.6])
    assert found is not None
    area = f"AUC {found.area:.2f} ({found.interval.low:.2f}–{found.interval.high:.2f})"
    entry, _ = draw("self_knowledge", [*KNOWN, *UNDECIDED], [], "en").legend
    assert (entry.name, *entry.lines) == (ONE, "3 passed, 2 not", area)


def test_a_model_that_never_fails_has_no_area() -> None:
    legend = draw("self_knowledge", [said(0, 0.9), said(1, 0.8, model=OTHER)], [], "en").legend
    assert (legend[1].name, *legend[1].lines) == (OTHER, "1 passed, 0 not")


def test_where_the_judge_is_not_believed_nothing_is_drawn_and_why() -> None:
    figure = draw("self_knowledge", [said(0, 0.9, None)], [], "en", belief=Belief("unproven")).figure
    assert not figure.data
    assert "nobody has checked" in figure.layout.annotations[0].text


def test_the_scorecard_and_the_command_line_tell_it_in_numbers() -> None:
    whole = summary(KNOWN)
    card = scorecards(whole.evaluation, whole.answers, whole.evidence)[0]
    assert card.self_knowledge == auc([0.95, 0.9, 0.3], [0.2, 0.6])
    assert "AUC 0.83" in card_text(card)
    assert "n = 3 passed and 2 not" in card_text(card)
    assert any("n = 통과 3, 미통과 2" in fact for fact in model_view(whole.evaluation, card, "ko").facts)
    unbelieved = scorecards(whole.evaluation, whole.answers)[0]
    assert unbelieved.self_knowledge is None
    assert "AUC" not in card_text(unbelieved)


def test_the_details_of_an_answer_have_what_its_model_said() -> None:
    verdict = SelfVerdict(yes={"asked": 1.0}, by="word", left_out={"core": "no_verdict"})
    words = shared_texts("en").self_verdict
    view = answer_view(summary([answer(self_verdict=verdict)]), 0, "en")
    assert view.self_verdict == (
        f"{words.questions['asked']} 100 %",
        f"{words.questions['core']}: {words.left_out['no_verdict']}",
        words.by_word,
    )
    assert answer_view(summary([failure()]), 0, "en").self_verdict == ()
    assert texts_in("en").figures.titles["self_knowledge"]
