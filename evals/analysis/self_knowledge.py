"""Compares what models say of their own answers with the judge's verdicts: is self-knowledge worth anything? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evals.judge.judged_answers import JudgedAnswer
from llmfirst import Auc, Proportion, auc, proportion

_BINS: Final = 5


@dataclass(frozen=True)
class SelfRated:
    """An answer that the judge decided and about which its model gave a verdict."""

    answer: JudgedAnswer
    yes: float
    """The model's own probability that it did what was asked, 0 to 1."""
    passed: bool
    """The judge's verdict."""


@dataclass(frozen=True)
class SelfRatedBin:
    """The answers of which a model says about the same."""

    yes: float
    """The mean of what it says."""
    passed: Proportion


def self_rated(answers: Iterable[JudgedAnswer]) -> tuple[SelfRated, ...]:
    """Return the answers with both verdicts; those that the judge abstained from are not among them."""
    return tuple(
        SelfRated(answer, yes, answer.item == "passed")
        for answer in answers
        if answer.item in ("passed", "failed") and (yes := said_yes(answer)) is not None
    )


def said_yes(answer: JudgedAnswer) -> float | None:
    """Return the model's own probability that its answer does what was asked; None if it gave no verdict."""
    verdict = answer.timing.metrics.self_verdict
    return None if verdict is None else verdict.yes.get("asked")


def self_knowledge(rated: Sequence[SelfRated]) -> Auc | None:
    """Return how well a model's own probabilities tell passed answers from failed ones; 0.5 is a coin."""
    return auc([one.yes for one in rated if one.passed], [one.yes for one in rated if not one.passed])


def self_rated_bins(rated: Sequence[SelfRated]) -> tuple[SelfRatedBin, ...]:
    """Return the share of passed answers for each fifth of the model's own probability that has any."""
    fifths = [[one for one in rated if min(_BINS - 1, int(one.yes * _BINS)) == fifth] for fifth in range(_BINS)]
    return tuple(
        SelfRatedBin(
            yes=sum(one.yes for one in fifth) / len(fifth),
            passed=proportion(sum(one.passed for one in fifth), len(fifth)),
        )
        for fifth in fifths
        if fifth
    )
