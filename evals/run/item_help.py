"""What a model does for the person who writes an item: it writes an anchor, or the item is tried on it at once."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from evals.judge.judged_answers import item_verdict_of, verdicts_of
from evals.judge.questions import questions_about
from evals.judge.queue import JudgeQueue, PauseGate
from evals.judge.verdicts import ItemVerdict, Verdict
from evals.run.runner import EvaluationBroken
from evals.run.service import EvaluationBusy, Evaluations
from evals.suite.cases import AnchorName, Case
from evals.suite.checks import CheckResult, run_checks
from llmfirst import (
    SECTIONS,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    Failed,
    Language,
    Message,
    Owner,
    Request,
    Services,
    fenced,
    fold,
    readiness_of,
)

_MOST_TOKENS: Final = 900
_LOOK_SECONDS: Final = 0.5
_SYSTEM: Final = (
    "You write one answer to a question, for a test of answers. Write only the answer itself, in the language of the "
    "question, as it would be given to the person who asks. Say nothing about the test or the statements."
)
_WANTED: Final[Mapping[AnchorName, str]] = {
    "good": "Write a correct and complete answer.",
    "bad": "Write an answer that sounds sure and is about as long as a good one, but is wrong.",
}


@dataclass(frozen=True)
class AnchorTask:
    """An anchor that a model is to write."""

    anchor: AnchorName
    question: str
    reference: str
    true_of_it: Sequence[str]
    """The statements that must be true of the answer."""
    false_of_it: Sequence[str]

    def messages(self) -> tuple[Message, ...]:
        parts = [fenced("Question:", self.question)]
        if self.reference:
            parts.append(fenced("A correct answer, for you to know:", self.reference))
        if self.true_of_it:
            parts.append(fenced("Each of these must be true of your answer:", "\n".join(self.true_of_it)))
        if self.false_of_it:
            parts.append(fenced("Each of these must be false of your answer:", "\n".join(self.false_of_it)))
        content = "\n\n".join([*parts, _WANTED[self.anchor]])
        return (Message(role="system", content=_SYSTEM), Message(role="user", content=content))


@dataclass(frozen=True)
class Trial:
    """How far the trial of an item is, and what came of it so far."""

    stage: Literal["loading", "answering", "judging", "done", "interrupted"]
    text: str = ""
    seconds: float | None = None
    error: str = ""
    """What the model's service said when the answer failed."""
    judged: int = 0
    readings: int = 0
    checks: tuple[CheckResult, ...] = ()
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    """By the index of the criterion."""
    item: ItemVerdict | None = None


class ItemHelp:
    """Asks models for the person who writes an item. People's questions go first, and so does an evaluation."""

    def __init__(self, services: Services, evaluations: Evaluations) -> None:
        self._services = services
        self._evaluations = evaluations

    async def models(self) -> tuple[str, ...]:
        """Return the models on this machine, the model that answers questions first."""
        return tuple(offer.key for offer in await self._evaluations.models())

    async def judges(self) -> tuple[str, ...]:
        return await self._evaluations.judges()

    async def write_anchor(self, task: AnchorTask, model: str, stop: asyncio.Event) -> AsyncGenerator[str, None]:
        """Yield the anchor as it grows, until it ends or is stopped.

        Raises EvaluationBusy, EvaluationBroken and ProviderError.
        """
        self._see_that_nothing_runs()
        await self._load(model)
        handle = self._services.models.handle(model)
        request = Request(model=handle.model, messages=task.messages(), max_tokens=_MOST_TOKENS)
        runs, text = self._services.runs, ""
        await runs.quiet()
        busy = asyncio.create_task(runs.busy())
        try:
            async with runs.idle.used(), aclosing(handle.provider.stream(request)) as chunks:
                async for chunk in chunks:
                    if stop.is_set():
                        return
                    if busy.done():
                        raise EvaluationBroken("Somebody asked a question meanwhile, which goes first: write it again.")
                    if chunk.text:
                        text += chunk.text
                        yield text
        finally:
            busy.cancel()

    async def try_item(
        self, case: Case, model: str, judge: str | None, language: Language, owner: Owner
    ) -> AsyncGenerator[Trial, None]:
        """Ask the question of an item, then let the judge read the answer, and yield each step.

        Raises what starting an evaluation raises.
        """
        self._see_that_nothing_runs()
        yield Trial("loading")
        await self._load(model)
        runs, seen, shown = self._services.runs, list[AnswerEvent](), 0.0
        run_id = await runs.start(
            case.question, language=language, model=model, grace_seconds=0.0, is_background=True, owner=owner
        )
        async with aclosing(runs.follow(run_id, owner=owner)) as events:
            async for event in events:
                seen.append(event)
                if (now := asyncio.get_running_loop().time()) - shown > _LOOK_SECONDS:
                    shown = now
                    yield Trial("answering", _text(seen))
        text = _text(seen)
        match seen[-1]:
            case AnswerFailed(message=message):
                yield Trial("done", text, error=message)
            case AnswerFinished(outcome=outcome, elapsed_seconds=seconds) if outcome != "stopped":
                answered = Trial("done", text, seconds, checks=run_checks(case.checks, text))
                if judge is None or not case.is_judged:
                    yield answered
                    return
                async with aclosing(self._judged(case, answered, judge, owner)) as steps:
                    async for step in steps:
                        yield step
            case _:
                yield Trial("interrupted", text)

    async def _judged(self, case: Case, answered: Trial, judge: str, owner: Owner) -> AsyncGenerator[Trial, None]:
        text = answered.text
        yield replace(answered, stage="judging")
        archive = self._evaluations.archive.seen_by(owner)
        async with self._services.runs.idle.used():
            reader = await self._evaluations.judge(judge)
            queue = JudgeQueue(archive, reader, PauseGate(self._services.runs))
            left = await queue.left(list(questions_about(case, [text])))
            judged = 0

            def say(number: int) -> None:
                nonlocal judged
                judged = number

            reading = asyncio.create_task(queue.read_all(left, say, lambda: None))
            try:
                while not (await asyncio.wait({reading}, timeout=_LOOK_SECONDS))[0]:
                    yield replace(answered, stage="judging", judged=judged, readings=len(left))
                await reading
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        readings = await asyncio.to_thread(archive.readings, reader.card)
        verdicts = verdicts_of(case, text, readings)
        yield replace(answered, verdicts=verdicts, item=item_verdict_of(case, text, verdicts))

    def _see_that_nothing_runs(self) -> None:
        if self._evaluations.running is not None:
            raise EvaluationBusy("An evaluation is running: wait until it is over, or stop it.")

    async def _load(self, model: str) -> None:
        models = self._services.models
        await models.offers()
        models.begin(model)
        async with aclosing(readiness_of(models, model)) as states:
            async for readiness in states:
                if isinstance(readiness, Failed):
                    raise EvaluationBroken(readiness.message, readiness.problem)


def _text(events: Sequence[AnswerEvent]) -> str:
    answer = fold(events)
    return "\n\n".join(text for phase in SECTIONS if (text := answer.text(phase).strip()))
