"""Evaluations as they stand in the store: what was asked, what came of it, what the judge said."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from evals.records.attempts import Ask, Attempt
from evals.records.evaluation import Evaluation, JudgeCard
from evals.records.loop_lag import HarnessTiming, Lag
from evals.records.opinions import HumanLabel, Said, YesNo
from evals.records.timing import timing_of
from llmfirst import (
    LOCAL,
    SECTIONS,
    AnswerFailed,
    AnswerFinished,
    DocumentStore,
    LlmfirstError,
    Overhead,
    Owner,
    RunStore,
    RunUnknown,
    StoredRun,
    fold,
    key_of,
    may_see,
    verify,
)

_EVALUATIONS = "evaluations"
_OWNERS = "owners"
_BASELINES = "baselines"
_OVERHEAD = "overhead"
_LABELS = "labels"


class EvaluationUnknown(LlmfirstError):
    """There is no evaluation of this id."""


@dataclass(frozen=True)
class Recorded:
    """What an evaluation has left behind so far."""

    attempts: tuple[Attempt, ...]
    """The answer that counts for each trial, in the order of asking."""
    given_up: int
    """How many answers were begun and asked again because something disturbed them."""
    overhead: Overhead | None
    """What the harness adds to a time."""


@dataclass
class Archive:
    """Reads and writes evaluations; every method blocks its thread. Answers that have ended are read once.

    `owner` says who looks: another's evaluation is as unknown as one that never was, and labels, baselines and
    readings that were taken in are each owner's own. None is the program itself, which sees every evaluation.
    """

    documents: DocumentStore
    store: RunStore
    owner: Owner | None = None
    _ended: dict[tuple[Owner | None, str], Attempt] = field(default_factory=dict)

    def seen_by(self, owner: Owner) -> "Archive":
        """Return this archive as an owner sees it."""
        return replace(self, owner=owner)

    def beside(self, evaluation_id: str) -> "Archive":
        """Return this archive as the owner of an evaluation sees it."""
        return self.seen_by(self.owner_of(evaluation_id))

    def owner_of(self, evaluation_id: str) -> Owner:
        """Return whose an evaluation is; nobody has to have written down that it is the local one's."""
        return self.documents.get(_OWNERS, evaluation_id) or LOCAL

    @property
    def writes_as(self) -> Owner:
        """Whose that is which is kept here."""
        return LOCAL if self.owner is None else self.owner

    def add(self, evaluation: Evaluation) -> None:
        """Keep what is to be measured; when this returns it survives a crash."""
        if self.writes_as != LOCAL:
            self.documents.put(_OWNERS, evaluation.evaluation_id, self.writes_as)
        self.documents.put(_EVALUATIONS, evaluation.evaluation_id, evaluation.model_dump_json(by_alias=True))

    def load(self, evaluation_id: str) -> Evaluation:
        """Return an evaluation; EvaluationUnknown when there is none of this id to be seen."""
        body = self._body(evaluation_id)
        if body is None:
            known = ", ".join(list(self._bodies())[-5:])
            raise EvaluationUnknown(
                f"There is no evaluation {evaluation_id}: "
                + (f"the last ones are {known}." if known else "start one with `python -m evals run`.")
            )
        return Evaluation.model_validate_json(body)

    def has(self, evaluation_id: str) -> bool:
        """Tell whether there is an evaluation of this id to be seen."""
        return self._body(evaluation_id) is not None

    def all(self) -> tuple[Evaluation, ...]:
        """Return every evaluation that is to be seen, the newest first."""
        return tuple(Evaluation.model_validate_json(body) for body in reversed(list(self._bodies().values())))

    def _body(self, evaluation_id: str) -> str | None:
        body = self.documents.get(_EVALUATIONS, evaluation_id)
        return body if body is not None and may_see(self.owner_of(evaluation_id), self.owner) else None

    def _bodies(self) -> dict[str, str]:
        bodies = self.documents.all(_EVALUATIONS)
        owners = self.documents.all(_OWNERS)  # read after: an owner is kept before the evaluation
        return {key: body for key, body in bodies.items() if may_see(owners.get(key, LOCAL), self.owner)}

    def keep_ask(self, evaluation_id: str, ask: Ask) -> None:
        """Keep that a question is about to be asked; comes before the run."""
        self.documents.put(f"asks:{evaluation_id}", ask.run_id, ask.model_dump_json())

    def asks(self, evaluation_id: str) -> tuple[Ask, ...]:
        """Return what was asked, warm-ups included, in order."""
        return tuple(Ask.model_validate_json(body) for body in self.documents.all(f"asks:{evaluation_id}").values())

    def recorded(self, evaluation_id: str) -> Recorded:
        """Return what an evaluation has left behind so far.

        Of several answers to one trial the last that ended by itself counts. An answer that was stopped (for a person's
        question, or by a pause), or that the end of the program broke off, does not count.
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
        """Return the answer that counts for each trial, in the order of asking."""
        return self.recorded(evaluation_id).attempts

    def keep_reading(self, judge: JudgeCard, key: str, reading: YesNo, canaries_of: str | None = None) -> None:
        """Keep what a judge said: for all evaluations, or as a canary of the one that is named."""
        self.documents.put(_readings(judge, canaries_of), key, reading.model_dump_json())

    def readings(self, judge: JudgeCard, canaries_of: str | None = None) -> dict[str, YesNo]:
        """Return all that a judge ever said, or to the canaries of one evaluation, by `reading_key`."""
        bodies = self.documents.all(_readings(judge, canaries_of))
        if canaries_of is None:
            bodies = self.documents.all(self._own(_taken_in(judge))) | bodies
        return {key: YesNo.model_validate_json(body) for key, body in bodies.items()}

    def take_in_reading(self, judge: JudgeCard, key: str, reading: YesNo) -> None:
        """Keep what a file says that a judge said: a person could have written it, so it is for its owner alone."""
        if self.writes_as == LOCAL:
            self.keep_reading(judge, key, reading)
        else:
            self.documents.put(self._own(_taken_in(judge)), key, reading.model_dump_json())

    def keep_label(self, label: HumanLabel) -> None:
        """Keep what a person said, in place of what the same person said before."""
        self.documents.put(self._own(_LABELS), _key([label.person, label.key]), label.model_dump_json())

    def labels(self) -> dict[str, dict[str, Said]]:
        """Return what people said, by person and `reading_key` of the claim."""
        found: dict[str, dict[str, Said]] = {}
        for label in self.human_labels():
            found.setdefault(label.person, {})[label.key] = label.said
        return found

    def human_labels(self) -> list[HumanLabel]:
        """Return every label that is kept."""
        return [HumanLabel.model_validate_json(body) for body in self.documents.all(self._own(_LABELS)).values()]

    def keep_overhead(self, evaluation_id: str, overhead: Overhead) -> None:
        """Keep what the harness adds to a time."""
        self.documents.put(f"health:{evaluation_id}", _OVERHEAD, overhead.model_dump_json())

    def keep_lag(self, evaluation_id: str, run_id: str, lag: Lag) -> None:
        """Keep how late the event loop was while an answer was measured."""
        self.documents.put(f"health:{evaluation_id}", run_id, lag.model_dump_json())

    def keep_health(self, evaluation_id: str, health: HarnessTiming) -> None:
        """Keep what another machine measured of its harness."""
        if health.overhead is not None:
            self.keep_overhead(evaluation_id, health.overhead)
        for run_id, lag in health.lags.items():
            self.keep_lag(evaluation_id, run_id, lag)

    def health(self, evaluation_id: str) -> HarnessTiming:
        """Return what was measured of the harness beside an evaluation."""
        bodies = self.documents.all(f"health:{evaluation_id}")
        overhead = bodies.pop(_OVERHEAD, None)
        return HarnessTiming(
            overhead=None if overhead is None else Overhead.model_validate_json(overhead),
            lags={run_id: Lag.model_validate_json(body) for run_id, body in bodies.items()},
        )

    def mark_baseline(self, evaluation: Evaluation) -> None:
        """Make an evaluation the approved one of its suite, in place of another."""
        self.documents.put(self._own(_BASELINES), evaluation.suite.name, evaluation.evaluation_id)

    def baseline(self, suite: str) -> str | None:
        """Return the id of the approved evaluation of a suite."""
        return self.documents.get(self._own(_BASELINES), suite)

    def attempt(self, ask: Ask) -> Attempt | None:
        """Return what came of one ask; None while it goes on, and where it was stopped or broken off."""
        place = (self.owner, ask.run_id)
        if place not in self._ended:
            try:
                run = self.store.load(ask.run_id, self.owner)
            except RunUnknown:  # the program ended between the two writes
                return None
            attempt = attempt_of(ask, run)
            if attempt is None:
                return None
            self._ended[place] = attempt
        return self._ended[place]

    def _own(self, collection: str) -> str:
        """Return where a collection of each owner's own is kept; that of the local one is as old as the program."""
        return collection if self.writes_as == LOCAL else f"{collection}:{key_of(self.writes_as)}"


