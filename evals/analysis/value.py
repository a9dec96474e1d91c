"""Computes what answers are worth to a reader who stops at a moment, and which model is ahead then. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from evals.analysis.items import items_of
from evals.analysis.trust import JudgeEvidence, Quality, quality_of
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import Unscored
from evals.records.evaluation import Evaluation
from llmfirst import CorrectedRate, holm, mcnemar

Stood = Mapping[float | None, Sequence[JudgedAnswer]]
"""The answers of all models as they stood at each moment, in the order of time; None: at their end."""
_LEVEL: Final = 0.05  # the chance that any lead is told where there is none


@dataclass(frozen=True)
class ModelAt:
    """The answers of one model as they stood at a moment. Answers without text count as not passed."""

    model: str
    quality: Quality
    answers: int
    empty: int
    """Answers of which no text was there; the judge is not asked about them."""
    ended: int
    """Answers that had ended, so that they stood as at their end."""
    unread: int
    """Texts that the judge has not read in whole yet."""

    @property
    def rate(self) -> CorrectedRate | None:
        """The quality; None as long as the judge reads, and if it cannot be trusted."""
        return None if self.unread else self.quality.rate


@dataclass(frozen=True)
class Paired:
    """The paired test of two models at a moment or, with one model, of a moment and the end."""

    first: str
    second: str | None
    """None: the same model at the end."""
    only_first: int
    """The items that only the first passed."""
    only_second: int
    p: float
    """The p value of McNemar's exact test, adjusted by Holm for all tests of all moments."""

    @property
    def is_told(self) -> bool:
        """Whether one of the two is ahead."""
        return self.p <= _LEVEL

    def is_won_by(self, model: str) -> bool:
        more = self.only_first > self.only_second
        return self.is_told and (self.first if more else self.second) == model


@dataclass(frozen=True)
class ValueAt:
    """All models at one moment."""

    seconds: float | None
    """Since the click; None: at the end of each answer."""
    models: tuple[ModelAt, ...]
    tests: tuple[Paired, ...]
    """Empty if not every model has a rate, or if every answer had ended: then the end has the tests."""

    @property
    def has_all_ended(self) -> bool:
        return self.seconds is not None and all(one.ended == one.answers for one in self.models)

    @property
    def ahead(self) -> str | None:
        """The model that is ahead of every other; None if that cannot be told."""
        names = [one.model for one in self.models]
        return next((name for name in names if len(names) > 1 and self._beats_all(name)), None)

    def _beats_all(self, model: str) -> bool:
        own = [test for test in self.tests if model in (test.first, test.second)]
        return len(own) == len(self.models) - 1 and all(test.is_won_by(model) for test in own)


def value_of(evaluation: Evaluation, stood: Stood, known: JudgeEvidence) -> tuple[ValueAt, ...]:
    """Return what the answers are worth at each moment, by the same rules as the quality of whole answers."""
    has_judge = evaluation.judge is not None
    models = [model.key for model in evaluation.models]
    found = tuple(
        ValueAt(seconds, tuple(_model_at(model, seconds, answers, known, has_judge=has_judge) for model in models), ())
        for seconds, answers in stood.items()
    )
    tested = {one.seconds: stood[one.seconds] for one in found if _is_tested(one)}
    tests = paired_tests({seconds: _decided(answers, models) for seconds, answers in tested.items()})
    return tuple(replace(one, tests=tests.get(one.seconds, ())) for one in found)


def paired_tests(
    decided: Mapping[float | None, Mapping[str, Mapping[str, bool]]],
) -> dict[float | None, tuple[Paired, ...]]:
    """Test each two models at each moment or, if there is one, each moment against the end.

    `decided` says for each moment and model which items passed; an item that either has not decided is left out. Holm's
    method keeps the chance of any wrong lead at 5 % over all moments and models together.
    """
    raw = [(seconds, test) for seconds, models in decided.items() for test in _pairs(seconds, models, decided)]
    adjusted = holm([test.p for _, test in raw])
    tests: dict[float | None, tuple[Paired, ...]] = {}
    for (seconds, test), p in zip(raw, adjusted, strict=True):
        tests[seconds] = (*tests.get(seconds, ()), replace(test, p=p))
    return tests


def _pairs(
    seconds: float | None,
    models: Mapping[str, Mapping[str, bool]],
    decided: Mapping[float | None, Mapping[str, Mapping[str, bool]]],
) -> Iterator[Paired]:
    for first, second in combinations(models, 2):
        yield _paired(first, second, models[first], models[second])
    if len(models) == 1 and seconds is not None and None in decided:
        (model,) = models
        yield _paired(model, None, models[model], decided[None][model])


def _paired(first: str, second: str | None, by_first: Mapping[str, bool], by_second: Mapping[str, bool]) -> Paired:
    both = by_first.keys() & by_second.keys()
    only_first = sum(by_first[item] and not by_second[item] for item in both)
    only_second = sum(by_second[item] and not by_first[item] for item in both)
    p = mcnemar(only_first, only_second)
    return Paired(first, second, only_first, only_second, 1.0 if p is None else p)


def _is_tested(one: ValueAt) -> bool:
    return not one.has_all_ended and all(model.rate is not None for model in one.models)


def _model_at(
    model: str, seconds: float | None, answers: Iterable[JudgedAnswer], known: JudgeEvidence, *, has_judge: bool
) -> ModelAt:
    own = [answer for answer in answers if answer.model == model]
    judged = [answer for answer in own if answer.case.is_judged]
    return ModelAt(
        model=model,
        quality=quality_of(own, known, has_judge=has_judge),
        answers=len(judged),
        empty=sum(not answer.attempt.is_answer for answer in judged),
        ended=sum(seconds not in answer.attempt.shown for answer in judged),
        unread=sum(_is_unread(answer) for answer in judged) if has_judge else 0,
    )


def _is_unread(answer: JudgedAnswer) -> bool:
    """Return whether the judge has yet to read a statement about this text."""
    return any(isinstance(verdict, Unscored) and verdict.cause == "not_reached" for verdict in answer.verdicts.values())


def _decided(answers: Iterable[JudgedAnswer], models: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Return by model which of its decided items passed."""
    by_model: dict[str, list[JudgedAnswer]] = {model: [] for model in models}
    for answer in answers:
        by_model[answer.model].append(answer)
    return {
        model: {item.case_id: item.verdict == "passed" for item in items_of(own) if item.verdict != "abstained"}
        for model, own in by_model.items()
    }
