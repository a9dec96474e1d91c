"""Finds out how a model is best asked: it answers a few questions in two ways and chooses between the answers.

First by two profiles; then, where its service can switch thinking on and off, by the profile that was found, without
thinking and with it. A probe is a list of steps that is known in advance; `next_step` makes the one that follows those
that were made, so a probe can be given up at any moment and be taken up again.
"""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from statistics import fmean
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
from llmfirst.events import (
    SECTIONS,
    AnswerFailed,
    AnswerFinished,
    AnswerSettings,
    CallFinished,
    Language,
    ProfileName,
)
from llmfirst.ledger import Call
from llmfirst.one_token import ask_one_token, share_of_first
from llmfirst.providers.base import Capabilities, Message, ModelHandle, Think
from llmfirst.values import Value

NAMES: Final[tuple[ProfileName, ProfileName]] = ("answer_first", "instructed")
ProbePart = Literal["core", "whole"]
PARTS: Final[tuple[ProbePart, ProbePart]] = ("core", "whole")
STEPS_OF_A_QUESTION: Final = len(NAMES) + len(PARTS)
_THINKING_STEPS: Final = 1 + len(PARTS)  # of a question: its answer without thinking is there already
_PROFILE_END: Final = len(PROBE_QUESTIONS) * STEPS_OF_A_QUESTION
_THINKING_END: Final = _PROFILE_END + len(PROBE_QUESTIONS) * _THINKING_STEPS
_MARGIN: Final = 2  # how many more questions must be won than lost; one could be chance
# A model that changes the language does so before the end of its answer, and a short text is quick to read.
_END_CHARACTERS: Final = 200
_WAIT_SECONDS: Final = 300.0

ProbeFault = Literal["unfinished", "empty_section", "repetition", "no_plan"]
ProbeReason = Literal["chosen", "not_chosen", "faults", "language"]
"""What decided about the other profile than the one by size: its answers were chosen, or were not often enough; or they
had more faults of form, or left the language more often."""
ThinkingReason = Literal[ProbeReason, "late"]
"""What decided about thinking, by the same rule; late: an answer with thinking did not end in time."""
ProbeSubject = Literal["profile", "thinking"]
"""What is being found out."""


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
    think: Think = "auto"
    """What was asked for about the thinking of the model."""
    thought_seconds: float | None = None
    """How long it thought; None where it did not."""

    @property
    def has_left_the_language(self) -> bool:
        return self.language_kept is not None and self.language_kept < 0.5


class ProbeChoice(Value):
    """The model's probability for the second of two texts of its own.

    For what it wrote by `instructed` over what it wrote by `answer_first`, or with thinking over without.
    """

    type: Literal["choice"] = "choice"
    question: str
    part: ProbePart
    """What it read: the cores alone, or the whole answers."""
    read_first: float | None
    """If it read the second text first; None if it chose neither."""
    read_last: float | None
    """If it read the second text last; None if it chose neither."""
    about: ProbeSubject = "profile"

    @property
    def is_for_the_second(self) -> bool | None:
        """Whether the second text is chosen in both orders; None if the choice depends on the order."""
        if self.read_first is None or self.read_last is None:
            return None
        if self.read_first > 0.5 < self.read_last:
            return True
        return False if self.read_first < 0.5 > self.read_last else None

    @property
    def winner(self) -> ProfileName | None:
        """The profile that is chosen in both orders; None if the choice depends on the order."""
        return _name_of(self.is_for_the_second)


ProbeStep = Annotated[ProbeAnswer | ProbeChoice, Field(discriminator="type")]


