"""The bar was chosen on answers on which no judge is calibrated (docs/decisions/0024)."""

from evals.calibration.answers import TUNING, gold_in, load_gold
from evals.calibration.calibration import calibration
from evals.calibration.gold_verdicts import gold_questions
from evals.calibration.shipped import ShippedReadings
from evals.judge.questions import yes_no_key
from evals.records.opinions import YesNo

TUNED = gold_in(TUNING / "en.yaml", "en")


def test_no_question_and_no_answer_is_in_both_sets() -> None:
    held_out = load_gold("en")
    assert not {case.question for case in TUNED.cases} & {case.question for case in held_out.cases}
    assert not {one.text for case in TUNED.cases for one in case.answers} & {
        one.text for case in held_out.cases for one in case.answers
    }


def test_what_the_bar_was_chosen_on_gives_the_figures_of_the_decision() -> None:
    shipped = ShippedReadings.model_validate_json((TUNING / "qwen2.5-coder-1.5b-en.json").read_text(encoding="utf-8"))
    assert shipped.gold_sha256 == TUNED.sha256
    pairs = zip(gold_questions(TUNED), shipped.readings, strict=True)
    found = calibration(TUNED, {yes_no_key(*question): YesNo(yes=yes, no=no) for question, (yes, no) in pairs})
    assert found is not None
    table = found.confusion
    assert (table.true_yes, table.false_no, table.true_no, table.false_yes, found.decided) == (40, 5, 54, 3, 102)
