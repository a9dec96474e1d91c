"""The callbacks of the Suites tab: suites are opened, written, copied, deleted, imported and saved as files."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from pydantic import BaseModel, ValidationError

from evals.report.refusals import reading_sentence
from evals.run.item_help import ItemHelp
from evals.suite.cases import SUITE_NAMES, AnchorName, LoadedSuite, load_suite, open_suite, shipped
from evals.suite.problems import SuiteError
from evals.suite.shelf import KeptSuite, Shelf, SuiteGone
from evals.suite.written import FileKind, suite_file
from evals.texts import texts_in
from evals.ui.render import refusal_html
from evals.ui.suite_form import ItemForm, confirmed
from evals.ui.suite_render import (
    Look,
    item_html,
    item_label,
    items_html,
    mark_html,
    problems_at,
    shelf_head_html,
    shelf_html,
    suite_facts,
    suite_head_html,
)
from evals.ui.suite_tab import SuiteTab
from evals.ui.uploads import Uploads, is_over
from llmfirst import DocumentStore, Language, LlmfirstError, Owner, Updates, problem_html

_FILE_SIGNS = frozenset(" -_.()")


class Draft(BaseModel):
    """What was typed in the browser, and is perhaps not stored yet."""

    suite: str
    title: str | None = None
    item: str | None = None
    form: ItemForm | None = None
    serial: int
    """Grows with what is typed; the browser forgets the draft when it is told this number."""


class Place(BaseModel):
    """What is open in the browser."""

    suite: str = ""
    item: str = ""
    draft: Draft | None = None


class Act(Place):
    """What a button asks for."""

    act: Literal[
        "shelf", "new", "open", "copy", "delete", "save", "template", "item", "add", "duplicate", "remove", "confirm"
    ]
    kind: FileKind = "yaml"
    anchor: AnchorName = "good"


class SuitePage:
    """The callbacks. They serve all visitors, so each gets the owner, and reads and writes only what is the owner's."""

    def __init__(self, documents: DocumentStore, help: ItemHelp, tab: SuiteTab) -> None:
        self._documents = documents
        self._help = help
        self._tab = tab
        self._uploads = Uploads()

    async def on_open(self, owner: Owner, place: str, language: Language) -> Updates:
        """Store what the browser still kept, and show what its address or its page names."""
        try:
            asked = Place.model_validate_json(place)
        except ValidationError:  # an address that somebody wrote by hand
            asked = Place()
        return await asyncio.to_thread(self._opened, owner, asked, await self._look(language))

    async def on_act(self, owner: Owner, data: Any, language: Language) -> Updates:
        """Do what a button says."""
        try:
            asked = Act.model_validate(data)
        except ValidationError:  # not from our page
            return {self._tab.notice: problem_html(texts_in(language).suites.gone)}
        return await asyncio.to_thread(self._done, owner, asked, await self._look(language))

    async def on_write(self, owner: Owner, data: Any, language: Language) -> Updates:
        """Store what was typed, and say what is wrong with it."""
        try:
            draft = Draft.model_validate(data)
        except ValidationError:  # not from our page
            return {self._tab.notice: problem_html(texts_in(language).suites.gone)}
        return await asyncio.to_thread(self._written, owner, draft, language)

    async def on_file(self, owner: Owner, path: str, language: Language) -> AsyncGenerator[Updates, None]:
        """Keep a visitor's file as a suite, and open it. A wrong file changes nothing but the notice."""
        async with self._uploads.reading(path, open_suite) as reading:
            while not await is_over(reading):
                yield {self._tab.notice: f'<p role="status">{texts_in(language).tab.reading}</p>'}
            try:
                yield await asyncio.to_thread(self._imported, owner, await reading, await self._look(language))
            except LlmfirstError as error:
                said = refusal_html(error, language).replace(escape(path), escape(Path(path).name))
                yield {self._tab.notice: said}

    def _imported(self, owner: Owner, loaded: LoadedSuite, look: Look) -> Updates:
        words, suite = texts_in(look.language).suites, loaded.suite
        suite_id = self._shelf(owner).take_in(suite)
        said = words.imported.format(title=suite.title, count=len(suite.cases))
        notice = _status(f"{said} {reading_sentence(loaded.reading, look.language)}")
        return self._suite(owner, suite_id, look) | {self._tab.notice: notice}

    def _opened(self, owner: Owner, asked: Place, look: Look) -> Updates:
        acknowledged = self._stored(owner, asked.draft)
        if not asked.suite:
            return self._overview(owner, look.language) | acknowledged
        try:
            return self._suite(owner, asked.suite, look, asked.item) | acknowledged
        except SuiteGone:
            notice = problem_html(texts_in(look.language).suites.gone)
            return self._overview(owner, look.language) | acknowledged | {self._tab.notice: notice}

    def _done(self, owner: Owner, asked: Act, look: Look) -> Updates:
        acknowledged = self._stored(owner, asked.draft)
        try:
            return {self._tab.notice: ""} | self._acted(owner, asked, look) | acknowledged
        except SuiteGone:
            notice = problem_html(texts_in(look.language).suites.gone)
            return self._overview(owner, look.language) | acknowledged | {self._tab.notice: notice}
        except SuiteError as error:
            return {self._tab.notice: refusal_html(error, look.language), **acknowledged}

    def _acted(self, owner: Owner, asked: Act, look: Look) -> Updates:
        shelf, words = self._shelf(owner), texts_in(look.language).suites
        match asked.act:
            case "shelf":
                return self._overview(owner, look.language)
            case "new":
                return self._suite(owner, shelf.add(words.new_title, []), look)
            case "open":
                return self._suite(owner, asked.suite, look)
            case "copy":
                return self._suite(owner, self._copied(shelf, asked.suite, look.language), look)
            case "delete":
                title = shelf.load(asked.suite).title
                shelf.delete(asked.suite)
                return self._overview(owner, look.language) | {
                    self._tab.notice: _status(words.deleted.format(title=title))
                }
            case "save":
                return self._file(shelf, asked, look.language)
            case "template":
                text = _template(look.language, asked.kind)
                return {self._tab.said: {"file": {"name": f"llmfirst-template.{asked.kind}", "text": text}}}
            case "item":
                kept = shelf.load(asked.suite)
                return {self._tab.trial: "", self._tab.item: item_html(kept, kept.item(asked.item), look)}
            case "add":
                return self._suite(owner, asked.suite, look, shelf.add_item(asked.suite, {}))
            case "duplicate":
                fields = {**shelf.load(asked.suite).item(asked.item).fields}
                fields.pop("id", None)
                return self._suite(owner, asked.suite, look, shelf.add_item(asked.suite, fields))
            case "confirm":
                return self._confirmed(shelf, asked, look.language)
            case "remove":
                return self._suite(owner, asked.suite, look, _without(shelf, asked.suite, asked.item))

    def _written(self, owner: Owner, draft: Draft, language: Language) -> Updates:
        told: dict[str, Any] = {"serial": draft.serial}
        try:
            kept = keep_draft(self._shelf(owner), draft)
        except SuiteGone:
            return {self._tab.said: told, self._tab.notice: problem_html(texts_in(language).suites.gone)}
        except SuiteError as error:  # the name is none
            return {self._tab.said: told, self._tab.notice: refusal_html(error, language)}
        told["facts"] = suite_facts(kept, language)
        told["wrong"] = list(kept.wrong)
        if draft.item is not None:
            told["item"] = draft.item
            told["problems"] = problems_at(kept.findings[draft.item], language)
            told["label"] = item_label(kept.item(draft.item), texts_in(language).suites)
        return {self._tab.said: told, self._tab.notice: ""}

    def _stored(self, owner: Owner, draft: Draft | None) -> Updates:
        """Store a draft before anything else is done; one of a suite that is gone is forgotten."""
        if draft is None:
            return {}
        with suppress(SuiteError):
            keep_draft(self._shelf(owner), draft)
        return {self._tab.said: {"serial": draft.serial}}

    def _overview(self, owner: Owner, language: Language) -> Updates:
        return {
            self._tab.head: shelf_head_html(language),
            self._tab.listing: shelf_html(self._shelf(owner).all(), shipped(), language),
            self._tab.item: "",
            self._tab.trial: "",
            self._tab.own_file: gr.update(visible=True),
        }

    def _suite(self, owner: Owner, suite_id: str, look: Look, item_id: str | None = None) -> Updates:
        kept = self._shelf(owner).load(suite_id)
        ids = [one.item_id for one in kept.items]
        shown = item_id if item_id in ids else next(iter(ids), None)
        return {
            self._tab.head: suite_head_html(kept, look.language),
            self._tab.listing: items_html(kept, shown, look.language),
            self._tab.item: "" if shown is None else item_html(kept, kept.item(shown), look),
            self._tab.own_file: gr.update(visible=False),
            self._tab.trial: "",
        }

    def _confirmed(self, shelf: Shelf, asked: Act, language: Language) -> Updates:
        fields = confirmed(shelf.load(asked.suite).item(asked.item).fields, asked.anchor)
        kept = shelf.write(asked.suite, asked.item, fields)
        told = {"item": asked.item, "anchor": asked.anchor, "mark": mark_html(asked.anchor, fields, language)}
        return {self._tab.said: {**told, "facts": suite_facts(kept, language)}}

    async def _look(self, language: Language) -> Look:
        return Look(language, await self._help.models(), await self._help.judges())

    def _copied(self, shelf: Shelf, key: str, language: Language) -> str:
        words = texts_in(language).suites
        if key in SUITE_NAMES:
            title = texts_in(language).names.suites[key]
            return shelf.add_copy(load_suite(key), words.copy_title.format(title=title))
        kept = shelf.load(key)
        return shelf.add(words.copy_title.format(title=kept.title)[:200], [one.fields for one in kept.items])

    def _file(self, shelf: Shelf, asked: Act, language: Language) -> Updates:
        """Return a suite as a file; items that are not finished would be refused when it is read, and are left out."""
        if asked.suite in SUITE_NAMES:
            suite, left_out = load_suite(asked.suite), 0
        else:
            kept = shelf.load(asked.suite)
            suite, left_out = kept.finished_part(), len(kept.unfinished)
        if not suite.cases:
            kept.whole()
        notice = _status(texts_in(language).suites.left_out.format(count=left_out)) if left_out else ""
        name = "".join(sign if sign.isalnum() or sign in _FILE_SIGNS else "-" for sign in suite.title).strip(". ")
        file = {"name": f"{name or 'suite'}.{asked.kind}", "text": suite_file(suite, asked.kind)}
        return {self._tab.said: {"file": file}, self._tab.notice: notice}

    def _shelf(self, owner: Owner) -> Shelf:
        return Shelf(self._documents, owner)


def keep_draft(shelf: Shelf, draft: Draft) -> KeptSuite:
    """Store what was typed, and return the suite with it. Raises SuiteError."""
    kept = shelf.load(draft.suite)
    if draft.item is not None and draft.form is not None:
        before = kept.item(draft.item).fields
        kept = shelf.write(draft.suite, draft.item, draft.form.fields(before))
    if draft.title is not None and draft.title != kept.title:
        shelf.rename(draft.suite, draft.title)
    return kept


def _without(shelf: Shelf, suite_id: str, item_id: str) -> str | None:
    """Delete an item, and return the one that takes its place on the screen."""
    ids = [one.item_id for one in shelf.load(suite_id).items]
    shelf.delete_item(suite_id, item_id)
    after = ids[ids.index(item_id) + 1 :] or ids[: ids.index(item_id)][-1:]
    return next(iter(after), None)


def _template(language: Language, kind: FileKind) -> str:
    path = resources.files("evals.suite").joinpath("data", f"template.{language}.yaml")
    text = path.read_text(encoding="utf-8")
    return text if kind == "yaml" else suite_file(load_suite(str(path)), kind)


def _status(words: str) -> str:
    return f'<p class="remark" role="status">{escape(words.strip())}</p>'
