"""What the Ask tab does: a question becomes a run, and the page a reading of that run."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

import gradio as gr

from llmfirst.answer import Answer
from llmfirst.errors import (
    LineFull,
    LlmfirstError,
    ModelMissing,
    NotReady,
    QuestionBlank,
    QuestionNotText,
    QuestionTooLong,
    RunUnknown,
    TooManyRuns,
)
from llmfirst.events import PHASES, AnswerEvent, Language
from llmfirst.models import Models, Offer, Ready, readiness_of
from llmfirst.runs.owners import Owner, owner_of
from llmfirst.runs.runs import Runs
from llmfirst.texts import RefusalTexts, texts_in
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.pacing import in_batches
from llmfirst.ui.render import (
    budget_bar,
    notice,
    offer_label,
    problem_html,
    readiness_line,
    state_clock,
    state_words,
    timing_strip,
)
from llmfirst.ui.review import review_panel
from llmfirst.ui.why import why_panel

# The browser often works on the cores that the model decodes on: each update of the page costs tokens.
_BATCH_SECONDS: Final = 0.1
_CLOCK_SECONDS: Final = 0.5


@dataclass(frozen=True)
class AskView:
    """What the components of `AskTab.shown` show; `events` are those of the whole run once it has ended."""

    answer: Answer = field(default_factory=Answer)
    elapsed_seconds: float = 0.0
    problem: str = ""
    is_stored: bool = True
    events: tuple[AnswerEvent, ...] = ()

    def values(self, deadline_seconds: float, language: Language) -> list[Any]:
        answer = self.answer
        if answer.submitted is not None:
            deadline_seconds = answer.submitted.deadline_seconds
        return [
            *[answer.text(phase) for phase in PHASES],
            budget_bar(answer, self.elapsed_seconds, deadline_seconds, language),
            state_words(answer, language),
            state_clock(answer, self.elapsed_seconds, language),
            timing_strip(answer.metrics(), language),
            self.problem or notice(answer, language, is_stored=self.is_stored),
            "" if answer.submitted is None else answer.submitted.run_id,
            review_panel(answer, language),
            why_panel(self.events, language),
        ]


class AskPage:
    """The callbacks of the tab; one for all visitors, so it holds nothing of any of them."""

    def __init__(self, runs: Runs, models: Models, *, deadline_seconds: float, grace_seconds: float) -> None:
        self._runs = runs
        self._models = models
        self._deadline_seconds = deadline_seconds
        self._grace_seconds = grace_seconds

    def idle(self, language: Language) -> list[Any]:
        return AskView().values(self._deadline_seconds, language)

    async def on_ask(
        self, question: str, model: str | None, language: Language, owner: Owner
    ) -> AsyncGenerator[list[Any], None]:
        try:
            run_id = await self._runs.start(
                question, language=language, model=model, grace_seconds=self._grace_seconds, owner=owner
            )
        except LlmfirstError as error:
            refused = problem_html(refusal_words(error, texts_in(language).refusals))
            yield AskView(problem=refused).values(self._deadline_seconds, language)
            return
        async with aclosing(self._shown(run_id, language, owner)) as views:
            async for view in views:
                yield view

    async def on_open(self, run_id: str | None, language: Language, owner: Owner) -> AsyncGenerator[list[Any], None]:
        """Show a run that is named in the page's address, stored or still being written."""
        if run_id is None:
            yield self.idle(language)
            return
        try:
            async with aclosing(self._shown(run_id, language, owner)) as views:
                async for view in views:
                    yield view
        except RunUnknown:
            unknown = problem_html(texts_in(language).refusals.run_unknown)
            yield AskView(problem=unknown).values(self._deadline_seconds, language)

    async def on_stop(self, run_id: str, owner: Owner) -> None:
        try:
            self._runs.stop(run_id, owner=owner)
        except RunUnknown:  # it ended in the meantime: there is nothing to stop
            return

    async def on_model(self, key: str | None, language: Language) -> AsyncGenerator[tuple[str, Any], None]:
        """Bring the chosen model here and load it, telling how far it is; leaving does not stop that."""
        offer = await self._offer(key)
        self._models.begin(offer.key)
        async with aclosing(readiness_of(self._models, offer.key)) as states:
            async for readiness in states:
                line = readiness_line(offer, self._models.chosen, readiness, language)
                yield line, gr.Button(interactive=isinstance(readiness, Ready))

    async def picker(self, key: str | None, language: Language) -> gr.Dropdown:
        """Return the picker with what can be chosen now."""
        offers = await self._models.offers()
        keys = {offer.key for offer in offers}
        return gr.Dropdown(
            label=texts_in(language).shared.model,
            choices=[(offer_label(offer, language), offer.key) for offer in offers],
            value=key if key in keys else self._models.chosen.offer.key,
        )

    async def _offer(self, key: str | None) -> Offer:
        if key is None or key == self._models.chosen.offer.key:
            return self._models.chosen.offer
        offers = {offer.key: offer for offer in await self._models.offers()}
        return offers.get(key, self._models.chosen.offer)

    async def _shown(self, run_id: str, language: Language, owner: Owner) -> AsyncGenerator[list[Any], None]:
        answer, elapsed = Answer(), 0.0
        events: list[AnswerEvent] = []
        events_of_run = self._runs.follow(run_id, owner=owner)
        batches = in_batches(events_of_run, every_seconds=_BATCH_SECONDS, beat_seconds=_CLOCK_SECONDS)
        async with aclosing(batches):
            async for batch in batches:
                events += batch
                for event in batch:
                    answer = answer.after(event)
                    elapsed = event.elapsed_seconds
                now = self._runs.elapsed(run_id)
                if now is not None and answer.end is None:
                    elapsed = now - now % _CLOCK_SECONDS
                whole = () if answer.end is None else tuple(events)
                view = AskView(answer, elapsed, is_stored=self._runs.is_stored(run_id), events=whole)
                yield view.values(self._deadline_seconds, language)


