"""The gold set that is shipped: enough of everything, and nothing in it that contradicts its label."""

from collections import Counter
from typing import get_args

import pytest
from pydantic import ValidationError

from evals.calibration.answers import GOLD_LANGUAGES, Defect, GoldAnswer, load_gold
from evals.suite.cases import Language, load_suite
from evals.suite.checks import run_checks

# What a check of form sees; all other bad answers have to be found out by the judge.
BY_FORM = ("wrong_language", "too_long")


@pytest.mark.parametrize("language", GOLD_LANGUAGES)
def test_there_are_sixty_good_and_sixty_bad_answers_and_every_kind_of_defect(language: Language) -> None:
    answers = [answer for case in load_gold(language).cases for answer in case.answers]
    labels, defects = Counter(one.label for one in answers), Counter(one.defect for one in answers if one.defect)
    assert labels["good"] >= 60
    assert labels["bad"] >= 60
    assert {defect for defect, count in defects.items() if count >= 6} == set(get_args(Defect))
    assert len({one.text for one in answers}) == len(answers)


@pytest.mark.parametrize("language", GOLD_LANGUAGES)
def test_checks_of_form_pass_what_is_good_and_stop_what_is_bad_by_form(language: Language) -> None:
    for case in load_gold(language).cases:
        texts = [("good", None, case.good or ""), *((one.label, one.defect, one.text) for one in case.answers)]
        for label, defect, text in texts:
            is_passed = all(check.passed for check in run_checks(case.checks, text))
            if label == "good" or defect in BY_FORM:
                assert is_passed == (label == "good"), (case.id, text)


@pytest.mark.parametrize("language", GOLD_LANGUAGES)
def test_every_item_has_critical_criteria(language: Language) -> None:
    for case in load_gold(language).cases:
        assert case.is_judged
        assert sum(one.critical for one in case.criteria) >= 2


@pytest.mark.parametrize("language", GOLD_LANGUAGES)
def test_no_question_of_it_is_one_of_a_suite(language: Language) -> None:
    asked = {case.question for case in load_suite(language).cases}
    assert not asked & {case.question for case in load_gold(language).cases}


def test_a_label_and_its_defect_belong_together() -> None:
    for label, defect in (("good", "empty"), ("bad", None)):
        with pytest.raises(ValidationError, match="must name its defect"):
            GoldAnswer.model_validate({"label": label, "text": "x", "defect": defect})


def test_the_hash_is_of_all_that_a_figure_is_made_of() -> None:
    gold = load_gold("en")
    case = gold.cases[0]
    other = case.model_copy(update={"answers": case.answers[1:]})
    assert gold.model_copy(update={"cases": (other, *gold.cases[1:])}).sha256 != gold.sha256
    assert load_gold("en").sha256 == gold.sha256 != load_gold("ko").sha256
