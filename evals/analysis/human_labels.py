"""Computes what people's labels of answers say: verdicts without a judge, and agreement. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from evals.judge.judged_answers import JudgedAnswer, checked_verdicts
from evals.judge.questions import yes_no_key
from evals.judge.verdicts import Decided, ItemVerdict, Scored, Verdict, item_verdict, verdicts_of_items
from evals.records.opinions import Said
from evals.suite.cases import Case, Criterion
from evals.suite.checks import run_checks
from llmfirst import Kappa, Proportion, cohen_kappa, cross_table, proportion

Strength = Literal["alike", "partly", "chance", "unknown"]
"""How strong an agreement is: far beyond chance, beyond it, perhaps chance; unknown where chance says nothing."""
_ALIKE_KAPPA: Final = 0.6
"""From here on agreement is called substantial (Landis and Koch, Biometrics 33 (1977) 159)."""
LabelsByPerson = Mapping[str, Mapping[str, Said]]
"""Labels by person and then by `yes_no_key` of the claim."""


@dataclass(frozen=True)
class LabelTask:
    """One claim about one answer for a person to label."""

    case: Case
    text: str
    number: int
    """The index of the criterion whose claim this is."""

    @property
    def criterion(self) -> Criterion:
        return self.case.criteria[self.number]

    @property
    def key(self) -> str:
        """The key under which a label of this claim is stored; the same as for the judge's reading."""
        return yes_no_key(self.case.question, self.text, self.criterion.claim)


@dataclass(frozen=True)
class Labelled:
    """How many of the claims a person has labelled. It says nothing of what was said."""

    person: str
    said: int
    wanted: int


@dataclass(frozen=True)
class PersonFindings:
    """The results of one person's labels."""

    person: str
    said: int
    """How many claims the person labelled."""
    wanted: int
    """How many claims there are."""
    items: Mapping[str, Proportion]
    """Passed items out of the decided ones, by model."""


@dataclass(frozen=True)
class Agreement:
    """How far two people, or a person and the judge, agree on the claims that both decided."""

    first: str
    second: str | None
    """None for the judge."""
    same: Proportion
    """The claims that both decided in the same way."""
    kappa: Kappa | None
    """Cohen's kappa: the agreement beyond chance."""

    @property
    def strength(self) -> Strength:
        """What the lower end of kappa's interval shows."""
        if self.kappa is None:
            return "unknown"
        low = self.kappa.interval.low
        return "alike" if low >= _ALIKE_KAPPA else "partly" if low > 0 else "chance"


@dataclass(frozen=True)
class Labelling:
    """The results of all labels on an evaluation's answers, separately for each person."""

    people: tuple[PersonFindings, ...]
    agreements: tuple[Agreement, ...]


def label_tasks(results: Iterable[JudgedAnswer], seed: str = "") -> tuple[LabelTask, ...]:
    """Return the claims for people to label, grouped by answer.

    The answers come in the order of a seed, so that it does not reveal which model wrote them. An answer that is added
    later moves no other.
    """
    cases = {(result.case.id, result.attempt.text): result.case for result in results if _is_open(result)}
    ordered = sorted(cases.items(), key=lambda entry: hashlib.sha256((seed + entry[0][1]).encode()).hexdigest())
    return tuple(
        LabelTask(case, text, number)
        for (_, text), case in ordered
        for number, criterion in enumerate(case.criteria)
        if criterion.check is None
    )


def labelled(tasks: Sequence[LabelTask], labels: LabelsByPerson) -> tuple[Labelled, ...]:
    """Return how far each person is who has labelled one of these claims at least, by name."""
    counts = {person: sum(task.key in said for task in tasks) for person, said in labels.items()}
    return tuple(Labelled(person, count, len(tasks)) for person, count in sorted(counts.items()) if count)


def labelling(results: Sequence[JudgedAnswer], labels: LabelsByPerson) -> Labelling:
    """Return the results of the labels on these answers; people who decided no claim are left out."""
    tasks = label_tasks(results)
    decided = {person: _decided(tasks, said) for person, said in labels.items()}
    people = {person: decisions for person, decisions in decided.items() if decisions}
    judge = _by_judge(results)
    agreements = [_agreement(person, None, decisions, judge) for person, decisions in people.items() if judge]
    agreements += [
        _agreement(first, second, people[first], people[second]) for first, second in combinations(people, 2)
    ]
    return Labelling(
        tuple(_findings(person, labels[person], tasks, results) for person in people),
        tuple(agreement for agreement in agreements if agreement.same.total),
    )


def _is_open(result: JudgedAnswer) -> bool:
    return result.case.is_judged and result.attempt.is_answer


def _decided(tasks: Iterable[LabelTask], said: Mapping[str, Said]) -> dict[str, bool]:
    """Return whether a criterion is passed by a person's labels, by key; claims labelled `unsure` are left out."""
    labelled = ((task, said.get(task.key, "unsure")) for task in tasks)
    return {task.key: passes(task.criterion, label) for task, label in labelled if label != "unsure"}


def passes(criterion: Criterion, said: Said) -> bool:
    """Return whether a label passes a criterion; a negative criterion is passed by `no`."""
    return (said == "yes") != criterion.negative


def _by_judge(results: Iterable[JudgedAnswer]) -> dict[str, bool]:
    return {
        LabelTask(result.case, result.attempt.text, number).key: verdict.passed
        for result in results
        for number, verdict in result.verdicts.items()
        if isinstance(verdict, Scored)
    }


def _agreement(
    first: str, second: str | None, by_first: Mapping[str, bool], by_second: Mapping[str, bool]
) -> Agreement:
    pairs = [(passed, by_second[key]) for key, passed in by_first.items() if key in by_second]
    same = proportion(sum(passed == other for passed, other in pairs), len(pairs))
    return Agreement(first, second, same, cohen_kappa(cross_table(pairs)))


def _findings(
    person: str, said: Mapping[str, Said], tasks: Sequence[LabelTask], results: Sequence[JudgedAnswer]
) -> PersonFindings:
    items = {
        model: verdicts_of_items((result.case.id, human_item(result, said)) for result in of_model)
        for model, of_model in _by_model(results)
    }
    return PersonFindings(
        person=person,
        said=sum(task.key in said for task in tasks),
        wanted=len(tasks),
        items={
            model: proportion(verdicts.count("passed"), len(verdicts) - verdicts.count("abstained"))
            for model, verdicts in items.items()
        },
    )


def human_item(result: JudgedAnswer, said: Mapping[str, Said]) -> ItemVerdict | None:
    """Return whether an answer passes its item by a person's labels and the checks of form; None without labels."""
    if not result.attempt.is_answer:
        return "failed" if result.case.is_judged else None
    open_tasks = label_tasks([result])
    verdicts: dict[int, Verdict] = {
        task.number: Decided(by="person", passed=passes(task.criterion, label))
        for task in open_tasks
        if (label := said.get(task.key, "unsure")) != "unsure"
    }
    if not any(task.key in said for task in open_tasks):
        return None
    checks = run_checks(result.case.checks, result.attempt.text)
    return item_verdict(result.case, verdicts | checked_verdicts(result.case, checks), checks)


def _by_model(results: Iterable[JudgedAnswer]) -> Iterator[tuple[str, list[JudgedAnswer]]]:
    by_model: dict[str, list[JudgedAnswer]] = {}
    for result in results:
        by_model.setdefault(result.model, []).append(result)
    yield from by_model.items()
