"""Finds the best profile for a model: it answers a few questions with each profile and chooses between the answers."""

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
_MARGIN: Final = 2  # how many more questions must be won than lost; one could be chance
# A model that changes the language does so before the end of its answer, and a short text is quick to read.
_END_CHARACTERS: Final = 200
_WAIT_SECONDS: Final = 300.0

ProbeFault = Literal["unfinished", "empty_section", "repetition", "no_plan"]
ProbeReason = Literal["chosen", "not_chosen", "faults", "language"]
"""What decided: the model chose the instructed answers, or did not; or they had more faults of form or language."""


class ProbeAnswer(Value):
    """One answer of the probe."""

    question: str
    profile: ProfileName
    text: str
    seconds: float | None
    faults: tuple[ProbeFault, ...]
    language_kept: float | None
    """The model's probability that the answer ends in the language of the question; None if it said neither word."""


class ProbeChoice(Value):
    """The model's probability for the instructed answer over the direct one."""

    question: str
    read_first: float | None
    """If it read the instructed answer first; None if it chose neither."""
    read_last: float | None
    """If it read the instructed answer last; None if it chose neither."""

    @property
    def winner(self) -> ProfileName | None:
        """The profile that is chosen in both orders; None if the choice depends on the order."""
        if self.read_first is None or self.read_last is None:
            return None
        if self.read_first > 0.5 < self.read_last:
            return "instructed"
        return "direct" if self.read_first < 0.5 > self.read_last else None


class ProbeFinding(Value):
    """The result of a probe; stored by the digest of the weights."""

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
    """Yield each answer and choice as it is made. Raises ProviderError. A question takes about a minute on a CPU."""
    bare = {
        name: profile.model_copy(update={"verdict": None, "review": None}) for name, profile in known.profiles.items()
    }
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
    """Return the profile that the answers and choices of a probe support. Pure.

    For `instructed`, the model must choose it in both orders for at least two more questions than `direct`, and its
    answers must not have more faults of form nor change the language more often.
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
