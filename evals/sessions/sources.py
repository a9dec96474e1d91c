"""Collects votes, times and models from sessions and evaluations. Nothing is asked for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal

from evals.analysis.summary import Summary, summary_of
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict
from evals.records.archive import EvaluationUnreadable
from evals.records.attempts import Attempt
from evals.records.evaluation import EvaluatedModel, Evaluation
from evals.records.timing import Timing
from evals.sessions.archive import SessionArchive
from evals.sessions.judgement import Judgement
from evals.sessions.session import Session
from evals.sessions.times import EntrantTimes, entrant_times
from evals.sessions.votes import Battle, Choice, Pair, Vote
from llmfirst import LlmfirstError

Kind = Literal["session", "evaluation"]


@dataclass(frozen=True)
class Source:
    """A session or an evaluation with all that its standings are made from."""

    source_id: str
    kind: Kind
    title: str
    created_at: datetime
    battles: tuple[Battle, ...]
    timings: Mapping[str, tuple[Timing | None, ...]]
    """The answers of each entrant; None for one that failed."""
    models: Mapping[str, EvaluatedModel]
    """The model of each entrant."""
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class Field:
    """Everybody who competes in some sources."""

    battles: tuple[Battle, ...]
    models: Mapping[str, EvaluatedModel]
    times: Mapping[str, EntrantTimes]
    judgements: tuple[Judgement, ...]


def source_of(archive: SessionArchive, source_id: str) -> Source:
    """Return a session or an evaluation. Raises SessionUnknown, SessionUnreadable and EvaluationUnreadable."""
    if archive.evaluations.has(source_id):
        return of_evaluation(archive, archive.evaluations.load(source_id))
    return of_session(archive, archive.load(source_id))


def of_session(archive: SessionArchive, session: Session) -> Source:
    hidden = archive.hidden(session)  # by its times, an answer that was seen being written could be found
    attempts = [one for one in archive.attempts(session.session_id) if one.trial.case_id not in hidden]
    return Source(
        source_id=session.session_id,
        kind="session",
        title=session.title,
        created_at=session.created_at,
        battles=archive.battles(session.session_id),
        timings=_timings([entrant.key for entrant in session.entrants], attempts),
        models={entrant.key: entrant.model for entrant in session.entrants},
        judgements=archive.judgements(session.session_id),
    )


def of_evaluation(archive: SessionArchive, evaluation: Evaluation) -> Source:
    """Return an evaluation; the judge's stored verdicts on its answers count as votes where no vote is stored."""
    summary = summary_of(archive.evaluations, evaluation)
    voted = archive.battles(evaluation.evaluation_id)
    by_judge = {
        frozenset((one.vote.left, one.vote.right)) for one in voted if one.vote.kind == "judge" and one.vote.is_sure
    }
    implied = (one for one in implied_battles(summary) if frozenset((one.vote.left, one.vote.right)) not in by_judge)
    keys = [model.key for model in evaluation.models]
    return Source(
        source_id=evaluation.evaluation_id,
        kind="evaluation",
        title=evaluation.suite.title,
        created_at=evaluation.created_at,
        battles=(*voted, *implied),
        timings=_timings(keys, [answer.attempt for answer in summary.answers]),
        models={model.key: model for model in evaluation.models},
        judgements=archive.judgements(evaluation.evaluation_id),
    )


def all_sources(archive: SessionArchive) -> tuple[tuple[Source, ...], tuple[LlmfirstError, ...]]:
    """Return every session and evaluation that the owner may see, newest first, and why others cannot be read."""
    found: list[Source] = []
    unreadable: list[LlmfirstError] = []
    for session in archive.listed():
        if isinstance(session, Session):
            found.append(of_session(archive, session))
        else:
            unreadable.append(session)
    for evaluation in archive.evaluations.listed():
        if isinstance(evaluation, EvaluationUnreadable):
            unreadable.append(evaluation)
        else:
            found.append(of_evaluation(archive, evaluation))
    return tuple(sorted(found, key=lambda one: one.created_at, reverse=True)), tuple(unreadable)


def field_of(sources: Sequence[Source]) -> Field:
    """Return everybody who competes in these sources, newest first, with all their votes and times."""
    models: dict[str, EvaluatedModel] = {}
    timings: dict[str, list[Timing | None]] = {}
    for source in sources:
        models = {**source.models, **models}
        for key, times in source.timings.items():
            timings.setdefault(key, []).extend(times)
    return Field(
        battles=tuple(battle for source in sources for battle in source.battles),
        models=models,
        times={key: entrant_times(times) for key, times in timings.items()},
        judgements=tuple(judgement for source in sources for judgement in source.judgements),
    )


def implied_battles(summary: Summary) -> Iterator[Battle]:
    """Yield what a believed judge's verdicts on two answers to one question say: one passes its item, or both, or none.

    An answer on which the judge abstained is in no battle.
    """
    judge = summary.evaluation.judge
    answers: dict[tuple[str, int], list[JudgedAnswer]] = {}
    for answer in summary.believed if judge is not None else ():
        if answer.item in ("passed", "failed") and answer.attempt.is_answer:
            answers.setdefault((answer.case.id, answer.attempt.trial.repeat), []).append(answer)
    for to_one in answers.values():
        for first, second in combinations(to_one, 2):
            assert judge is not None, "without a judge no answer has a verdict"
            yield _implied(summary.evaluation, judge.key, first, second)


def _implied(evaluation: Evaluation, judge: str, first: JudgedAnswer, second: JudgedAnswer) -> Battle:
    # No side was seen. They change with the runs, so that none wins by its place in the evaluation.
    left, right = sorted((first, second), key=lambda answer: answer.attempt.run_id)
    case = left.case
    pair = Pair(
        source=evaluation.evaluation_id,
        question_id=case.id,
        question=case.question,
        language=case.language,
        category=case.category,
        left=left.attempt.run_id,
        right=right.attempt.run_id,
        entrants=(left.model, right.model),
    )
    vote = Vote(
        voter=judge,
        kind="judge",
        question_id=case.id,
        left=pair.left,
        right=pair.right,
        choice=_choice(left.item, right.item),
        is_blind=True,
        voted_at=max(left.attempt.asked_at, right.attempt.asked_at),
    )
    return Battle(pair, vote)


def _choice(left: ItemVerdict | None, right: ItemVerdict | None) -> Choice:
    if left == right:
        return "tie" if left == "passed" else "both_bad"
    return "left" if left == "passed" else "right"


def _timings(keys: Sequence[str], attempts: Sequence[Attempt]) -> dict[str, tuple[Timing | None, ...]]:
    return {
        key: tuple(attempt.timing if attempt.is_answer else None for attempt in attempts if attempt.trial.model == key)
        for key in keys
    }