class ProbeSteps(Value):
    """The steps of a probe so far."""

    names: tuple[ProfileName, ...] = NAMES
    """The profiles that are compared."""
    steps: tuple[ProbeStep, ...] = ()
    tries_thinking: bool = False
    """Whether the model is tried with thinking and without too."""

    @property
    def has_profile(self) -> bool:
        """Whether the profile can be found from the steps."""
        return len(self.steps) >= _PROFILE_END

    @property
    def is_at_profile(self) -> bool:
        """Whether the last step was the last one of the profiles."""
        return len(self.steps) == _PROFILE_END

    @property
    def has_thinking(self) -> bool:
        """Whether it can be found from the steps if thinking pays."""
        return len(self.steps) >= _THINKING_END

    @property
    def is_over(self) -> bool:
        return self.has_thinking if self.tries_thinking else self.has_profile

    @property
    def subject(self) -> ProbeSubject:
        """What the next step is about."""
        return "thinking" if self.has_profile else "profile"

    @property
    def question(self) -> int:
        """The number of the question of the next step, from 1."""
        if not self.has_profile:
            return len(self.steps) // STEPS_OF_A_QUESTION + 1
        return min((len(self.steps) - _PROFILE_END) // _THINKING_STEPS + 1, len(PROBE_QUESTIONS))

    @property
    def calls(self) -> int:
        """How many times the model was called: for the answers, and for one token per language and order."""
        return sum(len(step.calls) + 1 if isinstance(step, ProbeAnswer) else 2 for step in self.steps)

    def then(self, step: ProbeAnswer | ProbeChoice) -> "ProbeSteps":
        return self.model_copy(update={"steps": (*self.steps, step)})


class ThinkingFinding(Value):
    """Whether thinking pays for a model that is asked by the profile that was found."""

    pays: bool
    why: ThinkingReason
    seconds: float
    """How much longer its answers took with thinking, in the mean."""
    thought_seconds: float
    """How long it thought in an answer, in the mean."""
    winners: tuple[bool | None, ...]
    """For each question whether the answer with thinking won; None: neither did."""


class ProbeFinding(Value):
    """The result of a probe; stored by the digest of the weights."""

    profile: ProfileName
    why: ProbeReason
    by_size: ProfileName
    """The profile that the model had before."""
    measured_at: AwareDatetime
    probe: ProbeSteps
    thinking: ThinkingFinding | None = None
    """None where it was not tried."""

    @property
    def winners(self) -> tuple[ProfileName | None, ...]:
        """Who won each question."""
        return tuple(_name_of(won) for won in _winners(self.probe.steps[:_PROFILE_END]))


def offers_both(capabilities: Capabilities) -> bool:
    """Return whether a model can be told to think and not to."""
    return {"off", "on"} <= {*capabilities.think}


def read_steps(stored: str) -> ProbeSteps:
    """Return stored steps; none where they are not of this probe, which then begins again."""
    try:
        probe = ProbeSteps.model_validate_json(stored)
    except ValidationError:
        return ProbeSteps()
    steps = (STEPS_OF_A_QUESTION, _THINKING_STEPS)
    questions = [question for count in steps for _, question in PROBE_QUESTIONS for _ in range(count)]
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
    made, rates = ProbeSteps(tries_thinking=offers_both(handle.capabilities)), RateBook()
    while not made.is_over:
        step = await next_step(made, handle, known, deadline_seconds=deadline_seconds, rates=rates)
        made = made.then(step)
        yield step


async def next_step(
    made: ProbeSteps, handle: ModelHandle, known: Profiles, *, deadline_seconds: float, rates: RateBook
) -> ProbeAnswer | ProbeChoice:
    """Make the step after those that were made: two answers to a question, then two choices between them.

    The answers without thinking are those of the trial of the profiles. Raises ProviderError. Cancelling it stops the
    model. `rates` are the probe's own: people's are measured on whole runs of theirs.
    """
    able = handle.capabilities
    if made.has_profile:
        number, position = divmod(len(made.steps) - _PROFILE_END, _THINKING_STEPS)
        by_size, _ = known.for_size(able.parameter_count)
        ways: dict[ProfileName, Think] = {finding(made, by_size, datetime.now(UTC)).profile: "on"}
    else:
        number, position = divmod(len(made.steps), STEPS_OF_A_QUESTION)
        ways = dict.fromkeys(NAMES, "off" if offers_both(able) else "auto")
    language, question = PROBE_QUESTIONS[number]
    if position < len(ways):
        name, think = list(ways.items())[position]
        engine = _engine(known, name, deadline_seconds=deadline_seconds, rates=rates)
        return await _answered(engine, handle, question, language, name, think)
    answers = [step for step in made.steps if isinstance(step, ProbeAnswer) and step.question == question]
    first, second = (answer for answer in answers if answer.profile in ways)
    part = PARTS[position - len(ways)]
    one, other = ((step.core if part == "core" else step.text) for step in (first, second))
    last = await _choice(handle, compared(question, one, other), A_OR_B)
    return ProbeChoice(
        question=question,
        part=part,
        read_first=await _choice(handle, compared(question, other, one), A_OR_B),
        read_last=None if last is None else 1 - last,
        about=made.subject,
    )


def _engine(known: Profiles, name: ProfileName, *, deadline_seconds: float, rates: RateBook) -> Engine:
    """Return an engine that asks by one profile, without a verdict or a review."""
    bare = {
        each: profile.model_copy(update={"verdict": None, "review": None}) for each, profile in known.profiles.items()
    }
    return Engine(
        Admission(slots=1, line_limit=0),
        deadline_seconds=deadline_seconds,
        wait_limit_seconds=_WAIT_SECONDS,
        rates=rates,
        profiles=ProfileBook(known.model_copy(update={"profiles": bare}), name),
    )


def finding(probe: ProbeSteps, by_size: ProfileName, measured_at: datetime) -> ProbeFinding:
    """Return the profile that a probe supports, and whether thinking pays where that was tried. Pure.

    The model keeps the profile by its size unless the other one wins at least two questions more than it loses, has no
    more faults of form, and leaves the language no more often. The core weighs more than the whole: what a reader has
    early counts. So a question is won by the core that is chosen in both orders; where none is, by the whole answer.
    Thinking pays by the same rule, and only if each answer with it ended in time.
    """
    other = next(name for name in NAMES if name != by_size)
    steps = probe.steps[:_PROFILE_END]
    tried = [step for step in steps if isinstance(step, ProbeAnswer)]
    won = [None if each is None else (each == (other == "instructed")) for each in _winners(steps)]
    why = _why([step for step in tried if step.profile == by_size], [s for s in tried if s.profile == other], won)
    name = other if why == "chosen" else by_size
    return ProbeFinding(
        profile=name,
        why=why,
        by_size=by_size,
        measured_at=measured_at,
        probe=probe,
        thinking=_thinking([step for step in tried if step.profile == name], probe) if probe.has_thinking else None,
    )


def _thinking(without: Sequence[ProbeAnswer], probe: ProbeSteps) -> ThinkingFinding:
    steps = probe.steps[_PROFILE_END:]
    thinking = [step for step in steps if isinstance(step, ProbeAnswer)]
    winners = _winners(steps)
    is_late = any(fault == "unfinished" for step in thinking for fault in step.faults)
    why: ThinkingReason = "late" if is_late else _why(without, thinking, winners)
    return ThinkingFinding(
        pays=why == "chosen",
        why=why,
        seconds=fmean(step.seconds or 0.0 for step in thinking) - fmean(step.seconds or 0.0 for step in without),
        thought_seconds=fmean(step.thought_seconds or 0.0 for step in thinking),
        winners=winners,
    )


def _why(usual: Sequence[ProbeAnswer], other: Sequence[ProbeAnswer], won: Sequence[bool | None]) -> ProbeReason:
    """Return what decides about the other answers; `won`: for each question, whether they won."""
    if sum(step.has_left_the_language for step in other) > sum(step.has_left_the_language for step in usual):
        return "language"
    if sum(len(step.faults) for step in other) > sum(len(step.faults) for step in usual):
        return "faults"
    return "chosen" if won.count(True) - won.count(False) >= _MARGIN else "not_chosen"


def _winners(steps: Sequence[ProbeAnswer | ProbeChoice]) -> tuple[bool | None, ...]:
    """Return for each question whether the second text won: by the core, else by the whole."""
    chosen = [step.is_for_the_second for step in steps if isinstance(step, ProbeChoice)]
    pairs = [chosen[at : at + len(PARTS)] for at in range(0, len(chosen), len(PARTS))]
    return tuple(next((choice for choice in pair if choice is not None), None) for pair in pairs)


def _name_of(is_the_second: bool | None) -> ProfileName | None:
    return None if is_the_second is None else NAMES[is_the_second]


async def _answered(
    engine: Engine, handle: ModelHandle, question: str, language: Language, name: ProfileName, think: Think
) -> ProbeAnswer:
    run_id, settings = f"probe-{secrets.token_hex(8)}", AnswerSettings(think=think)
    asked = RunRequest(run_id, question, language, datetime.now(UTC), Halt(), settings=settings)
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
        think=think,
        thought_seconds=answer.metrics().thought_seconds,
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
