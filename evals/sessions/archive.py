"""Stores and loads sessions: their questions, answers and votes, and the votes on the answers of evaluations.

    archive = SessionArchive(Archive(documents, store)).seen_by(owner)
    archive.add(session), .load(id), .listed(), .rename(id, title), .delete(id)
    archive.keep_question(id, question), .questions(id)
    archive.keep_ask(id, ask), .asks(id), .attempts(id)
    archive.keep_vote(source, vote), .take_back(source, vote), .votes(source)
    archive.pairs(source), .battles(source), .models(source), .texts(source)
    archive.keep_judgement(source, judgement), .judgements(source)

A source is a session or an evaluation, by its id.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, TypeVar

from pydantic import ValidationError

from evals.records.archive import Archive, first_problem, readable
from evals.records.attempts import Ask, Attempt
from evals.records.evaluation import EvaluatedModel, Stored, Trial
from evals.sessions.blind import hidden_owner
from evals.sessions.judgement import Judgement
from evals.sessions.session import Session, SessionAsk, SessionQuestion, suite_questions
from evals.sessions.votes import Battle, Pair, Vote, drawn_sides
from llmfirst import LOCAL, AnswerEvent, DocumentStore, LlmfirstError, Owner, RunUnknown, may_see

Body = TypeVar("Body", bound=Stored)
_SESSIONS: Final = "sessions"
_OWNERS: Final = "session-owners"


class SessionUnknown(LlmfirstError):
    """There is no session or evaluation with this id, or the owner may not see it."""


class SessionUnreadable(LlmfirstError):
    """A session is stored, but not as this version can read it; it stays in the store as it is."""

    def __init__(self, session_id: str, error: ValidationError) -> None:
        self.session_id = session_id
        super().__init__(
            f"The session {session_id} cannot be shown ({first_problem(error)}). It stays in the store as it is: "
            "choose another one, or update llmfirst if a newer version stored it."
        )


@dataclass(frozen=True)
class _Source:
    """Who was asked what in a session or an evaluation."""

    questions: dict[str, SessionQuestion]
    runs: dict[str, tuple[str, str]]
    """The id of the question and the key of the entrant, by run."""

    def is_pair(self, left: str, right: str) -> bool:
        """Return whether these are two answers to one question."""
        question_ids = {self.runs[run_id][0] if run_id in self.runs else None for run_id in (left, right)}
        return len(question_ids) == 1 and question_ids <= self.questions.keys()


@dataclass(frozen=True)
class SessionArchive:
    """Reads and writes sessions for the owner of an archive of evaluations. Every method blocks its thread."""

    evaluations: Archive

    @property
    def owner(self) -> Owner | None:
        """The owner whose sessions are visible; all others seem not to exist. None sees every session."""
        return self.evaluations.owner

    def seen_by(self, owner: Owner) -> "SessionArchive":
        """Return this archive restricted to what `owner` may see."""
        return replace(self, evaluations=self.evaluations.seen_by(owner))

    def beside(self, source: str) -> "SessionArchive":
        """Return this archive restricted to what the owner of a session or an evaluation may see."""
        return self.seen_by(
            self.evaluations.owner_of(source) if self.evaluations.has(source) else self.owner_of(source)
        )

    def owner_of(self, session_id: str) -> Owner:
        """Return the owner of a session; LOCAL if none was stored."""
        return self._documents.get(_OWNERS, session_id) or LOCAL

    def add(self, session: Session) -> None:
        """Store a session durably, before anything is asked."""
        writes_as = self.evaluations.writes_as
        if writes_as != LOCAL:
            self._documents.put(_OWNERS, session.session_id, writes_as)
        self._put(_SESSIONS, session.session_id, session)

    def load(self, session_id: str) -> Session:
        """Return a session. Raises SessionUnknown and SessionUnreadable."""
        try:
            return Session.model_validate_json(self._body(session_id))
        except ValidationError as error:
            raise SessionUnreadable(session_id, error) from error

    def has(self, session_id: str) -> bool:
        """Return whether there is a session with this id that the owner may see."""
        return self._documents.get(_SESSIONS, session_id) is not None and may_see(self.owner_of(session_id), self.owner)

    def listed(self) -> tuple[Session | SessionUnreadable, ...]:
        """Return every session that the owner may see, newest first, or why it cannot be read."""
        bodies = self._documents.all(_SESSIONS)
        owners = self._documents.all(_OWNERS)  # read second, because `add` writes the owner first
        listed: list[Session | SessionUnreadable] = []
        for session_id, body in bodies.items():
            if not may_see(owners.get(session_id, LOCAL), self.owner):
                continue
            try:
                listed.append(Session.model_validate_json(body))
            except ValidationError as error:
                listed.append(SessionUnreadable(session_id, error))
        return tuple(reversed(listed))

    def all(self) -> tuple[Session, ...]:
        """Return every session that the owner may see and that can be read, newest first."""
        return tuple(one for one in self.listed() if isinstance(one, Session))

    def rename(self, session_id: str, title: str) -> Session:
        """Give a session another title. Raises SessionUnknown, SessionUnreadable and ValidationError."""
        session = Session.model_validate({**self.load(session_id).model_dump(), "title": title})
        self._put(_SESSIONS, session_id, session)
        return session

    def delete(self, session_id: str) -> None:
        """Delete a session with its questions and votes; the answers stay in the history. Raises SessionUnknown."""
        for question in self.questions(session_id):  # also those that nobody voted on
            self.unveil(session_id, question.question_id)
        self._documents.remove(_SESSIONS, session_id)
        self._documents.remove_all(
            [of(session_id) for of in (_questions, _asks, _votes, _judgements, _told, _unveiled)]
        )
        self._documents.remove(_OWNERS, session_id)  # last: without it, the rest would be everybody's

    def forget_votes(self, source: str) -> None:
        """Delete the votes on the answers of an evaluation, with what was told and judged."""
        self._documents.remove_all([of(source) for of in (_votes, _judgements, _told)])

    def keep_question(self, session_id: str, question: SessionQuestion) -> None:
        """Store a question. Raises SessionUnknown."""
        self._body(session_id)
        self._put(_questions(session_id), question.question_id, question)

    def questions(self, session_id: str) -> tuple[SessionQuestion, ...]:
        """Return the questions in the order in which they were stored. Raises SessionUnknown."""
        return tuple(self._all(SessionQuestion, session_id, _questions(session_id)).values())

    def keep_ask(self, session_id: str, ask: SessionAsk) -> None:
        """Store that an entrant is asked, before its run starts. Raises SessionUnknown."""
        self._body(session_id)
        self._put(_asks(session_id), ask.run_id, ask)

    def asks(self, session_id: str) -> tuple[SessionAsk, ...]:
        """Return who was asked what, in order. Raises SessionUnknown."""
        return tuple(self._all(SessionAsk, session_id, _asks(session_id)).values())

    def attempts(self, session_id: str) -> tuple[Attempt, ...]:
        """Return the last answer of each entrant to each question that ended by itself.

        The case of its trial is the question, and the model is the key of the entrant. Raises SessionUnknown.
        """
        latest: dict[str, Attempt] = {}
        for ask in self.asks(session_id):
            attempt = self._attempt(session_id, ask)
            if attempt is not None:
                latest[attempt.trial.key] = attempt
        return tuple(latest.values())

    def keep_vote(self, source: str, vote: Vote) -> None:
        """Store a vote, replacing the same voter's earlier one on this pair. Raises SessionUnknown."""
        self._see_that_it_is_there(source)
        self._put(_votes(source), vote.key, vote)

    def take_back(self, source: str, vote: Vote) -> None:
        """Delete a vote, if it exists. Raises SessionUnknown."""
        self._see_that_it_is_there(source)
        self._documents.remove(_votes(source), vote.key)

    def votes(self, source: str) -> tuple[Vote, ...]:
        """Return all votes on the answers of a session or an evaluation. Raises SessionUnknown."""
        self._see_that_it_is_there(source)
        return tuple(readable(Vote, self._documents.all(_votes(source))).values())

    def battles(self, source: str) -> tuple[Battle, ...]:
        """Return the votes on the answers of a session or an evaluation with their pairs. Raises SessionUnknown."""
        asked = self._source(source)
        return tuple(
            Battle(_pair(source, asked, vote.left, vote.right), vote)
            for vote in self.votes(source)
            if asked.is_pair(vote.left, vote.right)
        )

    def pairs(self, source: str) -> tuple[Pair, ...]:
        """Return each two answers to one question that can be judged, on sides that are drawn for each pair.

        Raises SessionUnknown, and EvaluationUnreadable or SessionUnreadable.
        """
        asked = self._source(source)
        is_evaluation = self.evaluations.has(source)
        seed = source if is_evaluation else str(self.load(source).seed)
        by_question: dict[tuple[str, int], list[str]] = {}
        for attempt in self._attempts_of(source):
            if attempt.is_answer and attempt.trial.case_id in asked.questions:
                by_question.setdefault((attempt.trial.case_id, attempt.trial.repeat), []).append(attempt.run_id)
        return tuple(
            _pair(source, asked, *drawn_sides(seed, runs))
            for answers in by_question.values()
            for runs in combinations(answers, 2)
        )

    def models(self, source: str) -> dict[str, EvaluatedModel]:
        """Return the models of a session or an evaluation by the key of their entrant. Raises SessionUnknown."""
        if self.evaluations.has(source):
            return {model.key: model for model in self.evaluations.load(source).models}
        return {entrant.key: entrant.model for entrant in self.load(source).entrants}

    def events(self, source: str, run_id: str) -> tuple[AnswerEvent, ...]:
        """Return what happened in a run of a session or an evaluation. Raises SessionUnknown and RunUnknown."""
        self._see_that_it_is_there(source)
        store = self.evaluations.store
        try:
            return store.load(run_id, self.owner).events
        except RunUnknown:
            return store.load(run_id, hidden_owner(source)).events

    def runs_as(self, session: Session) -> Owner:
        """Return whose the answers to the next question will be: of a blind session nobody's before the vote."""
        return hidden_owner(session.session_id) if session.is_blind else self.evaluations.writes_as

    def unveil(self, source: str, question_id: str) -> None:
        """Let the owner of a blind session know who wrote the answers to a question; they come into the history.

        An answer that is still being written comes when this is called again. Raises SessionUnknown.
        """
        if not self.evaluations.has(source):
            run_ids = [ask.run_id for ask in self.asks(source) if ask.question_id == question_id]
            self._documents.put(_unveiled(source), question_id, "true")
            self.evaluations.store.give(run_ids, hidden_owner(source), self.owner_of(source))

    def is_unveiled(self, session_id: str, question_id: str) -> bool:
        """Return whether the owner knows who wrote the answers to a question of a blind session."""
        return self._documents.get(_unveiled(session_id), question_id) is not None

    def hidden(self, session: Session) -> frozenset[str]:
        """Return the questions of which the owner does not know yet who wrote the answers. Raises SessionUnknown."""
        asked = self.questions(session.session_id) if session.is_blind else ()
        unveiled = self._documents.all(_unveiled(session.session_id))
        return frozenset(one.question_id for one in asked if one.question_id not in unveiled)

    def keep_told(self, source: str, key: str) -> None:
        """Store that a voter has been told who wrote the answers of a pair."""
        self._documents.put(_told(source), key, "true")

    def was_told(self, source: str, key: str) -> bool:
        """Return whether the voter has been told."""
        return self._documents.get(_told(source), key) is not None

    def texts(self, source: str) -> dict[str, str]:
        """Return the text of each answer of a session or an evaluation, by run. Raises SessionUnknown."""
        return {attempt.run_id: attempt.text for attempt in self._attempts_of(source)}

    def keep_judgement(self, source: str, judgement: Judgement) -> None:
        """Store what a judge may decide, replacing what it might before. Raises SessionUnknown."""
        self._see_that_it_is_there(source)
        self._put(_judgements(source), judgement.judge, judgement)

    def judgements(self, source: str) -> tuple[Judgement, ...]:
        """Return what each judge may decide of a session or an evaluation. Raises SessionUnknown."""
        self._see_that_it_is_there(source)
        return tuple(readable(Judgement, self._documents.all(_judgements(source))).values())

    def _attempts_of(self, source: str) -> tuple[Attempt, ...]:
        return self.evaluations.attempts(source) if self.evaluations.has(source) else self.attempts(source)

    def _attempt(self, session_id: str, ask: SessionAsk) -> Attempt | None:
        measured, hidden = _as_measured(ask), self.evaluations.seen_by(hidden_owner(session_id))
        return self.evaluations.attempt(measured) or hidden.attempt(measured)

    @property
    def _documents(self) -> DocumentStore:
        return self.evaluations.documents

    def _put(self, collection: str, key: str, body: Stored) -> None:
        self._documents.put(collection, key, body.model_dump_json(by_alias=True))

    def _body(self, session_id: str) -> str:
        body = self._documents.get(_SESSIONS, session_id) if self.has(session_id) else None
        if body is None:
            raise SessionUnknown(f"There is no session {session_id}: choose another one, or start a new one.")
        return body

    def _all(self, shape: type[Body], session_id: str, collection: str) -> dict[str, Body]:
        self._body(session_id)
        return readable(shape, self._documents.all(collection))

    def _see_that_it_is_there(self, source: str) -> None:
        if not self.evaluations.has(source):
            self._body(source)

    def _source(self, source: str) -> _Source:
        if self.evaluations.has(source):
            questions = suite_questions(self.evaluations.load(source).suite)
            return _Source(
                {question.question_id: question for question in questions},
                {ask.run_id: (ask.trial.case_id, ask.trial.model) for ask in self.evaluations.asks(source)},
            )
        return _Source(
            {question.question_id: question for question in self.questions(source)},
            {ask.run_id: (ask.question_id, ask.entrant) for ask in self.asks(source)},
        )


def _pair(source: str, asked: _Source, left: str, right: str) -> Pair:
    question_id, left_entrant = asked.runs[left]
    question = asked.questions[question_id]
    return Pair(
        source=source,
        question_id=question_id,
        question=question.text,
        language=question.language,
        category=question.category,
        left=left,
        right=right,
        entrants=(left_entrant, asked.runs[right][1]),
    )


def _as_measured(ask: SessionAsk) -> Ask:
    return Ask(
        trial=Trial(case_id=ask.question_id, model=ask.entrant, repeat=0),
        purpose="measure",
        attempt=1,
        run_id=ask.run_id,
        asked_at=ask.asked_at,
        load_average=None,
    )


def _questions(session_id: str) -> str:
    return f"session-questions:{session_id}"


def _asks(session_id: str) -> str:
    return f"session-asks:{session_id}"


def _votes(source: str) -> str:
    return f"votes:{source}"


def _unveiled(session_id: str) -> str:
    return f"unveiled:{session_id}"


def _told(source: str) -> str:
    return f"told:{source}"


def _judgements(source: str) -> str:
    return f"judgements:{source}"
