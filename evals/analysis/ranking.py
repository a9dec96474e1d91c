"""Which model of an evaluation answers better: contests between two answers to one question, and strengths from them.

A judge that chooses is tried first on pairs of gold answers, of which one is good and one is bad: the calibration says
how well it judges a claim, and nothing of how well it chooses.
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
_CHANCE: Final = 0.5


@dataclass(frozen=True)
class Meeting:
    """Two answers to one question, by the keys of their models."""

    question: str
    case_id: str
    models: tuple[str, str]
    texts: tuple[str, str]


@dataclass(frozen=True)
class Ranking:
    """Strengths in log-odds, the greatest first; none where the judge is not believed.

    `tried`: what the judge made of gold pairs. `undecided`: meetings of which it could not choose, half a win each.
    `left_out`: meetings with an answer that talks to whoever judges it; a person decides those.
    """

    tried: PairsResult
    strengths: tuple[Strength, ...]
    undecided: int
    left_out: int

    @property
    def is_believed(self) -> bool:
        """The judge finds the better gold answer more often than a coin: the lower end is above one half."""
        return may_rank(self.tried)


def may_rank(tried: PairsResult) -> bool:
    """Tell whether a judge may choose; a tie counts as not found."""
    interval = tried.accuracy.interval
    return interval is not None and interval.low > _CHANCE


def gold_pairs(language: Language) -> tuple[LabelledPair, ...]:
    """Return pairs of a good and a bad answer to the same gold question, the good one first and second in turn."""
    pairs: list[LabelledPair] = []
    for case in load_gold(language).cases:
        good = [one.text for one in case.answers if one.label == "good"]
        bad = [one.text for one in case.answers if one.label == "bad"]
        for better, worse in list(zip(good, bad, strict=False))[:_PAIRS_OF_A_CASE]:
            label = 1 + len(pairs) % 2
            first, second = (better, worse) if label == 1 else (worse, better)
            pairs.append(LabelledPair(input=case.question, output_1=first, output_2=second, label=label))
    return tuple(pairs)


def meetings(results: Sequence[JudgedAnswer]) -> tuple[tuple[Meeting, ...], int]:
    """Return whose answers to the same question meet, and how many meetings are left to a person.

    A failed answer does not meet another: what it lost is time, and that is told elsewhere.
    """
    by_trial: dict[tuple[str, int], list[JudgedAnswer]] = {}
    for one in results:
        if one.attempt.is_answer:
            by_trial.setdefault((one.case.id, one.attempt.trial.repeat), []).append(one)
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
    """Try the judge, then let it choose in every meeting; raises as `Judge.ask` does."""
    languages = {one.case.language for one in results if one.attempt.is_answer}
    known = [one for one in GOLD_LANGUAGES if one in languages or None in languages]
    pairs = [pair for language in known for pair in gold_pairs(language)]
    tried = pairs_result([verdict async for verdict in _chosen(judge, pairs, protocol, "gold pairs", say)])
    met, left_out = meetings(results)
    if not may_rank(tried):
        return Ranking(tried, (), 0, left_out)
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
