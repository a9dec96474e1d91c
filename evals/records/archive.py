"""Stores and loads evaluations: their questions, answers, judge readings and human labels."""

import hashlib
import json
import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from evals.records.attempts import Ask, Attempt
from evals.records.evaluation import Evaluation, JudgeCard, JudgeCheck
from evals.records.loop_lag import HarnessTiming, Lag
from evals.records.moments import MOMENTS, AskedMoments, sections_at, shown_at
from evals.records.opinions import Durations, HumanLabel, Said, YesNo
from evals.records.timing import timing_of
from llmfirst import (
    LOCAL,
    AnswerFailed,
    AnswerFinished,
    DocumentStore,
    LlmfirstError,
    Overhead,
    Owner,
    RunStore,
    RunUnknown,
    StoredRun,
    Value,
    fold,
    key_of,
    may_see,
    verify,
)

logger = logging.getLogger(__name__)

Stored = TypeVar("Stored", bound=Value)
_EVALUATIONS = "evaluations"
_OWNERS = "owners"
_BASELINES = "baselines"
_OVERHEAD = "overhead"
_MOMENTS = "moments"
_LABELS = "labels"
_READING_SECONDS = "reading-seconds"
_CHECKS = "judge_checks"
_FIELD_CHARACTERS = 200
_MANY_PROBLEMS = 1000


class EvaluationUnknown(LlmfirstError):
    """There is no evaluation with this id, or the owner may not see it."""


class EvaluationUnreadable(LlmfirstError):
    """An evaluation is stored, but not as this version can read and show it; it stays in the store as it is."""

    def __init__(self, evaluation_id: str, error: ValidationError) -> None:
        self.evaluation_id = evaluation_id
        super().__init__(
            f"The evaluation {evaluation_id} cannot be shown ({first_problem(error)}). It stays in the store as it is: "
            "choose another one, or update llmfirst if a newer version stored it."
        )


@dataclass(frozen=True)
class Recorded:
    """The answers of an evaluation so far."""

    attempts: tuple[Attempt, ...]
    """The answer that counts for each trial, in the order in which the questions were asked."""
    given_up: int
    """The number of answers that were interrupted before they ended."""
    overhead: Overhead | None
    """The time that the harness adds to each measured time."""


