"""A session: who competes, how, and what was asked."""

import hashlib
import secrets
from random import Random
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from evals.records.evaluation import EvaluatedModel, Machine, Stored
from evals.suite.cases import Language, Suite
from llmfirst import AnswerSettings, Instant, Label, Span

MOST_ENTRANTS: Final = 4
_SHORT: Final = 12  # characters of a hash that stands for a text
MOST_CHARACTERS: Final = 600  # of the key of an entrant, as of a trial's model
Fairness = Literal["as_experienced", "same_request", "same_length"]
"""Each entrant as it is best asked; all asked in the same words; all with the same budget of tokens."""
Order = Literal["one_at_a_time", "side_by_side"]
"""Side by side where the service answers both at once; they share the machine then."""


class Entrant(Stored):
    """A model with the settings that it competes with."""

    model: EvaluatedModel
    settings: AnswerSettings = AnswerSettings()

    @property
    def key(self) -> str:
        """The name of the entrant in votes and standings: the model, and every setting that is set."""
        told = self.settings.model_dump(exclude_defaults=True)
        if told.get("system_prompt"):
            told["system_prompt"] = hashlib.sha256(told["system_prompt"].encode()).hexdigest()[:_SHORT]
        return ":".join([self.model.key, *(f"{name}={told[name]}" for name in sorted(told))])


class SessionQuestion(Stored):
    """A question of a session."""

    question_id: Label
    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    language: Language | None = None
    category: Label | None = None


def new_question(text: str, language: Language | None = None, category: str | None = None) -> SessionQuestion:
    """Return a question with an id of its own."""
    return SessionQuestion(question_id=secrets.token_hex(6), text=text, language=language, category=category)


def suite_questions(suite: Suite) -> list[SessionQuestion]:
    """Return the questions of a suite, by the ids of its cases."""
    return [
        SessionQuestion(question_id=case.id, text=case.question, language=case.language, category=case.category)
        for case in suite.cases
    ]


class Session(Stored):
    """What a session is from its beginning to its end; its questions, answers and votes are stored beside it."""

    session_id: Label
    title: Annotated[str, Field(max_length=200)]
    entrants: tuple[Entrant, ...] = Field(min_length=2, max_length=MOST_ENTRANTS)
    fairness: Fairness
    order: Order
    is_blind: bool
    """Names, sizes and order are hidden until the vote, and so is the speed unless `shows_speed`."""
    shows_speed: bool = True
    """Whether the answers are shown while they are written; if not, once all of a question are whole."""
    deadline_seconds: Span
    seed: int = Field(ge=0, lt=2**31)
    """Draws the order of the entrants for each question, and which of two answers stands left."""
    created_at: Instant
    machine: Machine

    @model_validator(mode="after")
    def _are_different(self) -> Self:
        keys = [entrant.key for entrant in self.entrants]
        if len(set(keys)) < len(keys):
            raise ValueError("two entrants are the same model with the same settings")
        if any(len(key) > MOST_CHARACTERS for key in keys):
            raise ValueError(f"the name of a model is longer than {MOST_CHARACTERS} characters")
        return self

    def turns(self, question_id: str) -> tuple[Entrant, ...]:
        """Return the entrants in the order in which they answer a question, drawn for this question alone."""
        return tuple(Random(f"{self.seed}:{question_id}").sample(self.entrants, len(self.entrants)))

    def columns(self, question_id: str) -> tuple[Entrant, ...]:
        """Return the entrants in the order in which their answers stand beside each other where names are hidden."""
        return tuple(Random(f"{self.seed}:columns:{question_id}").sample(self.entrants, len(self.entrants)))


class SessionAsk(Stored):
    """A question that was put to an entrant. It is stored before its run starts."""

    question_id: Label
    entrant: Annotated[str, Field(max_length=MOST_CHARACTERS)]
    """The key of the entrant."""
    run_id: Label
    turn: int = Field(ge=0, lt=MOST_ENTRANTS)
    """The place of the entrant in the order of this question, from 0."""
    asked_at: Instant
    loading_seconds: Span | None = None
    """How long its model was loaded before the question was submitted; no part of any other time."""
