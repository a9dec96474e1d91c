"""What people say of answers, without a judge: what is left to label, what it comes to, and who agrees. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from evals.judge.judged_answers import JudgedAnswer, checked_verdicts
from evals.judge.questions import yes_no_key
from evals.judge.verdicts import Decided, ItemVerdict, Scored, Verdict, item_verdict, verdicts_of_items
from evals.records.opinions import Said
from evals.suite.cases import Case, Criterion
from evals.suite.checks import run_checks
from llmfirst import Kappa, Proportion, cohen_kappa, cross_table, proportion

# By person, then by `reading_key` of the claim.
LabelsByPerson = Mapping[str, Mapping[str, Said]]


@dataclass(frozen=True)
class LabelTask:
    """One claim about one answer, for a person to decide."""

    case: Case
    text: str
    number: int

    @property
    def criterion(self) -> Criterion:
        return self.case.criteria[self.number]

    @property
    def key(self) -> str:
        return yes_no_key(self.case.question, self.text, self.criterion.claim)


@dataclass(frozen=True)
class PersonFindings:
    """What one person's labels come to. `said` of `wanted` claims; `items`: by model, passed of those decided."""

    person: str
    said: int
    wanted: int
    items: Mapping[str, Proportion]


@dataclass(frozen=True)
class Agreement:
    """Two who decided the same claims, None being the judge: how often the same way, and beyond chance."""

    first: str
    second: str | None
    same: Proportion
    kappa: Kappa | None


@dataclass(frozen=True)
class Labelling:
    """All that people said of an evaluation's answers; each one's labels are kept apart."""

    people: tuple[PersonFindings, ...]
    agreements: tuple[Agreement, ...]


NOBODY: Final = Labelling((), ())


def label_tasks(results: Iterable[JudgedAnswer]) -> tuple[LabelTask, ...]:
    """Return what a person can decide, all of one answer together; the order tells nothing of the models."""
    texts = {(one.case.id, one.attempt.text): one.case for one in results if _is_open(one)}
    ordered = sorted(texts, key=lambda one: hashlib.sha256(one[1].encode()).hexdigest())
    return tuple(
        LabelTask(texts[place], place[1], number)
        for place in ordered
        for number, criterion in enumerate(texts[place].criteria)
        if criterion.check is None
    )


def labelling(results: Sequence[JudgedAnswer], labels: LabelsByPerson) -> Labelling:
    """Return what the labels on these answers come to; people without one are left out."""
    wanted = label_tasks(results)
    decided = {person: _decided(wanted, said) for person, said in labels.items()}
    people = {person: found for person, found in decided.items() if found}
    judge = _by_judge(results)
    agreements = [_agreement(person, None, found, judge) for person, found in people.items() if judge]
    agreements += [_agreement(one, other, people[one], people[other]) for one, other in combinations(people, 2)]
    return Labelling(
        tuple(_findings(person, labels[person], wanted, results) for person in people),
        tuple(one for one in agreements if one.same.total),
    )


def _is_open(result: JudgedAnswer) -> bool:
    return result.case.is_judged and result.attempt.is_answer


def _decided(wanted: Iterable[LabelTask], said: Mapping[str, Said]) -> dict[str, bool]:
    """Return whether a person passes a claim, by key; what nobody was sure of is left out."""
    found = ((task, said.get(task.key, "unsure")) for task in wanted)
    return {task.key: passes(task.criterion, word) for task, word in found if word != "unsure"}


def passes(criterion: Criterion, said: Said) -> bool:
    """Tell what a word comes to: a negative criterion is passed by no."""
    return (said == "yes") != criterion.negative


def _by_judge(results: Iterable[JudgedAnswer]) -> dict[str, bool]:
    return {
        LabelTask(one.case, one.attempt.text, number).key: verdict.passed
        for one in results
        for number, verdict in one.verdicts.items()
        if isinstance(verdict, Scored)
    }


def _agreement(first: str, second: str | None, ours: Mapping[str, bool], theirs: Mapping[str, bool]) -> Agreement:
    pairs = [(passed, theirs[key]) for key, passed in ours.items() if key in theirs]
    same = proportion(sum(one == other for one, other in pairs), len(pairs))
    return Agreement(first, second, same, cohen_kappa(cross_table(pairs)))


def _findings(
    person: str, said: Mapping[str, Said], wanted: Sequence[LabelTask], results: Sequence[JudgedAnswer]
) -> PersonFindings:
    items = {
        model: verdicts_of_items((one.case.id, human_item(one, said)) for one in mine)
        for model, mine in _by_model(results)
    }
    return PersonFindings(
        person=person,
        said=sum(task.key in said for task in wanted),
        wanted=len(wanted),
        items={
            model: proportion(found.count("passed"), len(found) - found.count("abstained"))
            for model, found in items.items()
        },
    )


def human_item(result: JudgedAnswer, said: Mapping[str, Said]) -> ItemVerdict | None:
    """Return whether an answer passes its item by a person's labels and the checks of form; None without a label."""
    if not result.attempt.is_answer:
        return "failed" if result.case.is_judged else None
    open_tasks = label_tasks([result])
    verdicts: dict[int, Verdict] = {
        task.number: Decided(by="person", passed=passes(task.criterion, word))
        for task in open_tasks
        if (word := said.get(task.key, "unsure")) != "unsure"
    }
    if not any(task.key in said for task in open_tasks):
        return None
    checks = run_checks(result.case.checks, result.attempt.text)
    return item_verdict(result.case, verdicts | checked_verdicts(result.case, checks), checks)


def _by_model(results: Iterable[JudgedAnswer]) -> Iterator[tuple[str, list[JudgedAnswer]]]:
    found: dict[str, list[JudgedAnswer]] = {}
    for one in results:
        found.setdefault(one.model, []).append(one)
    yield from found.items()
