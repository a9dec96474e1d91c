"""What the Evaluate tab's callbacks tell and do for who names another's evaluation, past what Gradio itself checks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import gradio as gr
import psutil
import pytest

from evals.recordings.recorded import Recorded
from evals.records.archive import Archive
from evals.run.service import Evaluations
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.evaluate_tab import build_evaluate_tab
from evals.ui.label_page import Sitting
from llmfirst.runs.owners import LOCAL, folder_of
from llmfirst.ui.updates import Updates
from tests.evals.answering import AnsweringProvider, evaluations
from tests.evals.made import TARGET, case, evaluation, keep_answers

OF = evaluation(case(1), case(2), evaluation_id="feedc0ffee12")
SCRIPTED = TARGET.model_copy(update={"model": "scripted"})
HERS = OF.evaluation_id
NEVER = "bad0c0ffee34"
FIRST = f"{0:016x}"  # the run of the first answer
KEY = "0" * 64
SECRET = '{"question": "A secret question?", "language": "en"}\n'
Act = Callable[[EvaluatePage, str, str], Awaitable[Any]]


async def looked(page: EvaluatePage, owner: str, evaluation_id: str, compared_id: str | None = None) -> Any:
    async with aclosing(page.watch.on_look(owner, evaluation_id, compared_id, "en")) as views:
        return [view async for view in views][-1]


async def last(updates: AsyncGenerator[Updates, None]) -> Updates:
    async with aclosing(updates) as views:
        return [view async for view in views][-1]


async def answers(page: EvaluatePage, owner: str, evaluation_id: str, asked: str = "") -> Any:
    """Return what the Answers part shows."""
    return await last(page.answers.on_look(owner, evaluation_id, asked, "en"))


def told(shown: Any) -> str:
    """Return all that a callback's values tell, those of components too."""
    parts = shown.items() if isinstance(shown, dict) else [("", shown)]
    return "\n".join(
        f"{getattr(component, 'elem_id', '')}: {one.constructor_args if isinstance(one, gr.blocks.Block) else one}"
        for component, one in parts
    )


def at(elem_id: str, updates: Updates) -> Any:
    """Return the update of one component."""
    return next(update for component, update in updates.items() if component.elem_id == elem_id)


def page_on(opened: Evaluations) -> EvaluatePage:
    with gr.Blocks():
        return EvaluatePage(opened, build_evaluate_tab("en"), Recorded())


ACTS: dict[str, Act] = {
    "look": looked,
    "go on": lambda page, owner, named: page.watch.on_resume(owner, named, "en"),
    "answers": answers,
    "answer": lambda page, owner, named: answers(page, owner, named, f"evaluation={named}&answer={FIRST}"),
    "judge moments": lambda page, owner, named: page.watch.on_value(owner, named, "en"),
    "approve": lambda page, owner, named: page.on_baseline(owner, named, "en"),
    "export": lambda page, owner, named: page.on_report(owner, named, "en"),
    "open label mode": lambda page, owner, named: page.on_label(owner, named, "en"),
    "label": lambda page, owner, named: page.labels.on_begin(owner, named, "Kim", "en"),
    "compare people": lambda page, owner, named: page.labels.on_compare(owner, named, "en"),
    "say": lambda page, owner, named: page.labels.on_say("yes", owner, Sitting(named, "Kim", KEY), "en", KEY[:12]),
    "undo": lambda page, owner, named: page.labels.on_undo(owner, Sitting(named, "Kim", None), "en"),
}


def with_hers(
    folder: Path, check: Callable[[EvaluatePage, Evaluations, Archive], Awaitable[None]], pause: float = 0.0
) -> None:
    """Open a page on whose machine alice has a whole evaluation."""

    async def main() -> None:
        async with asyncio.timeout(30), evaluations(folder, AnsweringProvider(pause)) as opened:
            alice = opened.archive.seen_by("alice")
            keep_answers(alice, OF)
            await check(page_on(opened), opened, alice)

    asyncio.run(main())


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
@pytest.mark.parametrize("asking", ["bob", LOCAL])
def test_anothers_evaluation_is_told_of_as_one_that_never_was(tmp_path: Path, act: Act, asking: str) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        foreign, never = [told(await act(page, asking, named)) for named in (HERS, NEVER)]
        assert foreign.replace(HERS, NEVER) == never
        assert foreign != told(await act(page, "alice", HERS))
        for hers in ("Question 1?", "Made up", "the core"):
            assert hers not in foreign
        assert alice.seen_by(asking).labels() == {}

    with_hers(tmp_path, check)