@dataclass
class Archive:
    """Reads and writes evaluations. Every method blocks its thread.

    Labels, baselines and imported readings are kept for each owner separately.
    """

    documents: DocumentStore
    store: RunStore
    owner: Owner | None = None
    """The owner whose evaluations are visible; all others seem not to exist. None sees every evaluation."""
    # Finished answers never change, so each is read from the store once.
    _ended: dict[tuple[Owner | None, str], Attempt] = field(default_factory=dict)

    def seen_by(self, owner: Owner) -> "Archive":
        """Return this archive restricted to what `owner` may see."""
        return replace(self, owner=owner)

    def beside(self, evaluation_id: str) -> "Archive":
        """Return this archive restricted to what the owner of an evaluation may see."""
        return self.seen_by(self.owner_of(evaluation_id))

    def owner_of(self, evaluation_id: str) -> Owner:
        """Return the owner of an evaluation; LOCAL if none was stored."""
        return self.documents.get(_OWNERS, evaluation_id) or LOCAL

    @property
    def writes_as(self) -> Owner:
        """The owner of everything that this archive writes."""
        return LOCAL if self.owner is None else self.owner

    def add(self, evaluation: Evaluation) -> None:
        """Store an evaluation durably, before anything is measured."""
        if self.writes_as != LOCAL:
            self.documents.put(_OWNERS, evaluation.evaluation_id, self.writes_as)
        self.documents.put(_EVALUATIONS, evaluation.evaluation_id, evaluation.model_dump_json(by_alias=True))

    def remove(self, evaluation: Evaluation) -> None:
        """Delete an evaluation with all that is stored for it alone; its answers are left in the store of runs."""
        key, suite = evaluation.evaluation_id, evaluation.suite.name
        if self.baseline(suite) == key:
            self.documents.remove(self._own(_BASELINES), suite)
        self.documents.remove(_EVALUATIONS, key)
        self.documents.remove(_MOMENTS, key)
        collections = [f"asks:{key}", f"health:{key}", f"label-order:{key}"]
        if evaluation.judge is not None:
            collections.append(_readings(evaluation.judge, key))
        self.documents.remove_all(collections)
        self.documents.remove(_OWNERS, key)  # last: without it, the rest would be everybody's

    def load(self, evaluation_id: str) -> Evaluation:
        """Return an evaluation.

        Raises EvaluationUnknown if there is none with this id or the owner may not see it, and EvaluationUnreadable.
        """
        body = self._body(evaluation_id)
        if body is None:
            known = ", ".join(list(self._bodies())[-5:])
            raise EvaluationUnknown(
                f"There is no evaluation {evaluation_id}: "
                + (f"the last ones are {known}." if known else "start one with `python -m evals run`.")
            )
        try:
            return Evaluation.model_validate_json(body)
        except ValidationError as error:
            raise EvaluationUnreadable(evaluation_id, error) from error

    def has(self, evaluation_id: str) -> bool:
        """Return whether there is an evaluation with this id that the owner may see."""
        return self._body(evaluation_id) is not None

    def all(self) -> tuple[Evaluation, ...]:
        """Return every evaluation that the owner may see and that can be read, newest first."""
        return tuple(one for one in self.listed() if isinstance(one, Evaluation))

    def listed(self) -> tuple[Evaluation | EvaluationUnreadable, ...]:
        """Return every evaluation that the owner may see, newest first, or why it cannot be read."""
        listed: list[Evaluation | EvaluationUnreadable] = []
        for evaluation_id, body in self._bodies().items():
            try:
                listed.append(Evaluation.model_validate_json(body))
            except ValidationError as error:
                listed.append(EvaluationUnreadable(evaluation_id, error))
        return tuple(reversed(listed))

    def _body(self, evaluation_id: str) -> str | None:
        body = self.documents.get(_EVALUATIONS, evaluation_id)
        return body if body is not None and may_see(self.owner_of(evaluation_id), self.owner) else None

    def _bodies(self) -> dict[str, str]:
        bodies = self.documents.all(_EVALUATIONS)
        owners = self.documents.all(_OWNERS)  # read second, because `add` writes the owner first
        return {key: body for key, body in bodies.items() if may_see(owners.get(key, LOCAL), self.owner)}

    def keep_ask(self, evaluation_id: str, ask: Ask) -> None:
        """Store a question before its run starts."""
        self.documents.put(f"asks:{evaluation_id}", ask.run_id, ask.model_dump_json())

    def asks(self, evaluation_id: str) -> tuple[Ask, ...]:
        """Return all questions that were asked, in order, including warm-ups."""
        return tuple(readable(Ask, self.documents.all(f"asks:{evaluation_id}")).values())

    def recorded(self, evaluation_id: str) -> Recorded:
        """Return the answers of an evaluation so far.

        If a trial was answered several times, the last answer that ended by itself counts. Answers that were stopped
        (because a person asked a question, or by a pause) or cut off by the end of the program do not count.
        """
        latest: dict[str, Attempt] = {}
        given_up = 0
        health = self.health(evaluation_id)
        for ask in self.asks(evaluation_id):
            if ask.purpose == "warm_up":
                continue
            attempt, lag = self.attempt(ask), health.lags.get(ask.run_id)
            if attempt is None:
                given_up += 1
            else:
                latest[ask.trial.key] = attempt.model_copy(update={"loop_lag": None if lag is None else lag.p99})
        return Recorded(tuple(latest.values()), given_up, health.overhead)

    def attempts(self, evaluation_id: str) -> tuple[Attempt, ...]:
        """Return the answer that counts for each trial, in the order in which the questions were asked."""
        return self.recorded(evaluation_id).attempts

    def keep_reading(self, judge: JudgeCard, key: str, reading: YesNo, canaries_of: str | None = None) -> None:
        """Store a reading for use by all evaluations or, with `canaries_of`, as a canary of that evaluation only."""
        self.documents.put(_readings(judge, canaries_of), key, reading.model_dump_json())

    def readings(self, judge: JudgeCard, canaries_of: str | None = None) -> dict[str, YesNo]:
        """Return all readings of a judge, or its canaries of one evaluation, by `yes_no_key`."""
        bodies = self.documents.all(_readings(judge, canaries_of))
        if canaries_of is None:
            bodies = self.documents.all(self._own(_taken_in(judge))) | bodies
        return readable(YesNo, bodies)

    def keep_check(self, judge: JudgeCard, at: datetime) -> None:
        """Store that a judge has read what it had to of the gold set."""
        self.documents.put(_CHECKS, judge.sha256, JudgeCheck(judge=judge, checked_at=at).model_dump_json())

    def checks(self) -> list[JudgeCheck]:
        """Return the judges that were checked here, each with the time of its last check."""
        return list(readable(JudgeCheck, self.documents.all(_CHECKS)).values())

    def take_in_reading(self, judge: JudgeCard, key: str, reading: YesNo) -> None:
        """Store a reading from an imported file. Only its owner sees it, because anyone could have written the file."""
        if self.writes_as == LOCAL:
            self.keep_reading(judge, key, reading)
        else:
            self.documents.put(self._own(_taken_in(judge)), key, reading.model_dump_json())

    def remove_readings(self, judge: JudgeCard, keys: Iterable[str]) -> None:
        """Delete readings of a judge by their keys, those from imported files too."""
        for key in keys:
            self.documents.remove(_readings(judge, None), key)
            self.documents.remove(self._own(_taken_in(judge)), key)

    def keep_reading_seconds(self, judge: JudgeCard, seconds: Sequence[float]) -> None:
        """Store how long the last readings of a judge took."""
        self.documents.put(_READING_SECONDS, judge.sha256, Durations(seconds=tuple(seconds)).model_dump_json())

    def reading_seconds(self, judge: JudgeCard) -> tuple[float, ...]:
        """Return how long the last readings of a judge took; nothing if none was timed here."""
        found = readable(Durations, self.documents.some(_READING_SECONDS, [judge.sha256]))
        return found[judge.sha256].seconds if found else ()

    def ask_moments(self, evaluation_id: str, asked: AskedMoments) -> None:
        """Store at which moments the answers are to be judged, besides at their end."""
        self.documents.put(_MOMENTS, evaluation_id, asked.model_dump_json())

    def moments(self, evaluation_id: str) -> tuple[float, ...]:
        """Return the moments at which the answers are to be judged, besides at their end."""
        body = self.documents.get(_MOMENTS, evaluation_id)
        asked = readable(AskedMoments, {} if body is None else {evaluation_id: body})
        return asked[evaluation_id].seconds if asked else ()

    def keep_label(self, label: HumanLabel) -> None:
        """Store a label, replacing the same person's earlier label of this claim."""
        self.documents.put(
            self._own(_LABELS), _label_key(label.person, label.key, label.cut_seconds), label.model_dump_json()
        )

    def take_back_label(self, person: str, key: str, cut_seconds: float | None = None) -> None:
        """Delete what a person said of a claim about a whole text or about one that was cut off at a moment."""
        self.documents.remove(self._own(_LABELS), _label_key(person, key, cut_seconds))

    def label_seed(self, evaluation_id: str, person: str) -> str:
        """Return the seed of the order in which a person labels the answers of an evaluation, drawn the first time."""
        collection, key = f"label-order:{evaluation_id}", _label_key(person, self.writes_as)
        seed = self.documents.get(collection, key)
        if seed is None:
            seed = secrets.token_hex(8)
            self.documents.put(collection, key, seed)
        return seed

    def labels(self, cut_seconds: float | None = None) -> dict[str, dict[str, Said]]:
        """Return the labels of whole texts or of those at a moment, by person and then by `yes_no_key` of the claim."""
        labels: dict[str, dict[str, Said]] = {}
        for label in self.human_labels():
            if label.cut_seconds == cut_seconds:
                labels.setdefault(label.person, {})[label.key] = label.said
        return labels

    def human_labels(self) -> list[HumanLabel]:
        """Return all labels."""
        return list(readable(HumanLabel, self.documents.all(self._own(_LABELS))).values())

    def keep_overhead(self, evaluation_id: str, overhead: Overhead) -> None:
        """Store the time that the harness adds to each measured time."""
        self.documents.put(f"health:{evaluation_id}", _OVERHEAD, overhead.model_dump_json())

    def keep_lag(self, evaluation_id: str, run_id: str, lag: Lag) -> None:
        """Store how late the event loop was during one answer."""
        self.documents.put(f"health:{evaluation_id}", run_id, lag.model_dump_json())

    def keep_health(self, evaluation_id: str, health: HarnessTiming) -> None:
        """Store all measurements of the harness, for example from another machine."""
        if health.overhead is not None:
            self.keep_overhead(evaluation_id, health.overhead)
        for run_id, lag in health.lags.items():
            self.keep_lag(evaluation_id, run_id, lag)

    def health(self, evaluation_id: str) -> HarnessTiming:
        """Return the measurements of the harness during an evaluation."""
        bodies = self.documents.all(f"health:{evaluation_id}")
        own = {_OVERHEAD: bodies.pop(_OVERHEAD)} if _OVERHEAD in bodies else {}
        return HarnessTiming(overhead=readable(Overhead, own).get(_OVERHEAD), lags=readable(Lag, bodies))

    def mark_baseline(self, evaluation: Evaluation) -> None:
        """Make an evaluation the baseline of its suite, replacing the current one."""
        self.documents.put(self._own(_BASELINES), evaluation.suite.name, evaluation.evaluation_id)

    def baseline(self, suite: str) -> str | None:
        """Return the id of a suite's baseline; None if it has none."""
        return self.documents.get(self._own(_BASELINES), suite)

    def attempt(self, ask: Ask) -> Attempt | None:
        """Return the answer to a question; None if it has not ended, or was stopped or cut off."""
        key = (self.owner, ask.run_id)
        if key not in self._ended:
            try:
                run = self.store.load(ask.run_id, self.owner)
            except RunUnknown:  # the program ended after it stored the question and before it started the run
                return None
            attempt = attempt_of(ask, run)
            if attempt is None:
                return None
            self._ended[key] = attempt
        return self._ended[key]

    def _own(self, collection: str) -> str:
        """Return the name of the owner's part of a collection; LOCAL uses the plain name, as older versions did."""
        return collection if self.writes_as == LOCAL else f"{collection}:{key_of(self.writes_as)}"