def refusal_words(error: LlmfirstError, texts: RefusalTexts) -> str:
    """Return why a question was not taken, in the language of the page."""
    match error:
        case QuestionBlank():
            return texts.blank
        case QuestionTooLong(length=length, limit=limit):
            return texts.too_long.format(length=length, limit=limit)
        case QuestionNotText():
            return texts.not_text
        case NotReady():
            return texts.not_ready
        case LineFull():
            return texts.line_full
        case TooManyRuns(running=running):
            return texts.too_many_runs.format(running=running)
        case ModelMissing():
            return texts.model_missing
        case _:
            return str(error)


def wire_ask_tab(tab: AskTab, page: AskPage, language: gr.Radio) -> None:
    """Connect the components; what runs a model shares one concurrency group."""

    async def on_ask(
        question: str, model: str | None, chosen: Language, request: gr.Request
    ) -> AsyncGenerator[list[Any], None]:
        async with aclosing(page.on_ask(question, model, chosen, owner_of(request.username))) as views:
            async for view in views:
                yield view

    async def on_stop(run_id: str, request: gr.Request) -> None:
        await page.on_stop(run_id, owner_of(request.username))

    gr.on(
        [tab.ask.click, tab.question.submit],
        on_ask,
        [tab.question, tab.model, language],
        tab.shown,
        show_progress="hidden",
        concurrency_limit=None,
        concurrency_id="model",
        api_visibility="private",
    )
    tab.stop.click(on_stop, tab.run_id, None, show_progress="hidden", concurrency_limit=None, api_visibility="private")
    tab.model.input(
        page.on_model,
        [tab.model, language],
        [tab.ready, tab.ask],
        show_progress="hidden",
        concurrency_limit=None,
        trigger_mode="always_last",
        api_visibility="private",
    )
    for button in tab.examples:
        button.click(None, button, tab.question, js="(text) => text", api_visibility="private")
    # The address names the run, so that a reload finds it again.
    tab.run_id.change(
        None,
        tab.run_id,
        None,
        js="(id) => { if (id) history.replaceState(null, '', '?run=' + encodeURIComponent(id)); }",
        api_visibility="private",
    )
