"""Ranks the models of an evaluation: the judge compares their answers in pairs, and the wins give strengths.

First the judge has to prove on pairs of gold answers, one good and one bad, that it can compare. Its calibration does
not show this: it measures how well the judge decides single claims.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from evals.calibration.answers import GOLD_LANGUAGES, load_gold
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.pairwise import LabelledPair, PairJudge, PairsResult, PairVerdict, Protocol, pairs_result
from evals.suite.cases import Language
from llmfirst import Contest, Strength, bradley_terry, generator

_SEED: Final = 1
_PAIRS_OF_A_CASE: Final = 2
_CHANCE: Final = 0.5  # the accuracy of a coin


@dataclass(frozen=True)
class Meeting:
    """Two answers to one question that the judge compares."""

    question: str
    case_id: str
    models: tuple[str, str]
    """The keys of the models that answered."""
    texts: tuple[str, str]


@dataclass(frozen=True)
class Ranking:
    """The strengths of the models of an evaluation."""

    tried: PairsResult
    """How the judge compared the gold pairs."""
    strengths: tuple[Strength, ...]
    """In log-odds, strongest first; empty if the judge may not rank."""
    undecided: int
    """The number of ties; each counts as half a win for both."""
    left_out: int
    """The number of meetings that a person has to decide, because an answer addresses the judge."""

    @property
    def is_believed(self) -> bool:
        """Whether the judge may rank."""
        return may_rank(self.tried)


def may_rank(tried: PairsResult) -> bool:
    """Return whether a judge is better than a coin: the lower end of its accuracy's interval is above one half."""
    interval = tried.accuracy.interval
    return interval is not None and interval.low > _CHANCE


def gold_pairs(language: Language, pairs_of_a_case: int = _PAIRS_OF_A_CASE) -> tuple[LabelledPair, ...]:
    """Return pairs of a good and a bad answer to one gold question; the good answer is first in every other pair."""
    pairs: list[LabelledPair] = []
    for case in load_gold(language).cases:
        good = [answer.text for answer in case.answers if answer.label == "good"]
        bad = [answer.text for answer in case.answers if answer.label == "bad"]
        for better, worse in list(zip(good, bad, strict=False))[:pairs_of_a_case]:
            label = 1 + len(pairs) % 2
            first, second = (better, worse) if label == 1 else (worse, better)
            pairs.append(LabelledPair(input=case.question, output_1=first, output_2=second, label=label))
    return tuple(pairs)


def meetings(results: Sequence[JudgedAnswer]) -> tuple[tuple[Meeting, ...], int]:
    """Return all meetings of answers to the same question, and the number of those left to a person.

    Failed answers are left out: the scorecard reports failures.
    """
    by_trial: dict[tuple[str, int], list[JudgedAnswer]] = {}
    for result in results:
        if result.attempt.is_answer:
            by_trial.setdefault((result.case.id, result.attempt.trial.repeat), []).append(result)
    found, left_out = [], 0
    for (case_id, _), answers in by_trial.items():
        for first, second in combinations(answers, 2):
            if first.to_the_judge or second.to_the_judge:
                left_out += 1
                continue
            models = (first.model, second.model)
            texts = (first.attempt.text, second.attempt.text)
            found.append(Meeting(first.case.question, case_id, models, texts))
    return tuple(found), left_out


async def ranked(
    judge: PairJudge, results: Sequence[JudgedAnswer], protocol: Protocol, say: Callable[[str], None]
) -> Ranking:
    """Test the judge on gold pairs, then let it decide every meeting. `say` gets the progress as text.

    Raises the same errors as `Judge.ask`.
    """
    languages = {result.case.language for result in results if result.attempt.is_answer}
    gold_languages = [language for language in GOLD_LANGUAGES if language in languages or None in languages]
    pairs = [pair for language in gold_languages for pair in gold_pairs(language)]
    tried = pairs_result([verdict async for verdict in _chosen(judge, pairs, protocol, "gold pairs", say)])
    met, left_out = meetings(results)
    if not may_rank(tried):
        return Ranking(tried, (), 0, left_out)
    # The label has no meaning here; only the margin and the tie are used.
    unlabelled = [LabelledPair(input=m.question, output_1=m.texts[0], output_2=m.texts[1], label=1) for m in met]
    verdicts = [verdict async for verdict in _chosen(judge, unlabelled, protocol, "pairs of answers", say)]
    contests = [
        Contest(*meeting.models, verdict.worth, meeting.case_id) for meeting, verdict in zip(met, verdicts, strict=True)
    ]
    undecided = sum(verdict.is_tie for verdict in verdicts)
    return Ranking(tried, bradley_terry(contests, generator(_SEED)), undecided, left_out)


async def _chosen(
    judge: PairJudge, pairs: Sequence[LabelledPair], protocol: Protocol, name: str, say: Callable[[str], None]
) -> AsyncIterator[PairVerdict]:
    for number, pair in enumerate(pairs):
        say(f"{number}/{len(pairs)} {name}")
        yield await judge.judge(pair, protocol)
