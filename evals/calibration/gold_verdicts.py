"""What a judge's readings of the gold set come to: one verdict on each of its answers. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evals.calibration.answers import Defect, GoldCase, GoldSet, Label
from evals.judge.judged_answers import item_verdict_of, verdicts_of
from evals.judge.questions import JudgeQuestion, questions_about, yes_no_key
from evals.judge.verdicts import BAR, Decided, ItemVerdict, Scored, Unscored, Verdict, item_verdict
from evals.records.opinions import YesNo
from evals.suite.cases import Case


@dataclass(frozen=True)
class GoldVerdict:
    """The verdict on one gold answer."""

    case_id: str
    label: Label
    defect: Defect | None
    verdict: ItemVerdict
    """The verdict that an evaluation would give."""

    by_judge: ItemVerdict
    """The verdict of the judge alone, without checks of form and without flags for text that addresses the judge."""

    score: float | None
    """The lowest score among the critical criteria: 1 at the good anchor, -1 at the bad one, 0 halfway.

    None if no critical criterion was decided or nearly decided.
    """

    characters: int
    """The length of the answer."""


def gold_questions(gold: GoldSet) -> list[JudgeQuestion]:
    """Return all questions to a judge about a gold set: for each case its anchors, then its answers."""
    return [question for case in gold.cases for question in case_questions(case)]


def case_questions(case: GoldCase) -> list[JudgeQuestion]:
    """Return the questions to a judge about one case of a gold set."""
    return list(questions_about(case, [answer.text for answer in case.answers]))


def cases_read(gold: GoldSet, readings: Mapping[str, object]) -> int:
    """Return how many cases a judge has read, from the first one on without a gap."""
    for number, case in enumerate(gold.cases):
        if any(yes_no_key(*question) not in readings for question in case_questions(case)):
            return number
    return len(gold.cases)


def gold_verdicts(gold: GoldSet, readings: Mapping[str, YesNo]) -> Iterable[GoldVerdict]:
    """Yield the verdict on each gold answer; all readings must be there."""
    for gold_case in gold.cases:
        case = gold_case.case
        for answer in gold_case.answers:
            verdicts = verdicts_of(case, answer.text, readings)
            yield GoldVerdict(
                case_id=case.id,
                label=answer.label,
                defect=answer.defect,
                verdict=item_verdict_of(case, answer.text, verdicts),
                by_judge=item_verdict(case, _without_code(verdicts)),
                score=_score(case, verdicts),
                characters=len(answer.text),
            )


def _without_code(verdicts: Mapping[int, Verdict]) -> dict[int, Verdict]:
    """Return the verdicts as if every check of form had passed."""
    return {
        number: verdict.model_copy(update={"passed": True}) if isinstance(verdict, Decided) else verdict
        for number, verdict in verdicts.items()
    }


def _score(case: Case, verdicts: Mapping[int, Verdict]) -> float | None:
    critical = [verdicts[number] for number, criterion in enumerate(case.criteria) if criterion.critical]
    return min((margin for verdict in critical if (margin := _margin(verdict)) is not None), default=None)


def _margin(verdict: Verdict) -> float | None:
    match verdict:
        case Scored(score=score, good_anchor=high, bad_anchor=low):
            return (2 * score - high - low) / (high - low)
        case Unscored(cause="too_close"):
            return 2 * BAR - 1
        case _:
            return None
