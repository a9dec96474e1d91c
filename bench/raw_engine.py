"""Measure the cost of the engine: compare its answers with the same requests made directly, on the embedded model.

    python -m bench.raw_engine [--repeats 5] [--profile auto] [--threads N] [--model NAME] [--data-dir DIR]
                               [--weights-dir DIR] [--check]

Each repeat is one answer of the engine and one replay of its requests with the same seed; they take turns in going
first. Before each, the model is loaded anew and asked another question, so that neither finds the other's text in the
cache (llama.cpp keeps old prompts). A replay reads each reply as far as the engine did, so that the next request finds
the same cache.

A gap is the time between the last shown text of a section and the first of the next. Within one call it is compared
with the time that the same characters took in the replay, if the replay wrote them. Before a new call it is compared
with the time to the first text of that call plus the end of the call before (a model that ends its message decodes one
more token). Of the prompt of a new call, everything that was read or written before should come from the cache.

`--check` exits 1 if a median misses its target.
"""

import asyncio
import statistics
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bench.deadline_real import OwnModel, bench_options, bench_settings, machine, run_request
from bench.raw_replay import Replayed, read, replay
from llmfirst.answer import fold
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.events import SECTIONS, AnswerEvent, Language, Phase, TextAdded
from llmfirst.ledger import Call
from llmfirst.providers.base import Chunk, Message, ModelHandle, Request, Usage
from llmfirst.settings import Settings

QUESTIONS: Final[tuple[tuple[Language, str], ...]] = (
    ("ko", "왜 하늘은 파란가요?"),
    ("en", "What is the difference between a process and a thread?"),
    ("ko", "커피를 맛있게 내리는 방법은 무엇인가요?"),
    ("en", "How do vaccines work?"),
)
OTHER_QUESTION: Final = "Name three rivers."
FIRST_TEXT_SECONDS: Final = 0.030
DECODE_SHARE: Final = 0.98
GAP_FACTOR: Final = 1.3
CACHED_SHARE: Final = 0.95


class SeededModel(OwnModel):
    """The embedded model, which samples every reply with the seed of the repeat."""

    seed = 0

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        sampling = request.sampling.model_copy(update={"seed": self.seed})
        return super().stream(request.model_copy(update={"sampling": sampling}))


