"""A round: all protocols, questions and seeds, several at a time, with each answer written to a file as it is made."""

import asyncio
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Final, TextIO

import httpx
import yaml
from pydantic import TypeAdapter

from research.bakeoff.call_cache import CallCache
from research.bakeoff.protocol_list import PROTOCOLS
from research.bakeoff.server import Refused
from research.bakeoff.talk import Talk
from research.bakeoff.values import AnswerKey, AnswerRecord, CallRecord, Model, Question, SetName, joined

QUESTIONS_PATH: Final = Path(__file__).with_name("questions.yaml")
_QUESTIONS: Final = TypeAdapter(dict[SetName, list[Question]])
_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Job:
    """One answer to make."""

    protocol: str
    question: Question
    seed: int

    @property
    def key(self) -> AnswerKey:
        return AnswerKey(self.protocol, self.question.id, self.seed)


@dataclass
class Tally:
    """The progress of a round."""

    done: int = 0
    failed: int = 0
    left: int = 0
    tokens: int = 0


def load_questions(which: SetName, path: Path = QUESTIONS_PATH) -> list[Question]:
    """Return the questions of one set, Korean and English in turn, so that a round that is cut short has both."""
    found = _QUESTIONS.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))[which]
    sides = [[each for each in found if each.language == language] for language in ("ko", "en")]
    return [question for pair in zip_longest(*sides) for question in pair if question is not None]


def jobs_of(questions: Sequence[Question], protocols: Sequence[str], seeds: Sequence[int]) -> list[Job]:
    """Return the jobs of a round, by seed, then protocol, then question."""
    return [Job(protocol, question, seed) for seed in seeds for protocol in protocols for question in questions]


def read_answers(path: Path) -> Iterator[AnswerRecord]:
    """Yield the answers in a file, without a last line that is incomplete."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield AnswerRecord.model_validate_json(line)


async def answer(job: Job, cache: CallCache, model: str) -> AnswerRecord:
    """Make one answer."""
    talk = Talk(job.question.question, job.seed, cache)
    await PROTOCOLS[job.protocol](talk)
    return AnswerRecord(
        protocol=job.protocol,
        question_id=job.question.id,
        language=job.question.language,
        kind=job.question.kind,
        seed=job.seed,
        model=model,
        question=job.question.question,
        sections=talk.sections,
        text=joined(talk.sections),
        ending=talk.ending,
        calls=tuple(talk.calls),
        times=talk.times,
        guards=tuple(talk.guards),
        notes=tuple(talk.notes),
    )


async def run_round(
    jobs: Iterable[Job], model: Model, path: Path, *, name: str, width: int, seconds: float | None = None
) -> Tally:
    """Make the answers that the file does not have, `width` at a time; after `seconds` the unfinished are cancelled."""
    _drop_incomplete_line(path)
    known: list[CallRecord] = []
    existing: set[AnswerKey] = set()
    for record in read_answers(path):
        existing.add(record.key)
        known.extend(call for call in record.calls if call.reply.finish_reason is not None)
    missing = [job for job in jobs if job.key not in existing]
    tally = Tally(left=len(missing))
    cache, gate, ends_at = CallCache(model, known), asyncio.Semaphore(width), time.monotonic() + (seconds or 0.0)
    with path.open("a", encoding="utf-8") as file:

        async def make(job: Job) -> None:
            async with gate:
                await _make(job, cache, name, file, tally)

        tasks = [asyncio.create_task(make(job)) for job in missing]
        try:
            open_tasks = set(tasks)
            while open_tasks and (seconds is None or time.monotonic() < ends_at):
                _, open_tasks = await asyncio.wait(open_tasks, timeout=None if seconds is None else _LOOK_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
    return tally


def machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"xllamacpp {version('xllamacpp')}"
    )


async def _make(job: Job, cache: CallCache, name: str, file: TextIO, tally: Tally) -> None:
    began = time.monotonic()
    try:
        record = await answer(job, cache, name)
    except (Refused, httpx.HTTPError) as error:  # the next start tries it again
        tally.failed += 1
        print(f"{job.protocol} {job.question.id} seed {job.seed}: {type(error).__name__} {error}", flush=True)
        return
    file.write(record.model_dump_json() + "\n")
    file.flush()
    made = sum(call.reply.tokens for call in record.calls if not call.is_shared)
    tally.done += 1
    tally.left -= 1
    tally.tokens += made
    seconds = time.monotonic() - began
    print(f"{job.protocol:<17} {job.question.id:<22} seed {job.seed} {made:>5} tokens {seconds:6.1f} s", flush=True)


def _drop_incomplete_line(path: Path) -> None:
    """Remove a last line that a killed round had not finished."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
