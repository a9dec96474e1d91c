"""Lets a judge vote on the pairs that people vote on, and finds which of its votes are sure enough to count.

    async with aclosing(judge_votes(source, PairJudge(judge, archive.evaluations), archive)) as steps:
        async for step in steps: ...   # JudgingStep after each pair, one Judgement at the end
    archive.judgements(source), archive.votes(source)

A judge decides a pair where its margin is at least a threshold. It is found, for each language, on pairs whose better
answer is known: from the gold set, and from people's votes on the same answers (docs/decisions/0023).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evals.analysis.ranking import gold_pairs
from evals.calibration.answers import GOLD_LANGUAGES
from evals.judge.injection import to_the_judge
from evals.judge.pairwise import LabelledPair, PairJudge, PairVerdict, Protocol
from evals.run.service import Evaluations
from evals.sessions.archive import SessionArchive
from evals.sessions.judgement import JudgedLanguage, Judgement
from evals.sessions.votes import Choice, Pair, Vote
from evals.suite.cases import Language
from llmfirst import Owner, selection

MOST_WRONG: Final = 0.1  # of what a judge decides
_GOLD_PAIRS_OF_A_CASE: Final = 3
_LABELS: Final[Mapping[Choice, int]] = {"left": 1, "right": 2}


@dataclass(frozen=True)
class JudgingStep:
    """How many pairs the judge has read."""

    read: int
    total: int


@dataclass(frozen=True)
class _Asked:
    """A pair with its answers, labelled by the majority of the people who voted on it; unlabelled it is a 1."""

    pair: Pair
    labelled: LabelledPair
    is_labelled: bool


async def judge_votes(
    source: str, judge: PairJudge, archive: SessionArchive, protocol: Protocol = "length_controlled"
) -> AsyncGenerator[JudgingStep | Judgement, None]:
    """Let a judge read all pairs of a session or an evaluation, store its votes, and yield what it may decide last.

    Raises SessionUnknown, and the same errors as `Judge.ask`; what was read is not read again.
    """
    asked, left_to_people = await asyncio.to_thread(_asked, archive, source)
    languages = {one.pair.language for one in asked}
    known = {one: _known(one) for one in GOLD_LANGUAGES if one in languages or None in languages}
    total = len(asked) + sum(map(len, known.values()))
    gold: dict[Language, list[PairVerdict]] = {language: [] for language in known}
    read = 0
    for language, pairs in known.items():
        for pair in pairs:
            gold[language].append(await judge.judge(pair, protocol))
            read += 1
            yield JudgingStep(read, total)
    found: list[tuple[_Asked, PairVerdict]] = []
    for one in asked:
        found.append((one, await judge.judge(one.labelled, protocol)))
        read += 1
        yield JudgingStep(read, total)
    licences = tuple(licence(language, gold[language], _voted(language, found)) for language in known)
    cast = [_vote(judge.key, one.pair, verdict, licences) for one, verdict in found]
    judgement = Judgement(
        judge=judge.key,
        languages=tuple(_with_counts(one, found, cast) for one in licences),
        pairs=len(cast),
        decided=sum(vote.is_sure for vote in cast),
        left_to_people=left_to_people,
        judged_at=datetime.now(UTC),
        is_self_judged=await asyncio.to_thread(judges_itself, archive, source, judge.key),
    )
    await asyncio.to_thread(_keep, archive, source, cast, judgement)
    yield judgement


async def votes_of(
    key: str, source: str, evaluations: Evaluations, owner: Owner
) -> AsyncGenerator[JudgingStep | Judgement, None]:
    """Let the judge of this name vote as `judge_votes` does, giving way to the questions of people.

    Raises EvaluationBusy while the owner has something else running, and the same errors as `Evaluations.judge`.
    """
    archive = SessionArchive(evaluations.archive).seen_by(owner)
    with evaluations.comparing(owner):
        judge = PairJudge(await evaluations.judge(key), archive.evaluations, evaluations.pace())
        async with aclosing(judge_votes(source, judge, archive)) as steps:
            async for step in steps:
                yield step


def judges_itself(archive: SessionArchive, source: str, judge: str) -> bool:
    """Return whether a judge is one of the models that answered. Blocks its thread. Raises SessionUnknown."""
    return any(model.model_key == judge for model in archive.models(source).values())


def licence(language: Language, gold: Sequence[PairVerdict], voted: Sequence[PairVerdict]) -> JudgedLanguage:
    """Return what a judge may decide in a language, by its verdicts on pairs whose better answer is known. Pure."""
    verdicts = [*gold, *voted]
    found = selection([(abs(verdict.margin), verdict.is_right) for verdict in verdicts], MOST_WRONG)
    return JudgedLanguage(
        language=language,
        gold=len(gold),
        voted=len(voted),
        right=sum(verdict.is_right for verdict in verdicts),
        threshold=None if found is None else found.threshold,
        sure=0 if found is None else found.decided,
        sure_wrong=0 if found is None else found.wrong,
    )


def is_sure(margin: float, language: Language | None, licences: Iterable[JudgedLanguage]) -> bool:
    """Return whether a margin decides; without a known language, it has to decide in every one. Pure."""
    thresholds = [one.threshold for one in licences if language in (None, one.language)]
    return bool(thresholds) and all(one is not None and abs(margin) >= one for one in thresholds)


def _known(language: Language) -> list[LabelledPair]:
    pairs = gold_pairs(language, _GOLD_PAIRS_OF_A_CASE)
    return [pair for pair in pairs if not _is_for_people(pair.output_1, pair.output_2)]


def _is_for_people(*texts: str) -> bool:
    return any(to_the_judge(text) for text in texts)


def _asked(archive: SessionArchive, source: str) -> tuple[list[_Asked], int]:
    """Return the pairs that the judge reads, and the number of those with an answer that addresses it."""
    texts, labels = archive.texts(source), _majorities(archive.votes(source))
    asked, left_to_people = [], 0
    for pair in archive.pairs(source):
        left, right = texts[pair.left], texts[pair.right]
        if _is_for_people(left, right):
            left_to_people += 1
            continue
        label = labels.get((pair.left, pair.right))
        labelled = LabelledPair(input=pair.question, output_1=left, output_2=right, label=label or 1)
        asked.append(_Asked(pair, labelled, is_labelled=label is not None))
    return asked, left_to_people


def _majorities(votes: Iterable[Vote]) -> dict[tuple[str, str], int]:
    """Return which of two whole answers more people chose, 1 or 2; nothing where as many chose the other."""
    ahead: Counter[tuple[str, str]] = Counter()
    for vote in votes:
        if vote.kind == "person" and vote.cut_seconds is None and not vote.is_early and vote.choice in _LABELS:
            step = 1 if vote.choice == "left" else -1
            ahead[vote.left, vote.right] += step
            ahead[vote.right, vote.left] -= step
    return {runs: 1 if lead > 0 else 2 for runs, lead in ahead.items() if lead}


def _voted(language: Language, found: Iterable[tuple[_Asked, PairVerdict]]) -> list[PairVerdict]:
    return [verdict for one, verdict in found if one.is_labelled and one.pair.language == language]


def _vote(judge: str, pair: Pair, verdict: PairVerdict, licences: Sequence[JudgedLanguage]) -> Vote:
    ahead: Choice = "left" if verdict.margin > 0 else "right"
    return Vote(
        voter=judge,
        kind="judge",
        question_id=pair.question_id,
        left=pair.left,
        right=pair.right,
        choice="tie" if verdict.is_tie else ahead,
        margin=verdict.margin,
        is_sure=not verdict.is_tie and is_sure(verdict.margin, pair.language, licences),
        is_blind=True,
        voted_at=datetime.now(UTC),
    )


def _with_counts(
    one: JudgedLanguage, found: Sequence[tuple[_Asked, PairVerdict]], cast: Sequence[Vote]
) -> JudgedLanguage:
    votes = [vote for (asked, _), vote in zip(found, cast, strict=True) if asked.pair.language == one.language]
    return one.model_copy(update={"pairs": len(votes), "decided": sum(vote.is_sure for vote in votes)})


def _keep(archive: SessionArchive, source: str, cast: Iterable[Vote], judgement: Judgement) -> None:
    for vote in cast:
        archive.keep_vote(source, vote)
    archive.keep_judgement(source, judgement)
