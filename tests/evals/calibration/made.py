"""Calibrations of judges whose opinions are scripted, for tests."""

from collections.abc import Callable

from evals.calibration.answers import GoldSet, load_gold
from evals.calibration.calibration import Calibration, calibration
from evals.calibration.gold_verdicts import gold_questions
from evals.judge.questions import neutral_anchor, yes_no_key
from evals.records.opinions import YesNo
from tests.evals.made import NO, YES

GOLD = load_gold("en")
# Whether a scripted judge takes a text for a good one: the item, the label, what is wrong, how many came before.
Opinion = Callable[[str, str | None, int], YesNo]


def readings(gold: GoldSet, opinion: Opinion) -> dict[str, YesNo]:
    """Return what a judge says that has this opinion of every labelled answer, and is right about the anchors."""
    said: dict[str, YesNo] = {}
    number = 0
    for case in gold.cases:
        texts = [(case.good or "", YES), (case.bad or "", NO), (neutral_anchor(case.language), NO)]
        for answer in case.answers:
            texts.append((answer.text, opinion(answer.label, answer.defect, number)))
            number += 1
        for text, claim in texts:
            for criterion in case.criteria:
                said[yes_no_key(case.question, text, criterion.claim)] = claim
    return {key: said[key] for key in (yes_no_key(*asked) for asked in gold_questions(gold))}


def found(opinion: Opinion, gold: GoldSet = GOLD) -> Calibration:
    """Return the calibration of a judge with this opinion."""
    one = calibration(gold, readings(gold, opinion))
    assert one is not None
    return one


def right(label: str, _: str | None, __: int) -> YesNo:
    """Be right about every answer."""
    return YES if label == "good" else NO
