"""The events of one run. The page, the store, the API and the evaluations all read this one stream."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field, TypeAdapter

from llmfirst.ledger import Call
from llmfirst.model_options import (
    ContextTokens,
    ModelOptions,
    OptionName,
    RepeatPenalty,
    Seed,
    SystemPrompt,
    Temperature,
    TopK,
    TopP,
)
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import Count, Fault, ProviderKind, Think
from llmfirst.values import Instant, Label, Share, Span, Value

Phase = Literal["strategy", "core", "details", "conclusion"]
SECTIONS: tuple[Phase, ...] = ("core", "details", "conclusion")
PHASES: tuple[Phase, ...] = ("strategy", *SECTIONS)
State = Literal[
    "queued",
    "loading_model",
    "reading_prompt",
    "waiting_for_text",
    "thinking",
    "writing",
    "comparing",
    "silent",
    "recovering",
    "reviewing",
]
Outcome = Literal["complete", "deadline", "stopped", "interrupted"]
Ending = Literal[
    "stop",  # the model ended the phase
    "landed",  # stopped at the end of a block or sentence because the token budget was used up
    "timed",  # stopped at the end of a block or sentence because the time was used up
    "cut",  # stopped in mid-sentence because the time was used up
    "length",  # stopped in mid-sentence at the token limit
    "repeated",  # the model began to repeat itself
    "skipped",  # no call was made because there was no time left
    "ended",  # only in old runs: no call was made because the model had ended its answer in an earlier phase
    "deadline",  # the deadline ended the whole answer
    "stopped",  # somebody stopped the whole answer
    "failed",  # an error
]
ThinkNote = Literal[
    "cannot_think",  # asked to think, and the model can be told nothing about it
    "cannot_be_silenced",  # asked not to think, and the model thinks
    "other_word",  # told the nearest word that the service knows for the model
]
Trouble = Literal["broken", "silent", "empty"]
ReviewEnding = Literal[
    "made",  # the model ended the review
    "shortened",  # the time was used up, with some text
    "no_time",  # left out, or ended without text, because there was no time left
    "too_slow",  # left out: on this machine the review would take too long
    "awaited",  # left out: other questions are waiting
    "nothing",  # the model wrote no text
    "failed",  # an error
]
SelfQuestion = Literal[
    "asked",  # does the answer do what the question asks for
    "language",  # is it in the language of the question
    "core",  # is the core an answer by itself
]
SELF_QUESTIONS: Final[tuple[SelfQuestion, ...]] = get_args(SelfQuestion)
ShareSource = Literal[
    "probability",  # of the first token, by the service's log-probabilities
    "word",  # the service tells no log-probabilities: the word itself, which makes the share 0 or 1
]
SelfUnjudgedCause = Literal[
    "no_time",  # left out or ended because the time for it was over
    "too_slow",  # left out: on this machine it would take too long
    "awaited",  # left out: other questions are waiting
    "no_verdict",  # the model said neither yes nor no
    "failed",  # an error
]
TurnLoss = Literal[
    "details",  # its answer is told without the details
    "end",  # only the beginning of its answer is told
]
# Stands between a conclusion and its supplement: layout, the only characters in a panel that no model wrote.
SUPPLEMENT_BREAK: Final = "\n\n"
Language = Literal["ko", "en"]
ProfileName = Literal["direct", "answer_first", "instructed"]
ProfileReason = Literal[
    "asked",  # chosen for this question
    "set",  # chosen in the settings
    "probed",  # measured for these weights by a probe
    "size",  # neither: by the number of parameters
    "size_unknown",  # the service does not tell that number
    "default",  # in older runs: neither set nor probed
]


def accepted_language(header: str | None) -> Language:
    """Return the interface language for an Accept-Language header: Korean if the header begins with it."""
    return "ko" if (header or "").strip().lower().startswith("ko") else "en"


class AnswerSettings(Value):
    """What an asker sets for one question; None: as the program is set."""

    think: Think | None = None
    """How much the model may think before it answers."""

    temperature: Temperature | None = None
    """How freely the model draws its words: 0 takes the likeliest."""

    top_p: TopP | None = None
    """The model draws from the likeliest words that have this probability together."""

    top_k: TopK | None = None
    """The model draws from so many of the likeliest words; 0: from all."""

    repeat_penalty: RepeatPenalty | None = None
    """How much less likely a word gets that was written before; 1: not at all."""

    seed: Seed | None = None
    """With the same seed, most services draw the same words again."""

    context_tokens: ContextTokens | None = None
    """How much the model sees at once; where the program loads the model, a change loads it again."""

    system_prompt: SystemPrompt | None = None
    """What the model is told before the program's own instructions; empty: nothing, whatever the program is set to."""

    profile: ProfileName | None = None
    """How the model is asked."""

    deadline_seconds: float | None = Field(default=None, ge=10, le=120)
    """A shorter deadline; never a later one than the program's."""

    most_tokens: int | None = Field(default=None, ge=20, le=1000)
    """The most tokens that each section may have; a supplement after the review is not counted."""

    review: bool = True
    """Whether the model judges and reviews its own answer, if its profile has that."""

    def options(self, program: ModelOptions) -> ModelOptions:
        """Return what the model is asked with: what is set here, else what the program is set to."""
        own = self.model_dump(include=set(ModelOptions.model_fields), exclude_none=True)
        return program.model_copy(update=own)

    @property
    def options_set(self) -> frozenset[OptionName]:
        return frozenset(name for name in get_args(OptionName) if getattr(self, name) is not None)