def attempt_of(ask: Ask, run: StoredRun) -> Attempt | None:
    """Return the answer to a question; None if it has not ended, was stopped or cut off, or has unreadable parts."""
    if not run.has_ended or run.is_broken or run.unreadable:
        return None
    end = run.events[-1]
    assert isinstance(end, AnswerFinished | AnswerFailed)
    if isinstance(end, AnswerFinished) and end.outcome == "stopped":
        return None
    answer, timing = fold(run.events), timing_of(run.events)
    before_end = (seconds for seconds in MOMENTS if seconds < end.elapsed_seconds)
    proof = verify(run.events, expected_head=timing.metrics.ledger_head)
    return Attempt(
        trial=ask.trial,
        attempt=ask.attempt,
        run_id=ask.run_id,
        asked_at=ask.asked_at,
        load_average=ask.load_average,
        outcome="failed" if isinstance(end, AnswerFailed) else end.outcome,
        error=end.message if isinstance(end, AnswerFailed) else end.detail,
        text=shown_at(run.events),
        shown={seconds: shown_at(run.events, seconds) for seconds in before_end},
        sections=sections_at(run.events),
        end=end,
        timing=timing,
        accounted_share=proof.accounted_share,
        unbacked_decisions=proof.unbacked_decisions,
        guards=tuple(f"{acted.phase}: {acted.guard}" for acted in proof.guards),
        think=None if answer.admitted is None else answer.admitted.think,
    )


