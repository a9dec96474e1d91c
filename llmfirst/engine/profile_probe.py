"""Finds the best profile for a model: it answers a few questions by two profiles and chooses between the answers.

A probe is a list of steps that is known in advance; `next_step` makes the one that follows those that were made, so a
probe can be given up at any moment and be taken up again.
"""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from llmfirst.answer import Answer
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.profiles import ProfileBook, Profiles
from llmfirst.engine.prompts import A_OR_B, PROBE_QUESTIONS, YES_OR_NO, compared, language_kept
from llmfirst.engine.rates import RateBook
from llmfirst.engine.run_state import RunRequest
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import SECTIONS, AnswerFailed, AnswerFinished, CallFinished, Language, ProfileName
from llmfirst.ledger import Call
from llmfirst.one_token import ask_one_token, share_of_first
from llmfirst.providers.base import Message, ModelHandle
from llmfirst.values import Value

NAMES: Final[tuple[ProfileName, ProfileName]] = ("answer_first", "instructed")
ProbePart = Literal["core", "whole"]
PARTS: Final[tuple[ProbePart, ProbePart]] = ("core", "whole")
STEPS_OF_A_QUESTION: Final = len(NAMES) + len(PARTS)
_MARGIN: Final = 2  # how many more questions must be won than lost; one could be chance
# A model that changes the language does so before the end of its answer, and a short text is quick to read.
_END_CHARACTERS: Final = 200
_WAIT_SECONDS: Final = 300.0

ProbeFault = Literal["unfinished", "empty_section", "repetition", "no_plan"]
ProbeReason = Literal["chosen", "not_chosen", "faults", "language"]
"""What decided about the other profile than the one by size: its answers were chosen, or were not often enough; or they
had more faults of form, or left the language more often."""


class ProbeAnswer(Value):
    """One answer of the probe."""

    type: Literal["answer"] = "answer"
    question: str
    profile: ProfileName
    core: str
    text: str
    """All three sections."""
    seconds: float | None
    faults: tuple[ProbeFault, ...]
    language_kept: float | None
    """The model's probability that the answer ends in the language of the question; None if it said neither word."""
    calls: tuple[Call, ...] = ()
    """The record of its calls, a chain as that of every run; the one-token choices of a probe are not in it."""

    @property
    def has_left_the_language(self) -> bool:
        return self.language_kept is not None and self.language_kept < 0.5


class ProbeChoice(Value):
    """The model's probability for what it wrote by `instructed` over what it wrote by `answer_first`."""

    type: Literal["choice"] = "choice"
    question: str
    part: ProbePart
    """What it read: the cores alone, or the whole answers."""
    read_first: float | None
    """If it read the instructed text first; None if it chose neither."""
    read_last: float | None
    """If it read the instructed text last; None if it chose neither."""

    @property
    def winner(self) -> ProfileName | None:
        """The profile that is chosen in both orders; None if the choice depends on the order."""
        if self.read_first is None or self.read_last is None:
            return None
        if self.read_first > 0.5 < self.read_last:
            return "instructed"
        return "answer_first" if self.read_first < 0.5 > self.read_last else None


ProbeStep = Annotated[ProbeAnswer | ProbeChoice, Field(discriminator="type")]


class ProbeSteps(Value):
    """The steps of a probe so far."""

    names: tuple[ProfileName, ...] = NAMES
    """The profiles that are compared."""
    steps: tuple[ProbeStep, ...] = ()

    @property
    def is_over(self) -> bool:
        return len(self.steps) >= len(PROBE_QUESTIONS) * STEPS_OF_A_QUESTION

    @property
    def calls(self) -> int:
        """How many times the model was called: for the answers, and for one token per language and order."""
        return sum(len(step.calls) + 1 if isinstance(step, ProbeAnswer) else 2 for step in self.steps)

    def then(self, step: ProbeAnswer | ProbeChoice) -> "ProbeSteps":
        return self.model_copy(update={"steps": (*self.steps, step)})


class ProbeFinding(Value):
    """The result of a probe; stored by the digest of the weights."""

    profile: ProfileName
    why: ProbeReason
    by_size: ProfileName
    """The profile that the model had before."""
    measured_at: AwareDatetime
    probe: ProbeSteps

    @property
    def winners(self) -> tuple[ProfileName | None, ...]:
        """Who won each question."""
        return _winners(self.probe.steps)


def read_steps(stored: str) -> ProbeSteps:
    """Return stored steps; none where they are not of this probe, which then begins again."""
    try:
        probe = ProbeSteps.model_validate_json(stored)
    except ValidationError:
        return ProbeSteps()
    questions = [question for _, question in PROBE_QUESTIONS for _ in range(STEPS_OF_A_QUESTION)]
    is_of_this = probe.names == NAMES and [step.question for step in probe.steps] == questions[: len(probe.steps)]
    return probe if is_of_this else ProbeSteps()


def read_finding(stored: str) -> ProbeFinding | None:
    """Return a stored finding; None where it compared other profiles than those of today."""
    try:
        found = ProbeFinding.model_validate_json(stored)
    except ValidationError:
        return None
    return found if found.probe.names == NAMES else None


async def probe_model(
    handle: ModelHandle, known: Profiles, *, deadline_seconds: float
) -> AsyncGenerator[ProbeAnswer | ProbeChoice, None]:
    """Yield each step as it is made. Raises ProviderError. A question takes minutes on a CPU."""
    made, rates = ProbeSteps(), RateBook()
    while not made.is_over:
        step = await next_step(made, handle, known, deadline_seconds=deadline_seconds, rates=rates)
        made = made.then(step)
        yield step


