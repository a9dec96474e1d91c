"""A judge is let vote from the Compare tab; what it may decide is said there, and only to the owner of the session."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from evals.ui.judging_panel import Judging, JudgingPanel, build_judging_panel
from llmfirst.events import Language
from llmfirst.runs.owners import LOCAL, Owner
from llmfirst.ui.updates import Updates
from tests.evals.sessions.made import HOW, WHY, Shelf, keep_answers, session, sessions

OF = session()
JUDGE = "ollama/c"


async def votes(judging: Judging, owner: Owner = LOCAL, judge: str | None = JUDGE) -> list[Updates]:
    stream: AsyncGenerator[Updates, None] = judging.on_vote(owner, OF.session_id, judge, "en")
    async with aclosing(stream) as views:
        return [view async for view in views]


def placed() -> JudgingPanel:
    with gr.Blocks():
        return build_judging_panel("en")


def is_shown(update: Any) -> bool:
    return bool(update["visible"])


def test_a_judge_votes_says_how_far_it_is_and_what_it_may_decide(tmp_path: Path) -> None:
    async def check() -> None:
        async with sessions(tmp_path, Shelf()) as opened:
            keep_answers(opened.archive, OF, WHY, HOW)
            panel = placed()
            judging = Judging(opened, panel)
            before = await judging.on_session(LOCAL, OF.session_id, None, "en")
            assert is_shown(before[panel.fold])
            assert [value for _, value in before[panel.judge]["choices"]] == ["ollama/a", "ollama/b", JUDGE]
            assert before[panel.said] == ""  # who competes is not said before the vote
            for question in opened.archive.questions(OF.session_id):
                opened.archive.unveil(OF.session_id, question.question_id)
            voted = await judging.on_session(LOCAL, OF.session_id, None, "en")
            assert "self-judged: ollama/a" in voted[panel.said]  # the one that is chosen competes
            assert (await judging.on_session(LOCAL, OF.session_id, JUDGE, "en"))[panel.said] == ""
            first, *steps, last = await votes(judging)
            assert "ollama/c is being loaded" in first[panel.said]
            assert is_shown(first[panel.stop])
            assert "reads pairs: 1 of 118" in steps[0][panel.said]
            assert "ollama/c cannot decide between answers" in last[panel.said]
            assert not is_shown(last[panel.stop])
            after = await judging.on_session(LOCAL, OF.session_id, JUDGE, "ko")
            assert "우열을 정할 수 없습니다" in after[panel.said]
            assert after[panel.judge]["value"] == JUDGE
            assert len(opened.archive.votes(OF.session_id)) == 2

    asyncio.run(check())


def test_nobody_else_lets_a_judge_vote_or_sees_what_it_said(tmp_path: Path) -> None:
    async def check() -> None:
        async with sessions(tmp_path, Shelf()) as opened:
            keep_answers(opened.archive.seen_by("alice"), OF, WHY)
            panel = placed()
            judging = Judging(opened, panel)
            assert "There is no session" in (await votes(judging, "bob"))[-1][panel.said]
            assert "There is no session" in (await judging.on_session("bob", OF.session_id, None, "en"))[panel.said]
            assert opened.archive.votes(OF.session_id) == ()

    asyncio.run(check())


def test_a_judge_that_is_stopped_votes_on_nothing_and_does_not_read_again_what_it_read(tmp_path: Path) -> None:
    async def check() -> None:
        async with sessions(tmp_path, provider := Shelf()) as opened:
            keep_answers(opened.archive, OF, WHY)
            panel = placed()
            judging = Judging(opened, panel)
            async with aclosing(judging.on_vote(LOCAL, OF.session_id, JUDGE, "en")) as views:
                async for view in views:
                    if "reads pairs: 3 of" in view[panel.said]:
                        await judging.on_stop("bob")
                    if "reads pairs: 5 of" in view[panel.said]:
                        await judging.on_stop(LOCAL)
            assert not is_shown(view[panel.stop])
            assert opened.archive.votes(OF.session_id) == ()
            before = provider.opened
            await votes(judging)
            assert provider.opened - before <= 6 * (67 - 5) + 1  # a trial whether it can judge comes first
            assert len(opened.archive.votes(OF.session_id)) == 1

    asyncio.run(check())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_without_a_session_there_is_no_panel_and_without_a_judge_it_says_what_to_do(
    tmp_path: Path, language: Language
) -> None:
    async def check() -> None:
        async with sessions(tmp_path, Shelf()) as opened:
            panel = placed()
            judging = Judging(opened, panel)
            assert not is_shown((await judging.on_session(LOCAL, "", None, language))[panel.fold])
            (only,) = await votes(judging, judge=None)
            assert "notice" in only[panel.said]

    asyncio.run(check())
