"""The views of a run: what the page shows of an answer, from its beginning to its end."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar, TypeVarTuple

from llmfirst.answer import Answer
from llmfirst.events import PHASES, AnswerEvent, Language, Phase
from llmfirst.markdown.text import MarkdownText
from llmfirst.runs.owners import Owner
from llmfirst.runs.runs import Runs
from llmfirst.ui.pacing import in_batches
from llmfirst.ui.replays import Playback
from llmfirst.ui.spoken import SpokenLanguages
from llmfirst.ui.why import why_panel

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
# The browser often works on the cores that the model decodes on: each update of the page costs tokens.
_BATCH_SECONDS: Final = 0.1
_CLOCK_SECONDS: Final = 0.5
_CATCH_UP_SECONDS: Final = 1.0
"""How long the view of an ended answer waits for a disk that is late, to take back that it is not stored."""

_DRAWN_AT_ONCE: Final = 10_000
"""In characters. A longer text is drawn in several steps, so that the panels of other visitors come between them."""
_HTML_PER_SECOND: Final = 250_000
"""In characters. Each update brings the whole panel again: the next one waits until the browser has had time for it."""


@dataclass(frozen=True)
class AskView:
    """What the tab shows of one answer at one moment."""

    language: Language
    deadline_seconds: float
    answer: Answer = field(default_factory=Answer)
    panels: Mapping[Phase, MarkdownText] = field(default_factory=lambda: dict.fromkeys(PHASES, MarkdownText()))
    """The text of each phase with its HTML."""

    elapsed_seconds: float = 0.0
    problem: str = ""
    """HTML that stands at the question's field: why there is no answer to it."""
    is_stored: bool = True
    why: str = ""
    """HTML: why the answer is as it is. Empty before its end."""
    playback: Playback | None = None
    """How far the replay is; None for an answer that is no replay."""

    @property
    def pause_seconds(self) -> float:
        """How long the browser is left alone with this view."""
        return max(_BATCH_SECONDS, max(len(panel.html) for panel in self.panels.values()) / _HTML_PER_SECOND)

    def at(self, seconds: float) -> "AskView":
        """Return the view of an answer that is written, at an instant: its clocks move in steps, and never back."""
        step = seconds - seconds % _CLOCK_SECONDS
        return replace(self, elapsed_seconds=max(self.elapsed_seconds, self.answer.state_since_seconds, step))


class RunViews:
    """Draws runs for all visitors, and knows in which language each of them reads now."""

    def __init__(self, runs: Runs, *, deadline_seconds: float) -> None:
        self._runs = runs
        self.deadline_seconds = deadline_seconds
        self.spoken = SpokenLanguages()
        # One thread for everybody: the event loop competes with each thread that draws.
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="drawing")

    def idle(self, language: Language) -> AskView:
        """Return the view without an answer."""
        return AskView(language, self.deadline_seconds)

    async def follow(
        self, run_id: str, language: Language, owner: Owner | None, visit: str | None
    ) -> AsyncGenerator[AskView, None]:
        """Yield the views of a run, each in the language that the visit has by then; `owner` None sees all runs."""
        view, events = self.idle(language), list[AnswerEvent]()
        events_of_run = self._runs.follow(run_id, owner=owner)
        batches = in_batches(events_of_run, pause=lambda: view.pause_seconds, beat_seconds=_CLOCK_SECONDS)
        async with aclosing(batches):
            async for batch in batches:
                events += batch
                view = await self.after(view, batch, events, self.spoken.now(visit, language))
                now = self._runs.elapsed(run_id)
                if now is not None and view.answer.end is None:
                    view = view.at(now)
                view = replace(view, is_stored=self._runs.is_stored(run_id))
                yield view
        if not view.is_stored and await self._runs.stored(run_id, within_seconds=_CATCH_UP_SECONDS):
            yield replace(view, is_stored=True)

    async def after(
        self, view: AskView, batch: Sequence[AnswerEvent], events: Sequence[AnswerEvent], language: Language
    ) -> AskView:
        """Return the view after more events of a run, in this language; `events` are all of them up to its end."""
        answer = await self._in_thread(view.answer.after_all, batch)
        panels = {phase: await self._drawn(view.panels[phase], answer.text(phase)) for phase in PHASES}
        elapsed = view.elapsed_seconds if answer.end is None else answer.end.elapsed_seconds
        why = view.why
        if answer.end is not None and (view.answer.end is None or view.language != language):
            why = await self._in_thread(why_panel, events, language, answer.metrics())
        view = replace(view, language=language, answer=answer, panels=panels, elapsed_seconds=elapsed, why=why)
        return view.at(batch[-1].elapsed_seconds) if batch and answer.end is None else view

    async def _drawn(self, panel: MarkdownText, text: str) -> MarkdownText:
        while panel.text != text:
            panel = await self._in_thread(panel.grown, text[: len(panel.text) + _DRAWN_AT_ONCE])
        return panel

    async def _in_thread(self, work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._drawing, work, *arguments)
