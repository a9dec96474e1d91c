"""In real time: does every answer end before its deadline with all its sections, even when the machine gets busy?

    python -m bench.deadline_real [--deadlines 15,30,60,120] [--threads N] [--model NAME] [--data-dir DIR]
                                  [--weights-dir DIR] [--profile auto] [--check]

The embedded model answers one Korean and one English question per deadline. Half-way through each deadline, but after
5 s at the latest, a busy loop starts on every core and runs until the end of the answer. `--check` exits 1 if an
answer is late or has no conclusion. (In 5 s a busy machine may have no time for one: reading the prompts takes most of
them.)
"""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from llmfirst.answer import Answer
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.landing import ends_whole
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.engine.rates import RateBook
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import SECTIONS, AnswerEvent, Language, is_end
from llmfirst.providers.base import Chunk, ModelHandle, Request
from llmfirst.providers.embedded import EmbeddedProvider, usable_cores
from llmfirst.settings import Settings, load_settings

QUESTIONS: Final[dict[Language, str]] = {
    "ko": "하늘은 왜 파랗고, 해 질 녘에는 왜 붉어지나요? 자세히 설명해 주세요.",
    "en": "How do I prepare for a job interview in two days?",
}
_BUSY_BY_SECONDS: Final = 5.0
# The loop ends when its parent process does, for whatever reason.
_BUSY: Final = "import os\nus = os.getppid()\nwhile os.getppid() == us:\n    for _ in range(10**6): pass"


@dataclass(frozen=True)
class Step:
    """The time in which some tokens arrived, in seconds on the monotonic clock."""

    began: float
    ended: float
    tokens: int