AS_SET: Final = AnswerSettings()


class EarlierTurns(Value):
    """How much of the conversation before a question the model was told."""

    kept: Count
    """The number of turns."""

    left_out: Count = 0
    """The number of older turns for which there was no time or no room."""

    lost: TurnLoss | None = None
    """What the last turn lost, where it was too long by itself."""

    @property
    def is_whole(self) -> bool:
        return self.left_out == 0 and self.lost is None


class Event(Value):
    """The base class of all events."""

    elapsed_seconds: Span
    """Seconds since the question was submitted, on a monotonic clock."""


class QuestionSubmitted(Event):
    """A question was accepted: the first event of every run."""

    type: Literal["question_submitted"] = "question_submitted"
    run_id: str
    question: str
    language: Language
    """The language of the caller's interface. The language of the question is not detected."""

    provider: ProviderKind
    model: Label
    model_digest: Label | None
    deadline_seconds: Span
    submitted_at: Instant
    profile: ProfileName | None = None
    """How the model is prompted; None in runs stored before profiles existed."""

    profile_because: ProfileReason | None = None
    think: Think = "auto"
    """What was asked for about the thinking of the model."""

    settings: AnswerSettings = AS_SET
    """What the asker set for this question."""

    options: ModelOptions | None = None
    """What the model is asked with, whoever set it; None in older runs."""

    parent_run_id: str | None = None
    """The run that this question follows up; None for the first question of a conversation."""

    fault: Fault | None = None
    """What is done to the model on purpose in this run, which is in no figure."""


class StateChanged(Event):
    """The reader waits for something else now."""

    type: Literal["state_changed"] = "state_changed"
    state: State
    ahead: Count | None = None
    """How many questions are ahead of this one in the line."""

    expected_seconds: Span | None = None
    """The expected wait in the line, estimated from earlier runs; None before the first run."""


class Admitted(Event):
    """The question has a slot and the model is loaded. The deadline counts from here."""

    type: Literal["admitted"] = "admitted"
    was_cold: bool = False
    """Whether the model had to be loaded first."""

    loading_seconds: Span = 0.0
    """How much of the wait went into loading; the rest was the line."""

    think: Think | None = None
    """What the model is told about its thinking; None: it can be told nothing."""

    earlier: EarlierTurns | None = None
    """How much of the conversation the model is told; None: the question has none before it."""

    ignored: tuple[OptionName, ...] = ()
    """What was set and cannot be told to the service."""


class PhaseStarted(Event):
    """A phase began."""

    type: Literal["phase_started"] = "phase_started"
    phase: Phase
    instruction: str | None = None
    """What the model's plan says about this phase; None where the prompt does not include it."""