async def next_step(
    made: ProbeSteps, handle: ModelHandle, known: Profiles, *, deadline_seconds: float, rates: RateBook
) -> ProbeAnswer | ProbeChoice:
    """Make the step after those that were made: two answers to a question, then two choices between them.

    Raises ProviderError. Cancelling it stops the model. `rates` are the probe's own: people's are measured on whole
    runs of theirs.
    """
    number, position = divmod(len(made.steps), STEPS_OF_A_QUESTION)
    language, question = PROBE_QUESTIONS[number]
    if position < len(NAMES):
        bare = {
            name: profile.model_copy(update={"verdict": None, "review": None})
            for name, profile in known.profiles.items()
        }
        engine = Engine(
            Admission(slots=1, line_limit=0),
            deadline_seconds=deadline_seconds,
            wait_limit_seconds=_WAIT_SECONDS,
            rates=rates,
            profiles=ProfileBook(known.model_copy(update={"profiles": bare}), NAMES[position]),
        )
        return await _answered(engine, handle, question, language, NAMES[position])
    part = PARTS[position - len(NAMES)]
    answers = [step for step in made.steps[number * STEPS_OF_A_QUESTION :] if isinstance(step, ProbeAnswer)]
    answer_first, instructed = ((step.core if part == "core" else step.text) for step in answers)
    last = await _choice(handle, compared(question, answer_first, instructed), A_OR_B)
    return ProbeChoice(
        question=question,
        part=part,
        read_first=await _choice(handle, compared(question, instructed, answer_first), A_OR_B),
        read_last=None if last is None else 1 - last,
    )


def finding(probe: ProbeSteps, by_size: ProfileName, measured_at: datetime) -> ProbeFinding:
    """Return the profile that a probe supports. Pure.

    The model keeps the profile by its size unless the other one wins at least two questions more than it loses, has no
    more faults of form, and leaves the language no more often. The core weighs more than the whole: what a reader has
    early counts. So a question is won by the core that is chosen in both orders; where none is, by the whole answer.
    """
    other = next(name for name in NAMES if name != by_size)
    tried = [step for step in probe.steps if isinstance(step, ProbeAnswer)]
    faults = {name: sum(len(step.faults) for step in tried if step.profile == name) for name in NAMES}
    left = {name: sum(step.has_left_the_language for step in tried if step.profile == name) for name in NAMES}
    won = [winner for winner in _winners(probe.steps) if winner is not None]
    why: ProbeReason = "chosen"
    if left[other] > sum(left.values()) - left[other]:
        why = "language"
    elif faults[other] > sum(faults.values()) - faults[other]:
        why = "faults"
    elif 2 * won.count(other) - len(won) < _MARGIN:
        why = "not_chosen"
    return ProbeFinding(
        profile=other if why == "chosen" else by_size, why=why, by_size=by_size, measured_at=measured_at, probe=probe
    )


def _winners(steps: Sequence[ProbeAnswer | ProbeChoice]) -> tuple[ProfileName | None, ...]:
    chosen = [step for step in steps if isinstance(step, ProbeChoice)]
    pairs = [chosen[at : at + len(PARTS)] for at in range(0, len(chosen), len(PARTS))]
    return tuple(next((choice.winner for choice in pair if choice.winner is not None), None) for pair in pairs)


async def _answered(
    engine: Engine, handle: ModelHandle, question: str, language: Language, name: ProfileName
) -> ProbeAnswer:
    asked = RunRequest(f"probe-{secrets.token_hex(8)}", question, language, datetime.now(UTC), Halt())
    answer = Answer()
    calls = list[Call]()
    async with aclosing(engine.answer(asked, handle)) as events:
        async for event in events:
            answer = answer.after(event)
            if isinstance(event, CallFinished):
                calls.append(event.call)
    match answer.end:
        case AnswerFailed(message=broken) | AnswerFinished(detail=str(broken)):
            raise ProviderInterrupted(broken)  # the service failed, not the profile
    text = "\n\n".join(answer.text(phase).strip() for phase in SECTIONS)
    return ProbeAnswer(
        question=question,
        profile=name,
        core=answer.text("core").strip(),
        text=text,
        seconds=answer.metrics().total_time,
        faults=_faults(answer, is_instructed=name == "instructed"),
        language_kept=await _choice(handle, language_kept(question, text[-_END_CHARACTERS:]), YES_OR_NO),
        calls=tuple(calls),
    )


def _faults(answer: Answer, *, is_instructed: bool) -> tuple[ProbeFault, ...]:
    """Return the faults in the form of an answer."""
    is_whole = isinstance(answer.end, AnswerFinished) and answer.end.outcome == "complete"
    parts = [part for phase in SECTIONS if (part := answer.phases.get(phase)) is not None]
    found: list[ProbeFault] = [] if is_whole else ["unfinished"]
    if len([part for part in parts if not part.is_lacking]) < len(SECTIONS):
        found.append("empty_section")
    if any(part.ending == "repeated" for part in parts):
        found.append("repetition")
    if is_instructed and len([part for part in parts if part.instruction is not None]) < len(SECTIONS):
        found.append("no_plan")
    return tuple(found)


async def _choice(handle: ModelHandle, messages: tuple[Message, ...], words: tuple[str, str]) -> float | None:
    """Ask for one token and return the share of the first word in it; None if it is neither word."""
    first = await ask_one_token(handle.provider, handle.model, messages, has_logprobs=handle.capabilities.logprobs)
    return share_of_first(words, first.token, first.reply)
