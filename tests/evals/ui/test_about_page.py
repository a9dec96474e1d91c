"""The line about an evaluation: it is named in place, and deleted once that was asked."""

import asyncio
from pathlib import Path

from evals.recordings.recorded import RECORDED
from evals.records.archive import Archive
from evals.records.captions import Caption, caption_of
from evals.run.service import Evaluations
from evals.ui.evaluate_page import EvaluatePage
from tests.evals.answering import AnsweringProvider, evaluations
from tests.evals.ui.test_owned_page import HERS, OF, SCRIPTED, at, looked, page_on, told, with_hers


def test_a_name_is_in_the_list_the_result_and_the_names_of_files(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        recorded = await page.stored("alice", RECORDED, "en")
        assert at("about-line", recorded).visible is False
        assert at("baseline", recorded).visible is False
        await page.about.on_caption("alice", HERS, "  Before <b>\n the update ", "A cold machine.\n", "en")
        assert caption_of(alice, HERS) == Caption(name="Before <b> the update", notes="A cold machine.")
        stored = await page.stored("alice", HERS, "en")
        assert "Before &lt;b&gt; the update" in at("evaluate-list", stored)
        assert (at("about-name", stored), at("about-notes", stored)) == ("Before <b> the update", "A cold machine.")
        assert at("about-line", stored).visible is True
        assert at("baseline", stored).visible is True
        assert "Before &lt;b&gt; the update · Made up" in at("scorecard", await looked(page, "alice", HERS))
        files = [Path(one["path"]) for one in at("files", await page.on_report("alice", HERS, "en")).value]
        assert all("_Before-b-the-update" in file.name for file in files)
        report = files[0].read_text(encoding="utf-8")
        assert "Before &lt;b&gt; the update · Made up" in report
        assert "A cold machine." in report

        foreign = await page.about.on_caption("bob", HERS, "Mine", "", "en")
        assert "There is no evaluation" in at("evaluate-notice", foreign)
        assert caption_of(alice, HERS).name == "Before <b> the update"

    with_hers(tmp_path, check)


def test_it_asks_first_and_tells_what_goes_and_a_running_one_stays(tmp_path: Path) -> None:
    async def check(page: EvaluatePage, opened: Evaluations, alice: Archive) -> None:
        asked = await page.about.on_delete("alice", HERS, "en")
        assert at("about-asking", asked).visible is True
        assert "with 2 answers, 2 verdicts of the judge?" in at("about-question", asked)
        assert alice.has(HERS)
        foreign = told(await page.about.on_really("bob", HERS, "en"))
        assert "There is no evaluation" in foreign
        assert alice.has(HERS)

        running = OF.model_copy(update={"evaluation_id": "abcabc", "judge": None, "models": (SCRIPTED,)})
        await opened.begin(running, owner="alice")
        for act in (page.about.on_delete, page.about.on_really):
            assert "is running: stop it" in at("evaluate-notice", await act("alice", "abcabc", "en"))
        assert alice.has("abcabc")
        await page.watch.on_stop("alice")

        done = await page.about.on_really("alice", HERS, "en")
        assert "was deleted" in at("evaluate-notice", done)
        assert not alice.has(HERS)
        assert at("evaluation", await page.stored("alice", HERS, "en")).value == "abcabc"

    with_hers(tmp_path, check, pause=0.1)


def test_there_is_nothing_to_name_where_nothing_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with evaluations(tmp_path, AnsweringProvider()) as opened:
            page = page_on(opened)
            assert at("about-line", await page.stored("alice", None, "en")).visible is False
            assert "There is no evaluation" in at(
                "evaluate-notice", await page.about.on_caption("alice", None, "x", "", "en")
            )

    asyncio.run(main())