class TextAdded(Event):
    """The model wrote text; it is passed on unchanged."""

    type: Literal["text_added"] = "text_added"
    phase: Phase
    text: str
    call_id: str
    """The call that wrote the text."""


class ThoughtAdded(Event):
    """The model thought before it went on with a phase; thinking is no part of the phase's text."""

    type: Literal["thought_added"] = "thought_added"
    phase: Phase
    text: str
    """As the model wrote it."""

    call_id: str
    """The call that wrote it."""


class CallFinished(Event):
    """A call of the model ended, and its record joined the ledger."""

    type: Literal["call_finished"] = "call_finished"
    call: Call


class PhaseFinished(Event):
    """A phase ended."""

    type: Literal["phase_finished"] = "phase_finished"
    phase: Phase
    ending: Ending


class PhaseResumed(Event):
    """A call failed, and the phase continues with a second call after the text shown so far. At most once per phase."""

    type: Literal["phase_resumed"] = "phase_resumed"
    phase: Phase
    trouble: Trouble
    detail: str


class SelfJudged(Event):
    """The model gave a verdict on its own answer with one token. It is the model's opinion of itself."""

    type: Literal["self_judged"] = "self_judged"
    question: SelfQuestion
    yes: float = Field(ge=0, le=1)
    """The share of yes in the choice between yes and no."""

    by: ShareSource
    call_id: str


class SelfUnjudged(Event):
    """The model gave no verdict on its own answer to one of the questions."""

    type: Literal["self_unjudged"] = "self_unjudged"
    question: SelfQuestion
    cause: SelfUnjudgedCause


class ReviewStarted(Event):
    """The sections have ended, and the model begins to review its own answer."""

    type: Literal["review_started"] = "review_started"


class ReviewAdded(Event):
    """The model wrote text about its answer. It is not part of the answer."""

    type: Literal["review_added"] = "review_added"
    text: str
    call_id: str


class ReviewJudged(Event):
    """The model said with one token whether its answer lacks something that the question asks for."""

    type: Literal["review_judged"] = "review_judged"
    is_missing: bool
    yes: Share | None
    """The probability of "yes", 0 to 1; None if the token was neither yes nor no."""

    call_id: str


class ReviewFinished(Event):
    """The review ended or was left out."""

    type: Literal["review_finished"] = "review_finished"
    ending: ReviewEnding
    supplement: Ending | None = None
    """How the supplement ended, the text added to the conclusion after the review; None without a supplement."""


class StopAsked(Event):
    """Somebody stopped the answer, or nobody reads it any more. The event comes when the model has stopped."""

    type: Literal["stop_asked"] = "stop_asked"


class AnswerFinished(Event):
    """The last event of a run in which the model wrote something."""

    type: Literal["answer_finished"] = "answer_finished"
    outcome: Outcome
    detail: str | None = None
    """What went wrong, for people; it is shown beside the answer, not in it."""
    problem: ModelProblem | None = None
    """The same as a code."""
    energy_joules: float | None = Field(default=None, ge=0, le=1e9)
    """What the machine used from admission on; None where it counts no energy, or other answers shared it."""


class PartlyRead(AnswerFinished):
    """The end of a stored run of which some events cannot be read; it is made when the run is read, and not stored."""

    outcome: Outcome = "interrupted"
    unreadable: int
    """How many events are missing, or are not as this version can read them."""


class AnswerFailed(Event):
    """The last event of a run in which the model wrote nothing."""

    type: Literal["answer_failed"] = "answer_failed"
    code: str
    message: str
    problem: ModelProblem | None = None
    """What `message` says, as a code, where it is about the model or its service."""


AnswerEvent = Annotated[
    QuestionSubmitted
    | StateChanged
    | Admitted
    | PhaseStarted
    | TextAdded
    | ThoughtAdded
    | CallFinished
    | PhaseFinished
    | PhaseResumed
    | SelfJudged
    | SelfUnjudged
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
    """Return whether this event is the last one of a run."""
    return isinstance(event, AnswerFinished | AnswerFailed)
