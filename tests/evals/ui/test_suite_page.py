"""What the callbacks of the Suites tab tell and do for another's suite, and for calls that no page of ours makes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from evals.run.item_help import ItemHelp
from evals.run.service import Evaluations
from evals.suite.shelf import Shelf
from evals.ui.suite_help_page import SuiteHelpPage
from evals.ui.suite_page import SuitePage
from evals.ui.suite_tab import SuiteTab, build_suite_tab
from llmfirst.app.services import Services
from llmfirst.runs.owners import LOCAL
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from llmfirst.ui.updates import Updates
from tests.evals.answering import KEY, AnsweringProvider, overhead
from tests.live_runs import opened_with_models
from tests.probing import no_probe

SECRET = {"question": "A secret question?", "good": "A secret answer."}
FORM = {"question": "Overwritten?"}
Check = Callable[[SuitePage, SuiteHelpPage, SuiteTab, Shelf], Awaitable[None]]


def on_pages(folder: Path, check: Check) -> None:
    """Open the page on whose machine alice has a suite."""

    async def main() -> None:
        async with asyncio.timeout(30), opened_with_models(folder, AnsweringProvider()) as (runs, models, documents):
            database = open_database(folder)
            settings, probe = Settings(data_dir=folder), no_probe(models, documents)
            services = Services(settings, models, runs, RunStore(database), documents, None, probe)
            help = ItemHelp(services, Evaluations(services, measure_overhead=overhead))
            with gr.Blocks():
                tab = build_suite_tab("en")
            pages = SuitePage(documents, help, tab), SuiteHelpPage(documents, help, tab)
            try:
                await check(*pages, tab, Shelf(documents, "alice"))
            finally:
                database.dispose()

    asyncio.run(main())


def told(updates: Updates) -> str:
    return json.dumps([str(value) for value in updates.values()])


async def all_told(views: Any) -> str:
    async with aclosing(views) as steps:
        return "".join([told(step) async for step in steps])


@pytest.mark.parametrize("asking", ["bob", LOCAL])
def test_anothers_suite_is_neither_shown_nor_changed(tmp_path: Path, asking: str) -> None:
    async def check(page: SuitePage, help: SuiteHelpPage, tab: SuiteTab, shelf: Shelf) -> None:
        suite = shelf.add("Hers", [SECRET])
        before = shelf.load(suite)
        item = before.items[0].item_id
        draft = {"suite": suite, "item": item, "form": FORM, "title": "His", "serial": 1}
        at = {"suite": suite, "item": item, "draft": draft, "model": KEY}
        acts = ("open", "copy", "delete", "save", "item", "add", "duplicate", "remove", "confirm")
        said = [told(await page.on_act(asking, {"act": act, **at}, "en")) for act in acts]
        said += [told(await page.on_write(asking, draft, "en")), told(await page.on_open(asking, json.dumps(at), "en"))]
        said += [await all_told(help.on_write(asking, at, "en")), await all_told(help.on_try(asking, at, "en"))]
        assert all("not there any more" in one for one in said)
        assert not any("secret" in one or "Hers" in one for one in said)
        assert shelf.load(suite) == before
        assert "A secret question?" in told(await page.on_act("alice", {"act": "open", "suite": suite}, "en"))

    on_pages(tmp_path, check)


def test_a_call_that_is_none_of_our_page_changes_nothing_and_is_told(tmp_path: Path) -> None:
    async def check(page: SuitePage, help: SuiteHelpPage, tab: SuiteTab, shelf: Shelf) -> None:
        suite = shelf.add("Hers", [SECRET])
        before = shelf.load(suite)
        acts: list[Any] = [
            None,
            [],
            {"act": "burn"},
            {"act": "save", "suite": suite, "kind": "exe"},
            {"act": "open", "suite": 7},
        ]
        drafts: list[Any] = [
            None,
            {"suite": suite, "serial": "x"},
            {"suite": suite, "serial": 1, "form": {"criteria": 7}},
        ]
        said = [told(await page.on_act("alice", data, "en")) for data in acts]
        said += [told(await page.on_write("alice", data, "en")) for data in drafts]
        assert all("not there any more" in one for one in said)
        assert "not there any more" in await all_told(help.on_try("alice", None, "en"))
        await help.on_halt("alice", None)
        assert "Suites of llmfirst" in told(await page.on_open("alice", "no JSON", "en"))
        assert shelf.load(suite) == before

    on_pages(tmp_path, check)


def test_what_a_model_wrote_is_stored_marked_and_what_was_typed_meanwhile_stays(tmp_path: Path) -> None:
    async def check(page: SuitePage, help: SuiteHelpPage, tab: SuiteTab, shelf: Shelf) -> None:
        suite = shelf.add("Hers", [{"question": "Why?"}])
        item = shelf.load(suite).items[0].item_id
        wanted = {"suite": suite, "item": item, "model": KEY, "anchor": "bad"}
        async with aclosing(help.on_write("alice", wanted, "en")) as steps:
            async for step in steps:
                if "Sentence 0" in told(step):
                    form = {"question": "Why not?", "good": ""}
                    await page.on_write("alice", {"suite": suite, "item": item, "form": form, "serial": 2}, "en")
        fields = shelf.load(suite).items[0].fields
        assert fields["question"] == "Why not?"
        assert str(fields["bad"]).startswith("Sentence 0")
        assert fields["generated"] == [{"anchor": "bad", "model": KEY, "confirmed": False}]
        await page.on_act("alice", {"act": "confirm", **wanted}, "en")
        edited = {"question": "Why not?", "bad": "Because.", "serial": 3}
        await page.on_write("alice", {"suite": suite, "item": item, "form": edited, "serial": 3}, "en")
        assert shelf.load(suite).items[0].fields["generated"] == [{"anchor": "bad", "model": KEY, "confirmed": True}]
        emptied = {"question": "Why?", "bad": " "}
        await page.on_write("alice", {"suite": suite, "item": item, "form": emptied, "serial": 4}, "en")
        assert shelf.load(suite).items[0].fields == {"question": "Why?"}

    on_pages(tmp_path, check)
