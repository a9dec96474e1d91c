"""The Compare tab's callbacks on a scripted service whose models write at paces of their own."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from evals.run.service import Evaluations
from evals.sessions.question_votes import QuestionVotes
from evals.sessions.service import Chosen, Sessions
from evals.sessions.transfer import exported_session
from evals.texts import Hiding, texts_in
from evals.ui.compare_page import At, ComparePage
from evals.ui.compare_setup import Wanted
from evals.ui.compare_tab import LINE, CompareTab, build_compare_tab
from evals.ui.compare_vote import CompareVotePage, build_compare_vote
from llmfirst.app.services import Services
from llmfirst.events import AnswerSettings, Language
from llmfirst.runs.owners import LOCAL, Owner
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from llmfirst.store.history import RunFilter
from llmfirst.ui.answer_columns import Column
from llmfirst.ui.run_views import RunViews
from llmfirst.ui.updates import Updates
from tests.comparing import PacedProvider
from tests.evals.answering import AT, overhead
from tests.live_runs import opened_with_models
from tests.probing import no_probe

FAST, SLOW = "ollama/fast", "ollama/slow"
ENTRANTS = Chosen(FAST), Chosen(SLOW)
WANTED = Wanted(ENTRANTS, "as_experienced", "one_at_a_time", "open", (), None)
TOGETHER = replace(WANTED, order="side_by_side")
VISIT = "visit"
NONE: At = ("", "")
EN = texts_in("en").compare


@dataclass(frozen=True)
class Opened:
    """The tab with what is behind it."""

    page: ComparePage
    tab: CompareTab
    voting: CompareVotePage
    sessions: Sessions
    provider: PacedProvider

    async def ask(self, question: str, at: At = NONE, wanted: Wanted = WANTED, owner: Owner = LOCAL) -> At:
        shown = await self.page.on_ask(owner, VISIT, at, question, wanted, "en")
        assert shown[self.tab.notice] == ""
        return at_of(self.tab, shown)

    async def column(self, number: int, at: At, owner: Owner = LOCAL, language: Language = "en") -> list[Column]:
        async with aclosing(self.page.on_column(number, owner, VISIT, at, language)) as columns:
            return [column async for column in columns]

    async def columns(self, at: At) -> list[list[Column]]:
        return list(await asyncio.gather(*(self.column(number, at) for number in range(4))))

    async def lines(self, at: At, owner: Owner = LOCAL) -> list[str]:
        async with aclosing(self.page.on_line(owner, VISIT, at, "en")) as lines:
            return [line[LINE] async for line in lines]

    async def act(self, at: At, owner: Owner = LOCAL, **data: str) -> Updates:
        return await self.page.on_act(owner, VISIT, at, data, "en")


def at_of(tab: CompareTab, shown: Updates) -> At:
    return shown[tab.session_id], shown[tab.question_id]


def told(column: Column) -> str:
    """Return all that a column says, without its marks."""
    return re.sub(r"<[^>]*>", " ", str(dict(column)))


@asynccontextmanager
async def opened(folder: Path, provider: PacedProvider) -> AsyncIterator[Opened]:
    async with opened_with_models(folder, provider, slots=2) as (runs, models, documents):
        database = open_database(folder)
        settings = Settings(data_dir=folder, slots=2)
        services = Services(settings, models, runs, RunStore(database), documents, None, no_probe(models, documents))
        sessions = Sessions(services, Evaluations(services, measure_overhead=overhead))
        with gr.Blocks():
            tab = build_compare_tab("en")
            voting = CompareVotePage(sessions, build_compare_vote(tab, "en"), lambda: AT)
        views = RunViews(runs, deadline_seconds=settings.deadline_seconds)
        try:
            page = ComparePage(sessions, views, tab, context_tokens=8192)
            yield Opened(page, tab, voting, sessions, provider)
        finally:
            await sessions.stop()
            database.dispose()


def on_the_tab(
    folder: Path, check: Callable[[Opened], Awaitable[None]], *, fast: float = 0.0, slow: float = 0.0
) -> None:
    """Open the tab and check something on it; a test that hangs ends."""

    async def main() -> None:
        async with asyncio.timeout(30), opened(folder, PacedProvider({"fast": fast, "slow": slow})) as page:
            await check(page)

    asyncio.run(main())


def test_a_slow_column_does_not_hold_up_a_fast_one(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        at = await opened.ask("Why?", wanted=TOGETHER)
        ended: list[int] = []

        async def watch(number: int) -> list[Column]:
            columns = await opened.column(number, at)
            ended.append(number)
            return columns

        fast, slow = await asyncio.gather(watch(0), watch(1))
        assert ended == [0, 1]
        for columns, name in ((fast, "fast"), (slow, "slow")):
            assert f"by {name}" in told(columns[-1])
            assert "Complete" in told(columns[-1])
        assert len(slow) > len(fast)

    on_the_tab(tmp_path, check, slow=0.01)


def test_one_at_a_time_says_who_waits_and_who_has_its_turn(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        at = await opened.ask("Why?")
        lines, columns = await asyncio.gather(opened.lines(at), opened.columns(at))
        session = opened.sessions.archive.load(at[0])
        first, second = (session.entrants.index(one) for one in session.turns(at[1]))
        assert EN.waiting in told(columns[second][0])
        assert "about 120 s" in "".join(map(told, columns[second]))
        assert all(columns[number][-1]["state"] for number in (first, second))
        names = " → ".join(one.model.model for one in session.turns(at[1]))
        assert all(names in line for line in lines)
        assert EN.writing_now.format(name=session.entrants[second].model.model) in "".join(lines)
        assert 'data-stage="busy"' in lines[0]
        assert 'data-stage="session"' in lines[-1]
        assert [opened.provider.asked[0], opened.provider.asked[-1]] == [
            one.model.model for one in session.turns(at[1])
        ]
        assert [columns[number][-1]["who"] for number in (2, 3)] == ["", ""]

    on_the_tab(tmp_path, check, fast=0.005, slow=0.005)


@pytest.mark.parametrize("hiding", ["blind", "blind_speed"])
def test_a_blind_column_tells_no_name_before_the_vote(tmp_path: Path, hiding: Hiding) -> None:
    async def check(opened: Opened) -> None:
        at = await opened.ask("Why?", wanted=replace(WANTED, hiding=hiding))
        lines, columns = await asyncio.gather(opened.lines(at), opened.columns(at))
        session = opened.sessions.archive.load(at[0])
        # The scripted models name themselves in their texts: what is beside the texts must not.
        beside = [{name: part for name, part in one.items() if "panel" not in name} for one in chain(*columns)]
        said = [*map(told, beside), *lines]
        assert not any(name in text for text in said for name in ("fast", "slow", "Q4", "1B"))
        by_column = [one.model.model for one in session.columns(at[1])]
        assert all(f"by {name}" in told(one[-1]) for name, one in zip(by_column, columns[:2], strict=True))
        if hiding == "blind":
            assert not any(column["budget"] or column["pace"] for column in chain(*columns))
            assert EN.hidden.format(done=0, count=2) in told(columns[0][0])
        keep_vote(opened, at)
        unveiled = [(await opened.column(number, at))[-1] for number in range(2)]
        assert [name in told(column) for name, column in zip(by_column, unveiled, strict=True)] == [True, True]
        assert all(column["figures"] for column in unveiled)

    on_the_tab(tmp_path, check)


def test_a_blind_question_is_voted_on_once_all_answers_are_there_and_then_told(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        voting, sessions = opened.voting, opened.sessions
        bar, texts = voting.vote.bar, texts_in("en").vote
        at = await opened.ask("Why?", wanted=replace(WANTED, hiding="blind"))

        def history() -> int:
            return sessions.archive.evaluations.store.count(RunFilter(is_background=None), LOCAL)

        early = await voting.on_vote("left", LOCAL, at, "kim", "", "en")
        assert texts.waits in early[voting.vote.head]
        assert early[bar.choices["left"]]["interactive"] is False
        await opened.columns(at)
        nameless = await voting.on_vote("left", LOCAL, at, " ", "", "en")
        assert texts.no_person in nameless[voting.vote.head]
        asked = await voting.on_show(LOCAL, at, "kim", "en")
        assert texts.which.format(left="A", right="B") in asked[voting.vote.head]
        assert (sessions.archive.votes(at[0]), history()) == ((), 0)

        said = await voting.on_vote("left", LOCAL, at, "kim", "shorter", "en")
        assert "A is better" in said[voting.vote.head]
        assert said[bar.choices["left"]]["interactive"] is False
        assert [(one.voter, one.words, one.is_blind) for one in sessions.archive.votes(at[0])] == [
            ("kim", "shorter", True)
        ]
        assert history() == 2
        undone = await voting.on_undo(LOCAL, at, "kim", "en")
        assert undone[bar.undo]["interactive"] is False
        assert sessions.archive.votes(at[0]) == ()
        stranger = await voting.on_vote("left", "bob", at, "bob", "", "en")
        assert "There is no session" in stranger[voting.vote.head]

    on_the_tab(tmp_path, check, fast=0.003, slow=0.003)


def keep_vote(opened: Opened, at: At) -> None:
    archive = opened.sessions.archive
    votes = QuestionVotes(archive, archive.load(at[0]), at[1], "me")
    votes.vote("left", "", AT, is_early=False)
    assert [vote.is_blind for vote in archive.votes(at[0])] == [True]


def test_the_questions_of_a_list_follow_each_other(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        tab = opened.tab
        at = await opened.ask("One?", wanted=replace(WANTED, questions=("Two?", "Three?")))
        await opened.columns(at)
        lines = await opened.lines(at)
        assert 'data-next="true"' in lines[-1]
        shown = await opened.page.on_next(LOCAL, VISIT, at, "en")
        second = at_of(tab, shown)
        await opened.columns(second)
        third = at_of(tab, await opened.page.on_next(LOCAL, VISIT, second, "en"))
        await opened.columns(third)
        line = (await opened.lines(third))[-1]
        assert 'data-next="false"' in line
        assert "Three?" in line
        assert await opened.page.on_next(LOCAL, VISIT, third, "en") == {tab.notice: ""}
        earlier = await opened.act(third, act="show", id=at[1])
        assert at_of(tab, earlier) == at
        assert "One?" in (await opened.lines(at))[-1]

    on_the_tab(tmp_path, check)


def test_stop_ends_all_columns_and_those_without_an_answer_can_be_asked_again(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        at = await opened.ask("Why?")
        streams = asyncio.gather(opened.lines(at), opened.columns(at))
        await asyncio.sleep(0.3)
        await opened.page.on_stop(LOCAL)
        lines, columns = await streams
        assert 'data-act="again"' in lines[-1]
        assert sum(EN.stopped in told(column[-1]) or "Stopped" in told(column[-1]) for column in columns) >= 1
        opened.provider.pauses["slow"] = opened.provider.pauses["fast"] = 0.0
        assert at_of(opened.tab, await opened.act(at, act="again")) == at
        lines, columns = await asyncio.gather(opened.lines(at), opened.columns(at))
        assert 'data-act="again"' not in lines[-1]
        assert all("Complete" in told(column[-1]) for column in columns[:2])

    on_the_tab(tmp_path, check, fast=0.5, slow=0.5)


def test_a_session_is_listed_renamed_opened_and_deleted(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        tab = opened.tab
        at = await opened.ask("Why?")
        await opened.columns(at)
        renamed = await opened.act(at, act="rename", id=at[0], text="  A <b>better</b>  title ")
        assert "A &lt;b&gt;better&lt;/b&gt; title" in renamed[tab.bar]
        listed = await opened.page.on_open(LOCAL, "another", None, "en")
        assert tab.setup.entrants[0].model in listed
        assert "A &lt;b&gt;better&lt;/b&gt; title" in listed[tab.listing]
        assert EN.question_count.format(count=1) in listed[tab.listing]
        assert "fast vs slow" in listed[tab.listing]
        assert at_of(tab, await opened.page.on_open(LOCAL, "by its address", at[0], "en")) == at
        assert at_of(tab, await opened.act(NONE, act="open", id=at[0])) == at
        back = await opened.page.on_open(LOCAL, VISIT, None, "en")  # from another tab
        assert at_of(tab, back) == at
        assert "value" not in back[tab.setup.entrants[0].model]  # what was chosen stays
        gone = await opened.act(at, act="delete", id=at[0])
        assert at_of(tab, gone) == NONE
        assert EN.none_yet in gone[tab.listing]
        assert "no session" in (await opened.act(NONE, act="open", id=at[0]))[tab.notice]

    on_the_tab(tmp_path, check)


def test_another_owner_neither_sees_nor_changes_a_session(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        tab, other = opened.tab, "somebody"
        at = await opened.ask("Secret?")
        await opened.columns(at)
        before = opened.sessions.archive.load(at[0])
        assert "Secret" not in str((await opened.page.on_open(other, "another", None, "en"))[tab.listing])
        for act in ("open", "show", "rename", "delete", "again"):
            updates = await opened.act(at, other, act=act, id=at[0] if act != "show" else at[1], text="mine")
            assert "Secret" not in str(updates)
        assert await opened.lines(at, other) == [""]
        assert [column["who"] for column in await opened.column(0, at, other)] == [""]
        assert opened.sessions.archive.load(at[0]) == before

    on_the_tab(tmp_path, check)


def test_what_cannot_be_asked_is_said_at_the_question(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        tab = opened.tab
        for question, wanted in (
            ("", WANTED),
            ("Why?", replace(WANTED, chosen=ENTRANTS[:1])),
            ("Why?", replace(WANTED, chosen=(Chosen(FAST), Chosen(FAST)))),
            ("Why?", replace(WANTED, chosen=(Chosen(FAST), Chosen("ollama/none")))),
        ):
            updates = await opened.page.on_ask(LOCAL, VISIT, NONE, question, wanted, "en")
            assert 'role="alert"' in updates[tab.notice]
            assert tab.session_id not in updates
        assert opened.sessions.archive.listed() == ()
        assert 'role="alert"' in (await opened.act(NONE, act="nothing"))[tab.notice]

    on_the_tab(tmp_path, check)


def test_one_model_with_other_settings_is_another_entrant(tmp_path: Path) -> None:
    async def check(opened: Opened) -> None:
        colder = Chosen(FAST, AnswerSettings(temperature=0, think="off", seed=7, profile="direct"))
        at = await opened.ask("Why?", wanted=replace(WANTED, chosen=(Chosen(FAST), colder)))
        columns = await opened.columns(at)
        assert "Temperature: 0" in told(columns[1][-1])
        assert "Temperature" not in told(columns[0][-1])

    on_the_tab(tmp_path, check)


def test_the_setup_is_read_from_what_the_page_sends() -> None:
    as_set: list[Any] = ["set", "set", None, *["set"] * 5, ""]
    read = Wanted.of(
        "same_request",
        "side_by_side",
        "blind",
        " One? \n\n Two? ",
        "",
        *["ollama/a", *as_set],
        *["ollama/a", "direct", "off", 5, "0.7", "4096", "0.5", "0", "1.2", " Be brief. "],
        *["", *as_set],
        *["", *as_set],
    )
    assert read.questions == ("One?", "Two?")
    assert read.suite is None
    drawn = {"temperature": 0.7, "context_tokens": 4096, "top_p": 0.5, "top_k": 0, "repeat_penalty": 1.2}
    told = {"profile": "direct", "think": "off", "seed": 5, "system_prompt": " Be brief. "}
    settings = AnswerSettings.model_validate({**drawn, **told})
    assert read.chosen == (Chosen("ollama/a"), Chosen("ollama/a", settings))


def test_a_session_of_another_machine_is_taken_in_from_its_file_and_shown(tmp_path: Path) -> None:
    async def check(page: Opened) -> None:
        at = await page.ask("Why?")
        await page.columns(at)
        archive = page.sessions.archive
        lines = list(exported_session(archive, archive.load(at[0])))
        for name, content in (("whole", lines), ("cut", lines[:-1])):
            (tmp_path / name).write_text("\n".join(content), encoding="utf-8")
        cut, whole = [[step async for step in taking] for taking in (take_in(page, "cut"), take_in(page, "whole"))]
        assert "cut off or changed" in cut[-1][page.tab.notice]
        assert archive.seen_by("alice").load(at_of(page.tab, whole[-1])[0]).title == "Why?"
        assert not (tmp_path / "whole").exists()
        assert len(archive.seen_by("alice").attempts(at_of(page.tab, whole[-1])[0])) == 2

    def take_in(page: Opened, name: str) -> AsyncGenerator[Updates, None]:
        return page.page.on_take_in("alice", VISIT, str(tmp_path / name), "en")

    on_the_tab(tmp_path, check)


def test_a_refusal_is_told_as_what_it_is_in_korean(tmp_path: Path) -> None:
    async def check(page: Opened) -> None:
        long = await page.page.on_ask(LOCAL, VISIT, NONE, "왜" * 200, WANTED, "ko")
        assert "평가 세트" not in long[page.tab.notice]
        assert "200" in long[page.tab.notice]
        at = await page.ask("Why?")
        busy = await page.page.on_ask(LOCAL, VISIT, at, "How?", WANTED, "ko")
        assert "비교 질문에 답하는 중입니다" in busy[page.tab.notice]

    on_the_tab(tmp_path, check, fast=0.05, slow=0.05)
