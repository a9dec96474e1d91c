"""A probe finds the profile for a model: the model answers a few questions by each profile and chooses between them."""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import AwareDatetime

from llmfirst.answer import Answer
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.profiles import ProfileBook, Profiles
from llmfirst.engine.prompts import A_OR_B, PROBE_QUESTIONS, YES_OR_NO, compared, language_kept
from llmfirst.engine.rates import RateBook
from llmfirst.engine.run_state import RunRequest
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import SECTIONS, AnswerFailed, AnswerFinished, Language, ProfileName
from llmfirst.one_token import ask_one_token, share_of_first
from llmfirst.providers.base import Message, ModelHandle
from llmfirst.values import Value

NAMES: Final[tuple[ProfileName, ProfileName]] = ("direct", "instructed")
_MARGIN: Final = 2  # how many more questions must be won than lost: one is chance
# A model that leaves the language of the question has left it at the end; a short text costs little to read.
_END_CHARACTERS: Final = 200
_WAIT_SECONDS: Final = 300.0

ProbeFault = Literal["unfinished", "empty_section", "repetition", "no_plan"]
# Why a profile was found: the model chose its answers; it did not; they had more faults; they left the language.
ProbeReason = Literal["chosen", "not_chosen", "faults", "language"]


class ProbeAnswer(Value):
    """One answer of the probe."""

    question: str
    profile: ProfileName
    text: str
    seconds: float | None
    faults: tuple[ProbeFault, ...]
    language_kept: float | None
    """How sure the model is that the answer ends in the language of the question; None where it says neither."""


class ProbeChoice(Value):
    """How much of its choice the model gave to the instructed answer."""

    question: str
    read_first: float | None
    """When it read that answer first; None where it chose neither."""
    read_last: float | None
    """When it read that answer last."""

    @property
    def winner(self) -> ProfileName | None:
        """Return the profile that is chosen in both orders; None where the order decides."""
        if self.read_first is None or self.read_last is None:
            return None
        if self.read_first > 0.5 < self.read_last:
            return "instructed"
        return "direct" if self.read_first < 0.5 > self.read_last else None


class ProbeFinding(Value):
    """What a probe found; stored by the digest of the weights."""

    profile: ProfileName
    why: ProbeReason
    measured_at: AwareDatetime
    tried: tuple[ProbeAnswer, ...]
    chosen: tuple[ProbeChoice, ...]


async def probe_model(
    handle: ModelHandle,
    known: Profiles,
    *,
    deadline_seconds: float,
    questions: Sequence[tuple[Language, str]] = PROBE_QUESTIONS,
) -> AsyncGenerator[ProbeAnswer | ProbeChoice, None]:
    """Yield each answer and each choice as it is made; a ProviderError ends it. A question takes a minute on a CPU."""
    bare = {name: profile.model_copy(update={"review": None}) for name, profile in known.profiles.items()}
    profiles = known.model_copy(update={"profiles": bare})
    rates = RateBook()
    for language, question in questions:
        texts: dict[ProfileName, str] = {}
        for name in NAMES:
            engine = Engine(
                Admission(slots=1, line_limit=0),
                deadline_seconds=deadline_seconds,
                wait_limit_seconds=_WAIT_SECONDS,
                rates=rates,
                profiles=ProfileBook(profiles, name),
            )
            answer = await _answered(engine, handle, question, language)
            texts[name] = "\n\n".join(answer.text(phase).strip() for phase in SECTIONS)
            yield ProbeAnswer(
                question=question,
                profile=name,
                text=texts[name],
                seconds=answer.metrics().total_time,
                faults=_faults(answer, is_instructed=profiles.profiles[name].sections == "instructed"),
                language_kept=await _choice(handle, language_kept(question, texts[name][-_END_CHARACTERS:]), YES_OR_NO),
            )
        direct, instructed = (texts[name] for name in NAMES)
        last = await _choice(handle, compared(question, direct, instructed), A_OR_B)
        yield ProbeChoice(
            question=question,
            read_first=await _choice(handle, compared(question, instructed, direct), A_OR_B),
            read_last=None if last is None else 1 - last,
        )


def finding(tried: Sequence[ProbeAnswer], chosen: Sequence[ProbeChoice], measured_at: datetime) -> ProbeFinding:
    """Return the profile that a probe's answers and choices speak for. Pure.

    `instructed` must be chosen in both orders for two more questions than `direct`, have no more faults of form, and
    leave the question's language no more often. A model whose choice goes with the order chooses nothing.
    """
    faults = {name: sum(len(one.faults) for one in tried if one.profile == name) for name in NAMES}
    left = {name: sum(_left_the_language(one) for one in tried if one.profile == name) for name in NAMES}
    ahead = sum(1 if one.winner == "instructed" else -1 for one in chosen if one.winner is not None)
    why: ProbeReason = "chosen"
    if left["instructed"] > left["direct"]:
        why = "language"
    elif faults["instructed"] > faults["direct"]:
        why = "faults"
    elif ahead < _MARGIN:
        why = "not_chosen"
    return ProbeFinding(
        profile="instructed" if why == "chosen" else "direct",
        why=why,
        measured_at=measured_at,
        tried=tuple(tried),
        chosen=tuple(chosen),
    )


def _left_the_language(one: ProbeAnswer) -> bool:
    return one.language_kept is not None and one.language_kept < 0.5


async def _answered(engine: Engine, handle: ModelHandle, question: str, language: Language) -> Answer:
    asked = RunRequest(secrets.token_hex(8), question, language, datetime.now(UTC), Halt())
    answer = Answer()
    async with aclosing(engine.answer(asked, handle)) as events:
        async for event in events:
            answer = answer.after(event)
    if isinstance(answer.end, AnswerFailed):
        raise ProviderInterrupted(answer.end.message)
    return answer


def _faults(answer: Answer, *, is_instructed: bool) -> tuple[ProbeFault, ...]:
    """Return what is wrong with the form of an answer."""
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
    """Ask for one token and return how much of it is the first word."""
    first = await ask_one_token(handle.provider, handle.model, messages, has_logprobs=handle.capabilities.logprobs)
    return share_of_first(words, first.token, first.reply)
