"""AnswerEvent: what one answer does, as a tagged union. The page, the store, SSE and the evals all read this stream."""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from llmfirst.ledger import Call
from llmfirst.providers.base import ProviderKind
from llmfirst.values import Value

Phase = Literal["strategy", "core", "details", "conclusion"]
SECTIONS: tuple[Phase, ...] = ("core", "details", "conclusion")
PHASES: tuple[Phase, ...] = ("strategy", *SECTIONS)
State = Literal[
    "queued",
    "loading_model",
    "reading_prompt",
    "waiting_for_text",
    "writing",
    "comparing",
    "silent",
    "recovering",
    "reviewing",
]
Outcome = Literal["complete", "deadline", "stopped", "interrupted"]
# How a phase ended: by the model itself; at a block's or sentence's end because it had its tokens (landed) or its time
# (timed); in mid-sentence by time (cut) or by the token limit (length); because it began to repeat itself; without a
# call, for want of time (skipped), or as the model had ended its answer before it (ended); with the whole answer
# (deadline, stopped); by an error.
Ending = Literal[
    "stop", "landed", "timed", "cut", "length", "repeated", "skipped", "ended", "deadline", "stopped", "failed"
]
Trouble = Literal["broken", "silent", "empty"]
# How the model's look at its own answer ended: by itself; by its time, with some text or none; left out because this
# machine would take too long for it, or because others wait for it; without text; by an error.
ReviewEnding = Literal["made", "shortened", "no_time", "too_slow", "awaited", "nothing", "failed"]
# Between a conclusion and what is added to it; the one thing in a panel that is not the model's: layout.
SUPPLEMENT_BREAK: Final = "\n\n"
Language = Literal["ko", "en"]
ProfileName = Literal["direct", "instructed"]
# Why a run has its profile: a person chose it, a probe found it for these weights, or nobody knows better.
ProfileReason = Literal["set", "probed", "default"]


def accepted_language(header: str | None) -> Language:
    """Return the interface language that a browser or caller puts first in its Accept-Language header."""
    return "ko" if (header or "").strip().lower().startswith("ko") else "en"


class Event(Value):
    """Something that happened, `elapsed_seconds` after the question was submitted (monotonic clock)."""

    elapsed_seconds: float = Field(ge=0)


class QuestionSubmitted(Event):
    """A question was taken; `language` is that of the asker's interface, never a guess about the question.

    `profile` is how the model is asked; None in runs that were kept before there were profiles.
    """

    type: Literal["question_submitted"] = "question_submitted"
    run_id: str
    question: str
    language: Language
    provider: ProviderKind
    model: str
    model_digest: str | None
    deadline_seconds: float
    submitted_at: AwareDatetime
    profile: ProfileName | None = None
    profile_because: ProfileReason | None = None


class StateChanged(Event):
    """What the asker waits for now; `ahead` counts the questions before this one in the line.

    `expected_seconds` is how long the wait in the line will be, by the runs measured so far; None before the first.
    """

    type: Literal["state_changed"] = "state_changed"
    state: State
    ahead: int | None = None
    expected_seconds: float | None = None


class Admitted(Event):
    """The question has a slot and the model is loaded: the deadline runs from here.

    `was_cold`: the model had to be loaded first, in `loading_seconds`; the rest of the wait was the line.
    """

    type: Literal["admitted"] = "admitted"
    was_cold: bool = False
    loading_seconds: float = Field(default=0.0, ge=0)


class PhaseStarted(Event):
    """A phase began; `instruction` is what the model wrote for it in its plan, where it is asked for with that."""

    type: Literal["phase_started"] = "phase_started"
    phase: Phase
    instruction: str | None = None


class TextAdded(Event):
    """Text of the model, exactly as it came; `call_id` names the call that wrote it."""

    type: Literal["text_added"] = "text_added"
    phase: Phase
    text: str
    call_id: str


class CallFinished(Event):
    """A call of the model is over; its record is in the ledger's chain."""

    type: Literal["call_finished"] = "call_finished"
    call: Call


class PhaseFinished(Event):
    """A phase ended, and why."""

    type: Literal["phase_finished"] = "phase_finished"
    phase: Phase
    ending: Ending


class PhaseResumed(Event):
    """A call of this phase came to nothing or broke off; the phase goes on once, after the text that is shown."""

    type: Literal["phase_resumed"] = "phase_resumed"
    phase: Phase
    trouble: Trouble
    detail: str


class ReviewStarted(Event):
    """The sections have ended, and the model looks at its own answer."""

    type: Literal["review_started"] = "review_started"


class ReviewAdded(Event):
    """Text of the model about its answer, exactly as it came; it is no part of the answer."""

    type: Literal["review_added"] = "review_added"
    text: str
    call_id: str


class ReviewJudged(Event):
    """The model said in one token whether something that was asked for is missing.

    `yes` is how much of that token said so, from 0 to 1; None when it was neither yes nor no.
    """

    type: Literal["review_judged"] = "review_judged"
    is_missing: bool
    yes: float | None
    call_id: str


class ReviewFinished(Event):
    """The review ended or was left out; text of the conclusion since it began is `supplement`, and so it ended."""

    type: Literal["review_finished"] = "review_finished"
    ending: ReviewEnding
    supplement: Ending | None = None


class StopAsked(Event):
    """A person asked for the end, or everyone has left; it is told when the model has stopped."""

    type: Literal["stop_asked"] = "stop_asked"


class AnswerFinished(Event):
    """The end of every answer that has text. `detail` says, outside the answer, what went wrong."""

    type: Literal["answer_finished"] = "answer_finished"
    outcome: Outcome
    detail: str | None = None


class AnswerFailed(Event):
    """The end of a run in which the model never wrote anything."""

    type: Literal["answer_failed"] = "answer_failed"
    code: str
    message: str


AnswerEvent = Annotated[
    QuestionSubmitted
    | StateChanged
    | Admitted
    | PhaseStarted
    | TextAdded
    | CallFinished
    | PhaseFinished
    | PhaseResumed
    | ReviewStarted
    | ReviewAdded
    | ReviewJudged
    | ReviewFinished
    | StopAsked
    | AnswerFinished
    | AnswerFailed,
    Field(discriminator="type"),
]
answer_events: TypeAdapter[AnswerEvent] = TypeAdapter(AnswerEvent)


def is_end(event: AnswerEvent) -> bool:
    """Tell whether nothing comes after this event."""
    return isinstance(event, AnswerFinished | AnswerFailed)
