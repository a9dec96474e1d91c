"""The standings' callbacks: every source of their owner, what is missing, and the report of a session."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from evals.sessions.export_file import read_session_export
from evals.ui.compare_render import bar_html
from evals.ui.standings_page import EVERYTHING, StandingsPage
from evals.ui.standings_tab import build_standings_tab
from llmfirst.runs.owners import folder_of
from llmfirst.store import DocumentStore, RunStore, open_database
from llmfirst.ui.updates import Updates
from tests.evals.made import OTHER, TARGET, evaluation, keep_answers
from tests.evals.sessions.made import session
from tests.evals.sessions.voted import keep_voted
from tests.evals.ui.test_owned_page import at, told


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionArchive]:
    """An archive in which alice has a session with votes and an evaluation of two models."""
    folder: Path = tmp_path_factory.mktemp("standings")
    database = open_database(folder)
    everybody = SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    alice = everybody.seen_by("alice")
    keep_voted(alice)
    keep_answers(alice.evaluations, evaluation(models=(TARGET, OTHER)))
    yield everybody
    database.dispose()


def called(archive: SessionArchive, act: Callable[[StandingsPage], Awaitable[Updates]]) -> Updates:
    """Return what a callback of a page shows."""

    async def call() -> Updates:
        with gr.Blocks():
            page = StandingsPage(archive, build_standings_tab("en"))
        return await act(page)

    return asyncio.run(call())


def opened(archive: SessionArchive, owner: str, source: str | None = None) -> Updates:
    return called(archive, lambda page: page.on_open(owner, source, "total", "en"))


def choices(updates: Updates) -> list[tuple[str, str]]:
    listed: list[tuple[str, str]] = at("standings-source", updates).constructor_args["choices"]
    return listed


def test_everything_of_an_owner_is_counted_with_its_sources(archive: SessionArchive) -> None:
    shown = opened(archive, "alice")
    assert next(value for _, value in choices(shown)) == EVERYTHING
    assert {value for _, value in choices(shown)} == {EVERYTHING, "5e551011", "0123456789ab"}
    assert "qwen2.5-coder-1.5b is better than" in at("standings-verdict", shown)
    assert '<a href="?session=5e551011">' in at("standings-sources", shown)
    assert '<a href="?evaluation=0123456789ab">' in at("standings-sources", shown)
    assert at("standings-plot", shown) is not None
    assert at("standings-report", shown).constructor_args["visible"] is False


def test_a_source_alone_is_shown_by_its_address_and_only_a_session_has_a_report(archive: SessionArchive) -> None:
    alone = opened(archive, "alice", "5e551011")
    assert at("standings-source", alone).constructor_args["value"] == "5e551011"
    assert at("standings-report", alone).constructor_args["visible"] is True
    of_evaluation = opened(archive, "alice", "0123456789ab")
    assert "No votes yet" in at("standings-verdict", of_evaluation)
    assert at("standings-plot", of_evaluation) is None
    assert at("standings-report", of_evaluation).constructor_args["visible"] is False


def test_what_others_have_voted_is_not_told(archive: SessionArchive) -> None:
    for source in (None, "5e551011", "0123456789ab"):
        shown = opened(archive, "bob", source)
        assert choices(shown) == [("All sessions and evaluations", EVERYTHING)]
        assert "qwen" not in told(shown)
        assert "ann" not in at("standings-details", shown)
    refused = called(archive, lambda page: page.on_report("bob", "5e551011", "en"))
    assert "There is no session 5e551011" in told(refused)


def test_titles_and_names_stay_text(archive: SessionArchive) -> None:
    shown = opened(archive, "alice")
    drawn = "".join(value for value in shown.values() if isinstance(value, str))
    assert "Which &lt;model&gt; for the help desk?" in drawn
    assert "<model>" not in drawn


def test_the_report_lies_in_its_owners_folder_and_is_called_by_title_and_day(archive: SessionArchive) -> None:
    written = called(archive, lambda page: page.on_report("alice", "5e551011", "ko"))
    path, data = at("standings-files", written).constructor_args["value"]
    assert read_session_export(data).session == archive.load("5e551011")
    assert data.endswith(".session.jsonl")
    assert folder_of("alice") in data
    assert Path(path).name.startswith("Which-model-for-the-help-desk-2026-11-2")
    assert folder_of("alice") in path
    assert Path(path).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_an_open_session_leads_to_its_standings() -> None:
    assert '<a href="?standings=a%22%26b">' in bar_html(session('a"&b'), "en")