def test_nothing_is_compared_with_anothers_evaluation(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        his = OF.model_copy(update={"evaluation_id": "0b0b"})
        bob = opened.archive.seen_by("bob")
        bob.add(his)
        foreign, never = [await looked(page, "bob", "0b0b", named) for named in (HERS, NEVER)]
        assert told(foreign).replace(HERS, NEVER) == told(never)
        assert "There is no evaluation" in at("comparison", foreign)

    with_hers(tmp_path, check)


def test_of_anothers_evaluation_on_its_way_nothing_is_shown_and_nothing_is_held(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        running = OF.model_copy(update={"evaluation_id": "abcabc", "judge": None, "models": (SCRIPTED,)})
        await opened.begin(running, owner="alice")
        while (progress := opened.progress("abcabc")) is None or progress.stage != "answering":
            await opened.news()
        assert "Question 1" not in str(await looked(page, "bob", "abcabc"))
        await page.watch.on_pause("bob", "en")
        await page.watch.on_stop("bob")
        busy = await page.setup.on_start("bob", "quick", ["ollama/scripted"], ["set"], "none", 1, "sequential", "en")
        assert "wait until it is over" in at("evaluate-notice", busy)
        assert "abcabc" not in at("evaluate-notice", busy)
        assert opened.running == "abcabc"
        await page.watch.on_stop("alice")
        assert opened.running is None

    with_hers(tmp_path, check, pause=0.1)


def test_a_suite_that_one_gave_is_offered_to_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "hers.jsonl"
    file.write_text(SECRET, encoding="utf-8")
    other = tmp_path / "his.jsonl"
    other.write_text(SECRET.replace("secret", "other"), encoding="utf-8")

    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        hers = at("suite", await last(page.setup.on_own_suite("alice", str(file), "en")))
        his = at("suite", await last(page.setup.on_own_suite("bob", str(other), "en")))
        assert hers.value not in [value for _, value in his.choices]
        assert "give it again" in await page.setup.estimate(
            "bob", hers.value, ["ollama/scripted"], ["set"], "none", 1, "en"
        )
        started = await page.setup.on_start(
            "bob", hers.value, ["ollama/scripted"], ["set"], "none", 1, "sequential", "en"
        )
        assert "give it again" in at("evaluate-notice", started)
        assert "1 questions" in await page.setup.estimate(
            "alice", hers.value, ["ollama/scripted"], ["set"], "none", 1, "en"
        )

    with_hers(tmp_path / "data", check)


def test_an_export_lies_in_the_folder_of_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))

    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        files = at("files", await page.on_report("alice", HERS, "en"))
        places = {Path(one["path"]).relative_to(tmp_path / "files").parts[0] for one in files.value}
        assert places == {folder_of("alice")}

    with_hers(tmp_path / "data", check)


def test_a_file_of_ones_own_is_taken_and_how_it_was_read_is_told(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        mine = tmp_path / "mine.csv"
        mine.write_bytes("question;category\r\n하늘은 왜 파란가요?;상식\r\n".encode("cp949"))
        taken = await last(page.setup.on_own_suite("alice", str(mine), "ko"))
        assert "mine (1)" in told(taken)
        assert "CP949, 구분 기호 세미콜론" in at("evaluate-notice", taken)
        assert not mine.exists()
        mine.write_bytes(b"question\nwhy?\ncaf\xe9?\n")
        refused = at("evaluate-notice", await last(page.setup.on_own_suite("alice", str(mine), "ko")))
        assert "mine.csv 3번째 줄: 파일의 18번째 바이트(0xe9)는 UTF-8 형식이 아닙니다" in refused

    with_hers(tmp_path, check)


def test_a_file_is_read_no_longer_than_its_page_is_there(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        mine, before = tmp_path / "mine.yaml", set(psutil.Process().children())
        mine.write_text("items:\n" + "- question: a\n" * 300_000, encoding="utf-8")
        async with aclosing(page.setup.on_own_suite("alice", str(mine), "en")) as views:
            assert "being read" in at("evaluate-notice", await anext(views))
            reading = set(psutil.Process().children()) - before
            assert len(reading) == 1
        assert not any(child.is_running() for child in reading)
        assert not mine.exists()

    with_hers(tmp_path / "data", check)


def test_a_stored_evaluation_that_cannot_be_shown_is_offered_as_such_and_takes_nothing_down(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        alice.add(OF.model_copy(update={"evaluation_id": "0b0b"}))
        body = OF.model_dump_json(by_alias=True).replace('"repeats":1', '"repeats":1e400')
        alice.documents.put("evaluations", "0b0b", body)
        chosen = await page.stored("alice", "0b0b", "en")
        assert ("0b0b · cannot be shown", "0b0b") in at("evaluation", chosen).choices
        assert at("evaluation", chosen).value == HERS
        why = "The evaluation 0b0b cannot be shown (repeats: "
        assert why in told(await looked(page, "alice", "0b0b"))
        assert why in at("comparison", await looked(page, "alice", HERS, "0b0b"))
        assert at("answers", await answers(page, "alice", HERS)).count("<tr") == 3
        for act in ("go on", "answers", "answer", "approve", "export"):
            assert why in told(await ACTS[act](page, "alice", "0b0b"))
        for act in ("open label mode", "label", "compare people", "say", "undo"):
            await ACTS[act](page, "alice", "0b0b")
        assert "1 questions" not in await page.setup.estimate(
            "alice", "quick", ["ollama/scripted"], ["set"], "none", 1, "en"
        )

    with_hers(tmp_path, check)


def test_an_evaluation_of_a_billion_repeats_is_refused(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        started = await page.setup.on_start(
            "alice", "quick", ["ollama/scripted"], ["set"], "none", 10**9, "sequential", "ko"
        )
        assert "평가가 너무 큽니다" in at("evaluate-notice", started)
        assert opened.running is None

    with_hers(tmp_path, check)
