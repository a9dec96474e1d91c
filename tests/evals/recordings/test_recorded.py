"""The recorded evaluation: whole or not at all, apart from everything else, and not to be changed."""

import asyncio
import gzip
from contextlib import aclosing
from importlib import resources
from pathlib import Path

import gradio as gr
import pytest

from evals.analysis.export_file import ExchangeError
from evals.analysis.summary import summary_of
from evals.recordings.recorded import RECORDED, Recorded
from evals.run.service import Evaluations
from evals.texts import texts_in
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.evaluate_tab import EvaluateTab, build_evaluate_tab
from llmfirst.runs.owners import folder_of
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.run_views import AskView
from llmfirst.ui.updates import Updates
from tests.clock import run
from tests.evals.answering import AnsweringProvider, evaluations
from tests.live_runs import opened_with_models
from tests.scripted import PerSection


def page_on(opened: Evaluations, recorded: Recorded) -> tuple[EvaluatePage, EvaluateTab]:
    with gr.Blocks():
        tab = build_evaluate_tab("en")
        return EvaluatePage(opened, tab, recorded), tab


async def looked(page: EvaluatePage) -> Updates:
    async with aclosing(page.watch.on_look("alice", RECORDED, None, "en")) as views:
        return [view async for view in views][-1]


def test_the_product_has_a_real_evaluation_with_figures_and_answers_that_play() -> None:
    recorded = Recorded()
    archive, evaluation = recorded.open().archive, recorded.open().evaluation
    summary = summary_of(archive, evaluation)
    assert evaluation.suite.name == "quick"
    assert len(summary.answers) == len(evaluation.suite.cases) * len(evaluation.models)
    assert [one.evaluation_id for one in archive.all()] == [evaluation.evaluation_id]
    run_id = archive.asks(evaluation.evaluation_id)[-1].run_id
    answer = recorded.answer(run_id)
    assert answer is not None
    assert answer.submitted.run_id == run_id
    assert recorded.answer("0" * 16) is None


def test_its_answers_open_as_recordings_at_their_end(tmp_path: Path) -> None:
    recorded = Recorded()
    opened = recorded.open()
    run_id = opened.archive.asks(opened.evaluation.evaluation_id)[-1].run_id

    async def main() -> AskView:
        async with opened_with_models(tmp_path, PerSection()) as (runs, models, _):
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30)
            page.recordings.add(recorded.answer)
            async with aclosing(page.open(run_id, "en", "bob", "visit")) as views:
                return await anext(view async for view in views if view.playback is not None)

    view = run(main())
    assert view.playback is not None
    assert view.playback.machine is not None
    assert (view.playback.is_moving, view.answer.end is None) == (False, False)


def test_a_damaged_evaluation_is_told_and_not_shown(tmp_path: Path) -> None:
    whole = resources.files("evals.recordings").joinpath("quick.jsonl.gz").read_bytes()
    text = gzip.decompress(whole)
    damaged = [b"", whole[:-100], gzip.compress(text[: len(text) // 2]), gzip.compress(text.replace(b"EPYC", b"EPIC"))]
    for body in damaged:
        (tmp_path / "quick.jsonl.gz").write_bytes(body)
        recorded = Recorded(tmp_path)
        with pytest.raises(ExchangeError):
            recorded.open()
        assert recorded.answer("0" * 16) is None

    async def main() -> tuple[str, str]:
        async with evaluations(tmp_path / "data", AnsweringProvider()) as opened:
            page, tab = page_on(opened, Recorded(tmp_path))
            return (await looked(page))[tab.progress], (await looked(page))[tab.card]

    progress, card = asyncio.run(main())
    assert "cut off or changed" in progress
    assert card == ""


def test_it_is_shown_marked_offered_to_look_at_and_neither_compared_nor_changed(tmp_path: Path) -> None:
    async def main() -> None:
        async with evaluations(tmp_path, AnsweringProvider()) as opened:
            page, tab = page_on(opened, Recorded())
            texts = texts_in("en").recorded
            offered = await page.stored("alice", None, "en")
            assert (texts.name, RECORDED) in offered[tab.evaluation].choices
            assert offered[tab.evaluation].value == RECORDED  # there is nothing else
            assert offered[tab.comparison.compared].choices == []
            shown = await looked(page)
            assert texts.badge in shown[tab.card]
            assert "AMD EPYC" in shown[tab.card]
            assert shown[tab.comparison.view]  # of its own two models
            async with aclosing(page.answers.on_look("alice", RECORDED, "", "en")) as views:
                listed = [view async for view in views][-1][tab.answers.listing]
            assert listed.count("<tr") == 9
            assert f"?evaluation={RECORDED}&amp;part=answers&amp;answer=" in listed

            for refused in (
                await page.on_baseline("alice", RECORDED, "en"),
                await page.watch.on_resume("alice", RECORDED, "en"),
                (await page.on_label("alice", RECORDED, "en"))[tab.labels.notice],
            ):
                assert texts.read_only in refused
            assert opened.archive.all() == ()

            files = (await page.on_report("alice", RECORDED, "en"))[tab.files].value
            assert files
            assert all(folder_of("alice") in file["path"] for file in files)

    asyncio.run(main())