def first_problem(error: ValidationError) -> str:
    """Return the first field that is wrong, and why."""
    if error.error_count() > _MANY_PROBLEMS:  # their list would take a kilobyte each
        return f"{error.error_count()} fields are wrong"
    first = error.errors(include_url=False, include_input=False)[0]
    field_name = ".".join(str(part) for part in first["loc"])
    return f"{field_name[:_FIELD_CHARACTERS]}: {first['msg']}" if field_name else first["msg"]


def readable(shape: type[Stored], bodies: Mapping[str, str]) -> dict[str, Stored]:
    """Return the values that can be read; the log names the others, which stay in the store."""
    values: dict[str, Stored] = {}
    for key, body in bodies.items():
        try:
            values[key] = shape.model_validate_json(body)
        except ValidationError as error:
            logger.warning("the stored %s %s cannot be used (%s)", shape.__name__, key, first_problem(error))
    return values


def _label_key(person: str, key: str, cut_seconds: float | None = None) -> str:
    parts = [person, key] if cut_seconds is None else [person, key, cut_seconds]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _readings(judge: JudgeCard, canaries_of: str | None) -> str:
    return f"readings:{judge.sha256[:40]}" if canaries_of is None else f"canaries:{canaries_of}"


def _taken_in(judge: JudgeCard) -> str:
    return f"taken-in:{judge.sha256[:20]}"


def in_order(evaluation: Evaluation, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the attempts sorted by their place in the suite, then by model, then by repeat."""
    case_numbers = {case.id: number for number, case in enumerate(evaluation.suite.cases)}
    models = [model.key for model in evaluation.models]
    return sorted(
        attempts,
        key=lambda attempt: (
            case_numbers[attempt.trial.case_id],
            models.index(attempt.trial.model),
            attempt.trial.repeat,
        ),
    )
