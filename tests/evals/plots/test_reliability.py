"""The figure of the judge: its ROC on known answers, and the point at which it is used."""

import pytest

from evals.calibration.answers import load_gold
from evals.calibration.calibration import Calibration
from evals.plots.reliability import reliability_figure
from evals.plots.theme import Look
from evals.suite.cases import Language
from evals.texts import texts_in
from tests.evals.calibration.made import found, right
from tests.evals.made import NO, YES

LOOK = Look("en", {})


def calibrated(*languages: Language) -> dict[Language, Calibration]:
    return {language: found(right, load_gold(language)) for language in languages}


def test_a_judge_that_is_right_goes_through_the_corner_and_is_used_there() -> None:
    _, curve, mark = reliability_figure(calibrated("en"), LOOK).figure.data
    assert (0.0, 1.0) in list(zip(curve.x, curve.y, strict=True))
    assert (list(mark.x), list(mark.y)) == ([0.0], [1.0])
    assert mark.error_x.array[0] > 0
    entry, chance = reliability_figure(calibrated("en"), LOOK).legend
    assert (entry.name, *entry.lines) == (
        "English",
        "AUC 1.00",
        "of those decided, passed: 72/72 good and 0/72 bad ones",
    )
    assert chance.name == "chance"


def test_each_language_has_a_curve_and_a_mark_of_its_own() -> None:
    drawing = reliability_figure(calibrated("ko", "en"), LOOK)
    assert len(drawing.figure.data) == 5
    assert [entry.name for entry in drawing.legend] == ["Korean", "English", "chance"]


def test_a_judge_that_passes_what_is_wrong_is_marked_with_how_much() -> None:
    one = found(lambda label, defect, number: YES if label == "good" or defect == "fluent_wrong" else NO)
    mark = reliability_figure({"en": one}, LOOK).figure.data[-1]
    assert mark.x[0] == pytest.approx(one.confusion.false_yes / (one.confusion.false_yes + one.confusion.true_no))
    assert mark.x[0] > 0


def test_without_a_calibration_it_says_so_and_draws_nothing() -> None:
    figure = reliability_figure({}, LOOK).figure
    assert not figure.data
    assert figure.layout.annotations[0].text == texts_in("en").figures.empty["reliability"]
