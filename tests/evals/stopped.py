"""A stored evaluation in which one model is ahead early and the other at the end, by a judge that is believed."""

from typing import Final

from evals.calibration.answers import load_gold
from evals.judge.questions import questions_to_judge, yes_no_key
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.moments import MOMENTS, AskedMoments
from tests.evals.calibration.made import readings, right
from tests.evals.made import JUDGE, NO, OTHER, TARGET, YES, ask, case, evaluation, slowed, told

ITEMS: Final = 24
EVALUATION: Final = evaluation(*(case(number) for number in range(ITEMS)), evaluation_id="cafe", models=(TARGET, OTHER))
_SPEEDS: Final = {TARGET.key: 4.0, OTHER.key: 13.0}
_GOOD: Final = {TARGET.key: 16, OTHER.key: 23}


def keep_stopped(archive: Archive, *, has_moments: bool = True, of: Evaluation = EVALUATION) -> None:
    """Keep 24 answers of each model: those of the first have text from 9 s on, those of the second from 30 s on."""
    archive.add(of)
    numbers = {item.id: number for number, item in enumerate(of.suite.cases)}
    for number, one in enumerate(of.trials()):
        run_id, question = f"{of.evaluation_id}{number:04x}", of.case(one.case_id).question
        is_good = numbers[one.case_id] < _GOOD[one.model]
        word = "right" if is_good else "wrong"
        replies = ("A plan.", f"{word} core {number}.", f"{word} details.", "The end.")
        archive.keep_ask(of.evaluation_id, ask(run_id, one))
        archive.store.append(run_id, 0, slowed(told(run_id, question, replies=replies), _SPEEDS[one.model]))
    judge = of.judge or JUDGE
    for key, said in readings(load_gold("en"), right).items() if judge == JUDGE else ():
        archive.keep_reading(judge, key, said)
    if has_moments:
        archive.ask_moments(of.evaluation_id, AskedMoments(seconds=MOMENTS))
    for asked in questions_to_judge(of, archive.attempts(of.evaluation_id), MOMENTS if has_moments else ()):
        is_yes = asked.text == "a good answer" or asked.text.startswith(("rig", "right"))
        archive.keep_reading(judge, yes_no_key(*asked), YES if is_yes else NO)
