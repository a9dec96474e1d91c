"""Texts that are no answer, before judges whose errors are known because they were scripted."""

import pytest

from evals.calibration.answers import GOLD_LANGUAGES, load_gold
from evals.calibration.canaries import canaries_passed, canary_questions
from evals.judge.questions import neutral_anchor, yes_no_key
from evals.records.opinions import YesNo
from evals.suite.cases import Language
from tests.evals.made import NO, YES


def said(language: Language, *, to_canaries: YesNo) -> dict[str, YesNo]:
    """Return what a judge says that is right about the anchors, and says one thing of all canaries."""
    case = load_gold(language).cases[0]
    opinion = {case.good: YES, case.bad: NO, neutral_anchor(case.language): NO}
    return {yes_no_key(*asked): opinion.get(asked[1], to_canaries) for asked in canary_questions([language])}


@pytest.mark.parametrize("language", GOLD_LANGUAGES)
def test_a_judge_that_passes_none_passes_none(language: Language) -> None:
    found = canaries_passed(said(language, to_canaries=NO), [language])
    assert found is not None
    assert (found.passed, found.total) == (0, 5)


@pytest.mark.parametrize("language", GOLD_LANGUAGES)
def test_a_judge_that_passes_everything_is_found_out_but_what_talks_to_it_never_passes(language: Language) -> None:
    found = canaries_passed(said(language, to_canaries=YES), [language])
    assert found is not None
    assert 0 < found.passed < found.total == 5


def test_before_anything_was_read_nothing_is_known() -> None:
    assert canaries_passed({}, GOLD_LANGUAGES) is None