def attempt_of(ask: Ask, run: StoredRun) -> Attempt | None:
    """Return what came of an ask; None while it goes on, and where it was stopped or broken off. Pure."""
    if not run.has_ended or run.is_broken:
        return None
    end = run.events[-1]
    assert isinstance(end, AnswerFinished | AnswerFailed)
    if isinstance(end, AnswerFinished) and end.outcome == "stopped":
        return None
    answer, timing = fold(run.events), timing_of(run.events)
    proof = verify(run.events, expected_head=timing.metrics.ledger_head)
    return Attempt(
        trial=ask.trial,
        attempt=ask.attempt,
        run_id=ask.run_id,
        asked_at=ask.asked_at,
        load_average=ask.load_average,
        outcome="failed" if isinstance(end, AnswerFailed) else end.outcome,
        error=end.message if isinstance(end, AnswerFailed) else end.detail,
        text="\n\n".join(text for phase in SECTIONS if (text := answer.text(phase).strip())),
        timing=timing,
        accounted_share=proof.accounted_share,
        unbacked_decisions=proof.unbacked_decisions,
        guards=tuple(f"{acted.phase}: {acted.guard}" for acted in proof.guards),
    )


def _key(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _readings(judge: JudgeCard, canaries_of: str | None) -> str:
    return f"readings:{judge.sha256[:40]}" if canaries_of is None else f"canaries:{canaries_of}"


def _taken_in(judge: JudgeCard) -> str:
    return f"taken-in:{judge.sha256[:20]}"


def in_order(evaluation: Evaluation, attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the attempts in the order of the suite, then model, then repeat."""
    places = {case.id: number for number, case in enumerate(evaluation.suite.cases)}
    models = [model.key for model in evaluation.models]
    return sorted(
        attempts,
        key=lambda one: (places[one.trial.case_id], models.index(one.trial.model), one.trial.repeat),
    )
