"""Ask one embedded model many questions at once: how long does each wait, and are any starved or mixed up?

    python -m bench.concurrency [--questions 8] [--slots 2] [--deadline 120] [--threads N] [--model NAME]
                                [--data-dir DIR] [--weights-dir DIR] [--check]

All questions are asked at the same moment, Korean and English in turn, and as many are answered in parallel as there
are slots. `--check` exits 1 if a run ends after its deadline, or lacks a section although the model had not ended the
answer. With a 1.5B model on two cores, eight questions take up to four deadlines one after another.
"""

import asyncio
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Final

from bench.deadline_real import OwnModel, bench_options, bench_settings, endings, machine, run_request, shown
from llmfirst.answer import Answer, fold
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.events import SECTIONS, AnswerEvent, Language, StateChanged
from llmfirst.proof import verify
from llmfirst.providers.base import ModelHandle
from llmfirst.settings import Settings

QUESTIONS: Final[tuple[tuple[Language, str], ...]] = (
    ("ko", "하늘은 왜 파랗고, 해 질 녘에는 왜 붉어지나요?"),
    ("en", "What is the difference between a process and a thread?"),
    ("ko", "커피를 맛있게 내리는 방법을 알려 주세요."),
    ("en", "How do vaccines work?"),
    ("ko", "환율이 오르면 수출 기업에는 어떤 영향이 있나요?"),
    ("en", "Why do leaves change colour in autumn?"),
    ("ko", "파이썬에서 리스트와 튜플의 차이는 무엇인가요?"),
    ("en", "How should I prepare for a job interview?"),
)


@dataclass
class Run:
    """One question and the events of its run."""

    language: Language
    question: str
    events: list[AnswerEvent] = field(default_factory=list)

    @property
    def answer(self) -> Answer:
        return fold(self.events)

    @property
    def waits_shown(self) -> list[StateChanged]:
        return [event for event in self.events if event.type == "state_changed" and event.state == "queued"]

    @property
    def sections(self) -> int:
        return sum(bool(self.answer.text(phase).strip()) for phase in SECTIONS)

    @property
    def is_starved(self) -> bool:
        """Whether it has no text, or lacks a section although the model had not ended the answer."""
        parts = [part for phase in SECTIONS if (part := self.answer.phases.get(phase)) is not None]
        complete = [part for part in parts if not part.is_lacking]
        return self.sections == 0 or len(complete) < len(SECTIONS)

    def is_in_time(self, deadline_seconds: float) -> bool:
        total = self.answer.metrics().total_time
        return total is not None and total <= deadline_seconds


async def answers_at_once(settings: Settings, name: str, runs: list[Run]) -> float:
    """Ask all questions at the same moment; return the seconds until the last one has ended."""
    model = OwnModel(settings)
    try:
        handle = await model.ready(name)
        admission = Admission(slots=settings.slots, line_limit=settings.line_limit)
        engine = Engine(
            admission,
            deadline_seconds=settings.deadline_seconds,
            wait_limit_seconds=len(runs) * settings.deadline_seconds,
        )
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, run in enumerate(runs, 1):
                group.create_task(_answer(engine, handle, run, f"q{number}"))
        return time.monotonic() - began
    finally:
        await model.aclose()


async def _answer(engine: Engine, handle: ModelHandle, run: Run, run_id: str) -> None:
    async with aclosing(engine.answer(run_request(run_id, run.question, run.language), handle)) as events:
        async for event in events:
            run.events.append(event)


def print_runs(runs: list[Run]) -> None:
    print(
        "| question | waited, s | expected, s (first, last) | waited after the last, s | first text, s | total, s "
        "| sections with text | their endings (~ not whole) | tokens | proof holds |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    for number, run in enumerate(runs, 1):
        metrics, waits = run.answer.metrics(), run.waits_shown
        first, last = (waits[0].expected_seconds, waits[-1].expected_seconds) if waits else (None, None)
        after_last = metrics.waited - waits[-1].elapsed_seconds if waits and metrics.waited is not None else None
        print(
            f"| {number} {run.language} | {shown(metrics.waited)} | {shown(first)}, {shown(last)} "
            f"| {shown(after_last)} | {shown(metrics.ttft)} | {shown(metrics.total_time)} | {run.sections} "
            f"| {endings(run.answer)} | {metrics.tokens} | {'yes' if verify(run.events).holds else 'NO'} |"
        )


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--questions", type=int, default=8)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--deadline", type=float, default=120.0)
    chosen = parser.parse_args()
    places = ["--slots", str(chosen.slots), "--line-limit", str(max(8, chosen.questions))]
    settings = bench_settings(chosen, *places, "--deadline", str(chosen.deadline))
    runs = [Run(language, question) for language, question in islice(cycle(QUESTIONS), chosen.questions)]
    seconds = asyncio.run(answers_at_once(settings, chosen.model, runs))
    print(f"{machine(chosen.model)}, {chosen.slots} slots, deadline {chosen.deadline:g} s, n={len(runs)}\n")
    print_runs(runs)
    tokens = sum(run.answer.metrics().tokens or 0 for run in runs)
    starved = sum(run.is_starved for run in runs)
    late = sum(not run.is_in_time(chosen.deadline) for run in runs)
    missed = starved > 0 or late > 0
    print(f"\nall: {seconds:.1f} s, {tokens} tokens, {tokens / seconds:.1f} tok/s over all waits and readings")
    print(
        f"targets: starved (no text or a section missing) 0 (found {starved}), "
        f"later than {chosen.deadline:g} s after admission 0 (found {late}): {'MISSED' if missed else 'met'}"
    )
    return int(chosen.check and missed)


if __name__ == "__main__":
    sys.exit(main())