class OwnModel(EmbeddedProvider):
    """The embedded model of the settings, which records when its tokens arrive. `ready` downloads and loads it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            settings.data_dir,
            weights_dir=settings.weights_dir,
            context_tokens=settings.context_tokens,
            slots=settings.slots,
            threads=settings.threads,
        )
        self.steps: list[Step] = []

    async def ready(self, model: str) -> ModelHandle:
        """Download the weights if they are missing, load them, and return a handle to the model."""
        async with aclosing(self.pull(model)) as progress:
            async for _ in progress:
                pass
        await self.warm(model)
        card = await self.show(model)
        return ModelHandle(provider=self, model=model, digest=card.digest, warm=lambda: self.warm(model))

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        previous: tuple[float, int] | None = None
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                if chunk.text and chunk.usage is not None:
                    now, tokens = time.monotonic(), chunk.usage.completion_tokens
                    if previous is not None:
                        self.steps.append(Step(previous[0], now, tokens - previous[1]))
                    previous = (now, tokens)
                yield chunk


class Burner:
    """A busy loop on every core, from `begin` to `end`."""

    def __init__(self) -> None:
        self.began: float | None = None
        self._children: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        self.began = time.monotonic()
        self._children = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(usable_cores())]

    def end(self) -> None:
        for child in self._children:
            child.kill()
        for child in self._children:
            child.wait()


@dataclass
class Run:
    """One answer on a machine that gets busy."""

    language: Language
    deadline_seconds: float
    answer: Answer = field(default_factory=Answer)
    seconds: float = 0.0
    """From admission to the end, measured by the reader."""

    ends: int = 0
    """The number of end events, which must be one."""

    busy_from: float | None = None
    """When the busy loops began, in seconds after admission; None if the answer ended before."""

    calm_rate: float | None = None
    """Tokens per second before the busy loops began."""

    busy_rate: float | None = None
    """Tokens per second afterwards."""

    @property
    def is_late(self) -> bool:
        return self.seconds > self.deadline_seconds

    @property
    def is_concluded(self) -> bool:
        return not self.answer.phases["conclusion"].is_lacking


def run_request(run_id: str, question: str, language: Language) -> RunRequest:
    return RunRequest(run_id=run_id, question=question, language=language, submitted_at=datetime.now(UTC), halt=Halt())


async def answer_on_a_busy_machine(engine: Engine, handle: ModelHandle, model: OwnModel, run: Run) -> None:
    """Ask one question, and make the machine busy half-way through its deadline or after _BUSY_BY_SECONDS."""
    model.steps.clear()
    burner, loop, admitted = Burner(), asyncio.get_running_loop(), 0.0
    starting: asyncio.TimerHandle | None = None
    request = run_request(f"{run.deadline_seconds:g}-{run.language}", QUESTIONS[run.language], run.language)
    try:
        events: AsyncGenerator[AnswerEvent, None]
        async with aclosing(engine.answer(request, handle)) as events:
            async for event in events:
                if event.type == "admitted":
                    admitted = time.monotonic()
                    starting = loop.call_later(min(run.deadline_seconds / 2, _BUSY_BY_SECONDS), burner.begin)
                run.answer = run.answer.after(event)
                run.ends += is_end(event)
                run.seconds = time.monotonic() - admitted
    finally:
        if starting is not None:
            starting.cancel()
        burner.end()
    began = burner.began
    run.busy_from = None if began is None else began - admitted
    run.calm_rate = _rate(step for step in model.steps if began is None or step.ended <= began)
    run.busy_rate = None if began is None else _rate(step for step in model.steps if step.began >= began)


async def runs_on_a_busy_machine(settings: Settings, name: str, deadlines: Sequence[float]) -> list[Run]:
    """Ask one question per language and deadline; later runs know the rates of earlier ones, as in the program."""
    model = OwnModel(settings)
    runs = [Run(language, deadline) for deadline in deadlines for language in QUESTIONS]
    try:
        handle = await model.ready(name)
        rates = RateBook()
        profiles = ProfileBook(load_profiles(), None if settings.profile == "auto" else settings.profile)
        for run in runs:
            admission = Admission(slots=settings.slots, line_limit=settings.line_limit)
            engine = Engine(
                admission,
                deadline_seconds=run.deadline_seconds,
                wait_limit_seconds=settings.wait_limit_seconds,
                rates=rates,
                profiles=profiles,
            )
            await answer_on_a_busy_machine(engine, handle, model, run)
    finally:
        await model.aclose()
    return runs


def _rate(steps: Iterable[Step]) -> float | None:
    counted = tuple(steps)
    seconds = sum(step.ended - step.began for step in counted)
    return sum(step.tokens for step in counted) / seconds if seconds > 0 else None


def bench_options(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options of every bench that loads a model."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--data-dir")
    parser.add_argument("--weights-dir")
    parser.add_argument("--threads", help="threads of the model; unset: the cores this process may use")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    return parser


def bench_settings(chosen: argparse.Namespace, *more: str) -> Settings:
    """Return the settings for the options of a bench and `more` options of the program."""
    arguments = ["--provider", "embedded", "--probe", "off", *more]
    arguments += [] if chosen.data_dir is None else ["--data-dir", chosen.data_dir]
    arguments += [] if chosen.weights_dir is None else ["--weights-dir", chosen.weights_dir]
    arguments += [] if chosen.threads is None else ["--threads", chosen.threads]
    return load_settings(arguments)


def machine(model: str) -> str:
    """Describe the machine, for the head of a table."""
    return (
        f"{platform.system()} {platform.machine()}, {usable_cores()} cores (load {os.getloadavg()[0]:.1f} at the end), "
        f"Python {platform.python_version()}, xllamacpp {version('xllamacpp')}, {model}"
    )


def shown(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def endings(answer: Answer) -> str:
    """Return how the sections ended, with `~` after each that does not end with a whole sentence."""
    parts = [(answer.phases[phase].ending, answer.text(phase)) for phase in SECTIONS if phase in answer.phases]
    return ", ".join(f"{ending}{'' if ends_whole(text) else ' ~'}" for ending, text in parts)


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--profile", default="auto", help="how the model is prompted: auto, or a profile")
    parser.add_argument("--deadlines", default="15,30,60,120", help="in seconds, separated by commas")
    chosen = parser.parse_args()
    deadlines = [float(seconds) for seconds in chosen.deadlines.split(",")]
    settings = bench_settings(chosen, "--profile", chosen.profile)
    runs = asyncio.run(runs_on_a_busy_machine(settings, chosen.model, deadlines))
    print(f"{machine(chosen.model)}, n={len(runs)}\n")
    print(
        "| deadline, s | language | end, s | margin, s | sections with text | their endings (~ not whole) | tokens "
        "| tok/s | busy from, s | tok/s busy |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for run in runs:
        sections = sum(bool(run.answer.text(phase).strip()) for phase in SECTIONS)
        margin = run.deadline_seconds - run.seconds
        print(
            f"| {run.deadline_seconds:g} | {run.language} | {run.seconds:.2f} | {margin:.2f} | {sections} "
            f"| {endings(run.answer)} | {run.answer.metrics().tokens} | {shown(run.calm_rate)} "
            f"| {shown(run.busy_from)} | {shown(run.busy_rate)} |"
        )
    late = sum(run.is_late for run in runs)
    lacking = sum(not run.is_concluded for run in runs)
    missed = late > 0 or lacking > 0
    print(
        f"\ntargets: late 0 (found {late}), without a conclusion 0 (found {lacking}): {'MISSED' if missed else 'met'}"
    )
    return int(chosen.check and missed)


if __name__ == "__main__":
    sys.exit(main())