@dataclass(frozen=True)
class EngineAnswer:
    """One answer of the engine."""

    events: tuple[AnswerEvent, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        return fold(self.events).calls

    def texts(self, phase: Phase) -> list[TextAdded]:
        return [e for e in self.events if isinstance(e, TextAdded) and e.phase == phase and e.text]

    def first_call(self, phase: Phase) -> Call | None:
        return next((call for call in self.calls if call.purpose == phase), None)

    @property
    def total(self) -> float:
        return self.events[-1].elapsed_seconds - self.calls[0].started_seconds


async def ask_engine(engine: Engine, handle: ModelHandle, question: str, language: Language) -> EngineAnswer:
    async with aclosing(engine.answer(run_request("bench", question, language), handle)) as events:
        return EngineAnswer(tuple([event async for event in events]))


async def measured(settings: Settings, name: str, repeats: int) -> list[tuple[EngineAnswer, Replayed]]:
    """Return the answers of the engine with their replays; they take turns in going first."""
    model = SeededModel(settings)
    pairs: list[tuple[EngineAnswer, Replayed]] = []
    try:
        handle = await model.ready(name)
        profiles = ProfileBook(load_profiles(), None if settings.profile == "auto" else settings.profile)
        admission = Admission(slots=1, line_limit=0)
        engine = Engine(admission, deadline_seconds=120, wait_limit_seconds=60, profiles=profiles)
        await ask_engine(engine, handle, OTHER_QUESTION, "en")
        answer: EngineAnswer | None = None
        for repeat in range(repeats):
            model.seed = repeat // 2
            language, question = QUESTIONS[model.seed % len(QUESTIONS)]
            raw_goes_first = repeat % 2 == 1 and answer is not None
            if raw_goes_first and answer is not None:
                await _begin_anew(model, name)
                raw = await replay(model, answer.calls)
            await _begin_anew(model, name)
            answer = await ask_engine(engine, handle, question, language)
            if not raw_goes_first:
                await _begin_anew(model, name)
                raw = await replay(model, answer.calls)
            pairs.append((answer, raw))
    finally:
        await model.aclose()
    return pairs


async def _begin_anew(model: OwnModel, name: str) -> None:
    await model.unload(name)
    await read(model, Request(model=name, messages=(Message(role="user", content=OTHER_QUESTION),), max_tokens=8), None)


class Figures:
    """What was measured of both, as pairs of engine and raw by name of the figure; of the engine alone: None."""

    def __init__(self, pairs: Iterable[tuple[EngineAnswer, Replayed]]) -> None:
        self.measured: defaultdict[str, list[tuple[float, float | None]]] = defaultdict(list)
        self.equal_replies = self.replies = 0
        for answer, raw in pairs:
            self._add(answer, raw)

    def _add(self, answer: EngineAnswer, raw: Replayed) -> None:
        core, shown = answer.first_call("core"), answer.texts("core")
        if core is not None and shown and core.call_id in raw.replies:
            first = raw.replies[core.call_id].first_seconds
            self.measured["first text of core, s"].append((shown[0].elapsed_seconds - core.started_seconds, first))
        self._add_rates(answer, raw)
        self._add_prompts(answer, raw)
        for before, phase in pairwise(SECTIONS):
            self._add_gap(before, phase, answer, raw)
        self.measured["whole answer, s"].append((answer.total, raw.total))

    def _add_rates(self, answer: EngineAnswer, raw: Replayed) -> None:
        steps, seconds, raw_steps, raw_seconds = 0, 0.0, 0, 0.0
        for call in answer.calls:
            reply = raw.replies.get(call.call_id)
            if reply is None or call.usage is None or call.first_text_seconds is None:
                continue
            self.replies += 1
            self.equal_replies += reply.text == call.reply
            steps += call.usage.completion_tokens - 1
            seconds += (call.last_text_seconds or 0.0) - call.first_text_seconds
            raw_steps += reply.usage.completion_tokens - 1
            raw_seconds += reply.last - reply.first
        if seconds > 0 and raw_seconds > 0:
            self.measured["decoding, tok/s"].append((steps / seconds, raw_steps / raw_seconds))

    def _add_prompts(self, answer: EngineAnswer, raw: Replayed) -> None:
        pairs = [(call.usage, raw.replies[call.call_id].usage) for call in answer.calls if call.call_id in raw.replies]
        mine, its = [usage for usage, _ in pairs if usage is not None], [usage for _, usage in pairs]
        if mine:
            self.measured["all prompts from cache, %"].append((_cached(mine), _cached(its)))
            self.measured["prompt tokens read, all calls"].append((_read_anew(mine), _read_anew(its)))
        self.measured["calls"].append((len(answer.calls), None))

    def _add_gap(self, before: Phase, phase: Phase, answer: EngineAnswer, raw: Replayed) -> None:
        ended, shown = answer.texts(before), answer.texts(phase)
        reply = raw.replies.get(shown[0].call_id) if ended and shown else None
        if reply is None:
            return
        gap = shown[0].elapsed_seconds - ended[-1].elapsed_seconds
        if shown[0].call_id == ended[-1].call_id:
            through = [e for e in answer.events if isinstance(e, TextAdded) and e.call_id == shown[0].call_id]
            read = "".join(e.text for e in through[: through.index(shown[0])])
            if reply.text.startswith(read + shown[0].text):
                its = reply.read_at(len(read + shown[0].text)) - reply.read_at(len(read))
                self.measured[f"gap to {phase}, same call, s"].append((gap, its))
            return
        call, last = (next(c for c in answer.calls if c.call_id == e.call_id) for e in (shown[0], ended[-1]))
        before_it = raw.replies.get(last.call_id)
        its = reply.first_seconds + (0.0 if before_it is None else before_it.end_seconds)
        self.measured[f"gap to {phase}, new call, s"].append((gap, its))
        if call.usage is None or call.first_text_seconds is None or last.last_text_seconds is None:
            return
        if last.usage is not None:
            known = last.usage.prompt_tokens + last.usage.completion_tokens
            shares = (_cached_of(known, call.usage), _cached_of(known, reply.usage))
            self.measured[f"{phase}: known prompt from cache, %"].append(shares)
        parts = {
            "last shown to last read": last.last_text_seconds - ended[-1].elapsed_seconds,
            "last read to next request": call.started_seconds - last.last_text_seconds,
            "request to first read": call.first_text_seconds - call.started_seconds,
            "first read to first shown": shown[0].elapsed_seconds - call.first_text_seconds,
        }
        for name, seconds in parts.items():
            self.measured[f"- {phase}: {name}, s"].append((seconds, None))


def _cached(usages: Sequence[Usage]) -> float:
    """Return how many of a hundred prompt tokens came from the cache."""
    return 100 * sum(usage.cached_tokens or 0 for usage in usages) / sum(usage.prompt_tokens for usage in usages)


def _cached_of(known: int, usage: Usage) -> float:
    """Return how many of a hundred prompt tokens that the model had read or written came from the cache."""
    return 100 * min(1.0, (usage.cached_tokens or 0) / known)


def _read_anew(usages: Sequence[Usage]) -> int:
    return sum(usage.prompt_tokens - (usage.cached_tokens or 0) for usage in usages)


def _judged(name: str, engine: float, raw: float | None) -> tuple[float | None, str]:
    """Return what a pair is judged by, and by which target; for a figure without one, their ratio."""
    if not raw:
        return None, ""
    if name.startswith("first text"):
        return engine - raw, f"<= {FIRST_TEXT_SECONDS:g} s more"
    if name.startswith("decoding"):
        return engine / raw, f">= {DECODE_SHARE:g} x"
    if name.startswith("gap"):
        return engine / raw, f"<= {GAP_FACTOR:g} x"
    if name.endswith("known prompt from cache, %"):
        return engine / 100, f">= {CACHED_SHARE:g}"
    return engine / raw, ""


def print_figures(figures: Figures) -> bool:
    """Print the table; return whether a target was missed."""
    print("| figure | engine | raw | judged | smallest | largest | n | target |\n|---|---|---|---|---|---|---|---|")
    missed = False
    for name, pairs in figures.measured.items():
        judged = [value for engine, raw in pairs if (value := _judged(name, engine, raw)[0]) is not None]
        target = _judged(name, *pairs[0])[1]
        raws = [raw for _, raw in pairs if raw is not None]
        row = [name, f"{statistics.median(engine for engine, _ in pairs):.3f}"]
        row += [f"{statistics.median(raws):.3f}"] if raws else [""]
        if judged:
            middle = statistics.median(judged)
            is_met = not target or (
                middle >= float(target.split()[1]) if target.startswith(">=") else middle <= float(target.split()[1])
            )
            missed |= not is_met
            row += [f"{middle:.3f}", f"{min(judged):.3f}", f"{max(judged):.3f}"]
            target += "" if is_met else " MISSED"
        else:
            row += ["", f"{min(engine for engine, _ in pairs):.3f}", f"{max(engine for engine, _ in pairs):.3f}"]
        print("| " + " | ".join([*row, str(len(pairs)), target]) + " |")
    return missed


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--profile", default="auto", help="how the model is prompted: auto, or a profile")
    chosen = parser.parse_args()
    settings = bench_settings(chosen, "--profile", chosen.profile)
    pairs = asyncio.run(measured(settings, chosen.model, chosen.repeats))
    figures = Figures(pairs)
    print(f"{machine(chosen.model)}, n={len(pairs)} answers and replays\n")
    missed = print_figures(figures)
    print(f"\nreplies with the same text in both: {figures.equal_replies} of {figures.replies}")
    print(f"targets (by the medians of the pairs): {'MISSED' if missed else 'met'}")
    return int(chosen.check and missed)


if __name__ == "__main__":
    sys.exit(main())
