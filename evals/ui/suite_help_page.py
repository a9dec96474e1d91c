"""The callbacks by which a model helps to write an item: it writes an anchor, or the item is tried on it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from pydantic import ValidationError

from evals.run.item_help import ItemHelp
from evals.suite.cases import AnchorName, Case
from evals.suite.problems import SuiteError
from evals.suite.shelf import Shelf
from evals.texts import texts_in
from evals.ui.render import refusal_html
from evals.ui.suite_form import anchor_task, with_anchor
from evals.ui.suite_page import Place, keep_draft
from evals.ui.suite_render import mark_html, problems_at, suite_facts
from evals.ui.suite_tab import SuiteTab
from evals.ui.suite_trial import trial_html, working_html
from llmfirst import DocumentStore, Language, LlmfirstError, Owner, Updates, problem_html


class HelpWanted(Place):
    """What a model is asked for."""

    model: str = ""
    judge: str = ""
    anchor: AnchorName = "good"


class SuiteHelpPage:
    """The callbacks. They serve all visitors, so each gets the owner, and reads and writes only what is the owner's."""

    def __init__(self, documents: DocumentStore, help: ItemHelp, tab: SuiteTab) -> None:
        self._documents = documents
        self._help = help
        self._tab = tab
        self._stops: dict[tuple[Owner, str], asyncio.Event] = {}

    async def on_write(self, owner: Owner, data: Any, language: Language) -> AsyncGenerator[Updates, None]:
        """Let the model write an anchor, and store it marked as such once it is whole or stopped."""
        words, tab = texts_in(language).suites, self._tab
        shelf = Shelf(self._documents, owner)
        try:
            wanted = HelpWanted.model_validate(data)
            fields = await asyncio.to_thread(_fields_now, shelf, wanted)
        except (ValidationError, SuiteError):
            yield {tab.notice: problem_html(words.gone), tab.said: {"halted": True}}
            return
        task, key = anchor_task(fields, wanted.anchor), (owner, wanted.item)
        if not wanted.model or not task.question.strip():
            said = words.no_question_yet if wanted.model else words.no_model
            yield {tab.notice: problem_html(said), tab.said: {"halted": True}}
            return
        stop = self._stops[key] = asyncio.Event()
        told = {"item": wanted.item, "anchor": wanted.anchor}
        serial = {} if wanted.draft is None else {"serial": wanted.draft.serial}
        text = ""
        try:
            yield {tab.notice: working_html(words.now_writing, wanted.model), tab.said: {**told, **serial}}
            async with aclosing(self._help.write_anchor(task, wanted.model, stop)) as steps:
                async for text in steps:
                    yield {tab.said: {**told, "text": text}}
            notice = ""
        except LlmfirstError as error:
            notice = refusal_html(error, language)
        finally:
            self._stops.pop(key, None)
        yield {tab.notice: notice, tab.said: await asyncio.to_thread(_stored, shelf, wanted, text, language)}

    async def on_try(self, owner: Owner, data: Any, language: Language) -> AsyncGenerator[Updates, None]:
        """Ask the question of an item, let the judge read the answer, and show both."""
        words, tab = texts_in(language).suites, self._tab
        shelf = Shelf(self._documents, owner)
        try:
            wanted = HelpWanted.model_validate(data)
            await asyncio.to_thread(_fields_now, shelf, wanted)
            kept = await asyncio.to_thread(shelf.load, wanted.suite)
            case = kept.findings[kept.item(wanted.item).item_id]
        except (ValidationError, SuiteError):
            yield {tab.notice: problem_html(words.gone), tab.said: {"halted": True}}
            return
        if not isinstance(case, Case) or not wanted.model:
            said = words.no_model if isinstance(case, Case) else words.try_first
            yield {tab.notice: problem_html(said), tab.said: {"halted": True}}
            return
        told = {} if wanted.draft is None else {"serial": wanted.draft.serial}
        yield {tab.notice: "", tab.said: told}
        trials = self._help.try_item(case, wanted.model, wanted.judge or None, language, owner)
        try:
            async with aclosing(trials) as steps:
                async for trial in steps:
                    yield {tab.trial: trial_html(case, trial, wanted.model, language)}
        except LlmfirstError as error:
            yield {tab.trial: refusal_html(error, language)}
        yield {tab.said: {"halted": True}}

    async def on_halt(self, owner: Owner, data: Any) -> None:
        """End what a model writes at the end of the piece that is on its way."""
        try:
            place = Place.model_validate(data)
        except ValidationError:  # not from our page
            return
        if (stop := self._stops.get((owner, place.item))) is not None:
            stop.set()


def _fields_now(shelf: Shelf, wanted: HelpWanted) -> Any:
    """Store what was typed, and return the fields of the item. Raises SuiteError."""
    if wanted.draft is not None:
        keep_draft(shelf, wanted.draft)
    return shelf.load(wanted.suite).item(wanted.item).fields


def _stored(shelf: Shelf, wanted: HelpWanted, text: str, language: Language) -> dict[str, Any]:
    """Store what a model wrote, and return what the form is told of it."""
    told: dict[str, Any] = {"item": wanted.item, "anchor": wanted.anchor, "halted": True}
    try:
        fields = shelf.load(wanted.suite).item(wanted.item).fields
        if text.strip():
            fields = with_anchor(fields, wanted.anchor, text.strip(), wanted.model)
            told |= {"text": text.strip(), "mark": mark_html(wanted.anchor, fields, language)}
        kept = shelf.write(wanted.suite, wanted.item, fields)
    except SuiteError:  # it was deleted meanwhile
        return {"halted": True}
    problems = problems_at(kept.findings[wanted.item], language)
    return {**told, "problems": problems, "facts": suite_facts(kept, language), "wrong": list(kept.wrong)}
