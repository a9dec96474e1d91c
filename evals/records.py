"""What an evaluation is, what it asks, and what it leaves behind: values only."""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from evals.cases import Case, Suite
from llmfirst.events import Outcome, Phase, ProfileName
from llmfirst.providers.base import ProviderKind, Value

Mode = Literal["sequential", "interleaved", "side_by_side"]
Purpose = Literal["measure", "warm_up"]


class Target(Value):
    """A model under test; None where its service does not tell."""

    provider: ProviderKind
    model: str
    digest: str | None = None
    size_bytes: int | None = None
    parameters: str | None = None
    quantization: str | None = None

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.model}"


class JudgeCard(Value):
    """Who judges: its service, model, the program that runs it, and the wording that it is asked with.

    The address is without its credentials. What changes one of these makes another judge of it, that nobody checked.
    """

    provider: ProviderKind
    model: str
    digest: str | None
    address: str | None
    prompt_sha256: str
    build: str | None = None

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Machine(Value):
    """Where it was measured, and with which programs; None where the system does not tell."""

    name: str
    system: str
    processor: str | None
    cores: int
    memory_bytes: int | None
    python: str
    packages: dict[str, str]
    revision: str | None


class Turn(Value):
    """One question to one model, once: what an evaluation consists of."""

    case_id: str
    target: str
    repeat: int = Field(ge=0)

    @property
    def key(self) -> str:
        return f"{self.case_id}|{self.target}|{self.repeat}"


class Evaluation(Value):
    """All that decides what is measured; it never changes after its start."""

    evaluation_id: str
    suite: Suite
    targets: tuple[Target, ...] = Field(min_length=1)
    judge: JudgeCard | None
    repeats: int = Field(ge=1)
    mode: Mode
    deadline_seconds: float
    created_at: AwareDatetime
    machine: Machine

    def turns(self) -> Iterator[Turn]:
        """Yield what is to be asked, in order.

        Sequential: one model after the other. Interleaved: each question to all models before the next, and who is
        asked first changes from question to question, so that none has the quieter machine. Side by side: as
        sequential, but as many at once as there are slots, so that each shares the machine and its times are longer.
        """
        keys = [target.key for target in self.targets]
        if self.mode != "interleaved":
            for key in keys:
                for repeat in range(self.repeats):
                    for case in self.suite.cases:
                        yield Turn(case_id=case.id, target=key, repeat=repeat)
            return
        for repeat in range(self.repeats):
            for number, case in enumerate(self.suite.cases):
                first = (number + repeat) % len(keys)
                for key in [*keys[first:], *keys[:first]]:
                    yield Turn(case_id=case.id, target=key, repeat=repeat)

    def case(self, case_id: str) -> Case:
        return next(case for case in self.suite.cases if case.id == case_id)

    def target(self, key: str) -> Target:
        return next(target for target in self.targets if target.key == key)


class Ask(Value):
    """A turn was asked: written before the run starts, so that a kill at any moment loses no answer."""

    turn: Turn
    purpose: Purpose
    attempt: int = Field(ge=1)
    run_id: str
    asked_at: AwareDatetime
    load_average: float | None


class Timing(Value):
    """When things happened in one answer, in seconds; None where nothing was measured.

    `first_text`, `core_first_text` and `total` are counted from submit, waiting included; `ttft`, `core_ttft` and
    `total_time` from admission (slot there, model loaded). `queued`, `loading`, `prefill` and `rest` are the parts of
    `first_text`: the line; the load; the first call's prompt as its service measured it; all other. `phases`: from a
    phase's start to its end. `phase_first_text`: from a phase's start to its first text. `itl_mean`: mean time between
    tokens while decoding, (last - first) / (tokens - 1) over the calls whose service counted. `longest_gap`: the
    longest time without new text, a review's too, between first text and end. `unnamed_silence`: the longest such time
    in which the page named no state. `cached_share`: how many of the first call's prompt tokens came from the KV cache.
    `review`: what the model's look at its own answer took, its supplement included; after the phases, in the total.
    """

    first_text: float | None
    core_first_text: float | None
    total: float | None
    ttft: float | None
    core_ttft: float | None
    total_time: float | None
    queued: float | None
    loading: float | None
    prefill: float | None
    rest: float | None
    phases: dict[Phase, float]
    phase_first_text: dict[Phase, float]
    tokens: int | None
    tokens_per_second: float | None
    itl_mean: float | None
    longest_gap: float | None
    unnamed_silence: float | None
    was_cold: bool | None
    cached_share: float | None
    review: float | None = None


class Attempt(Value):
    """One answer that counts: asked, ended, and not disturbed. A failure is an attempt too, and a miss.

    `profile`: how the model was asked; None where that was not recorded.
    `text`: the three sections as a reader has them, joined. `loop_lag`: how late our own event loop was in one beat of
    a hundred, in seconds. `accounted_share`: of the shown characters, those that a
    recorded call wrote. `unbacked_decisions`: decisions about meaning without a call behind them.
    """

    turn: Turn
    attempt: int
    run_id: str
    asked_at: AwareDatetime
    load_average: float | None
    loop_lag: float | None = None
    outcome: Outcome | Literal["failed"]
    error: str | None
    text: str
    timing: Timing
    accounted_share: float | None
    unbacked_decisions: int
    guards: tuple[str, ...]
    profile: ProfileName | None = None

    @property
    def is_answer(self) -> bool:
        """Whether there is an answer to judge, whole or shortened."""
        return self.outcome in ("complete", "deadline") and bool(self.text)

    @property
    def is_error(self) -> bool:
        """Whether the service failed, so that asking again may help."""
        return not self.is_answer


class Reading(Value):
    """What the judge's first token said to one statement about one text; probabilities before sampling."""

    yes: float = Field(ge=0, le=1)
    no: float = Field(ge=0, le=1)

    @property
    def mass(self) -> float:
        return self.yes + self.no


class Scored(Value):
    """A criterion that the judge decided. `score`: how far it says yes to the claim, in log-odds; to no for a fault."""

    type: Literal["scored"] = "scored"
    passed: bool
    score: float
    good_anchor: float
    bad_anchor: float


Cause = Literal["no_verdict", "anchors_do_not_separate", "too_close", "not_reached"]


class Unscored(Value):
    """A criterion that was not decided, and why, with the figures that show it: never a pass, never a zero."""

    type: Literal["unscored"] = "unscored"
    cause: Cause
    figures: str = ""


class Decided(Value):
    """A criterion that no model decided: code did, by a check of form, or a person."""

    type: Literal["decided"] = "decided"
    by: Literal["code", "person"]
    passed: bool
    figures: str = ""


Verdict = Annotated[Scored | Decided | Unscored, Field(discriminator="type")]
# What a person says of a claim about an answer.
Said = Literal["yes", "no", "unsure"]


class HumanLabel(Value):
    """What one person said of one claim about one text; `key` is that of the judge's reading of the claim."""

    person: str = Field(min_length=1, max_length=40)
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    said: Said
