"""A model helps to write an item: what it is told, what it writes, and what comes of trying the item on it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from evals.judge.verdicts import Scored
from evals.run.item_help import AnchorTask, ItemHelp, Trial
from evals.run.service import EvaluationBusy, Evaluations
from evals.ui.suite_form import anchor_task, confirmed, with_anchor
from llmfirst.app.services import Services
from llmfirst.settings import Settings
from llmfirst.store import RunStore, open_database
from tests.evals.answering import KEY, AnsweringProvider, case, overhead
from tests.live_runs import opened_with_models
from tests.probing import no_probe

FIELDS = {
    "question": "How many legs has a spider?",
    "reference": "Eight.",
    "criteria": [
        {"claim": "It says eight."},
        {"claim": "It is short.", "bad_passes": True},
        {"claim": "It says six.", "negative": True},
    ],
}
Check = Callable[[ItemHelp, Evaluations], Awaitable[None]]


def helped(folder: Path, provider: AnsweringProvider, check: Check) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), opened_with_models(folder, provider) as (runs, models, documents):
            database = open_database(folder)
            settings, probe = Settings(data_dir=folder), no_probe(models, documents)
            services = Services(settings, models, runs, RunStore(database), documents, None, probe)
            evaluations = Evaluations(services, measure_overhead=overhead)
            try:
                await check(ItemHelp(services, evaluations), evaluations)
            finally:
                await evaluations.stop()
                database.dispose()

    asyncio.run(main())


async def tried(help: ItemHelp, judge: str | None) -> list[Trial]:
    async with aclosing(help.try_item(case(1), KEY, judge, "en", "alice")) as steps:
        return [step async for step in steps]


def test_a_bad_answer_is_asked_for_with_the_statements_turned_round() -> None:
    good, bad = anchor_task(FIELDS, "good"), anchor_task(FIELDS, "bad")
    assert (good.true_of_it, good.false_of_it) == (["It says eight.", "It is short."], ["It says six."])
    assert (bad.true_of_it, bad.false_of_it) == (["It says six."], ["It says eight."])
    told = bad.messages()[-1].content
    assert told.index("How many legs") < told.index("It says six.") < told.index("It says eight.") < told.index("wrong")


def test_an_anchor_of_a_model_is_marked_until_a_person_confirms_it() -> None:
    fields = with_anchor(FIELDS, "bad", "Six.", KEY)
    assert fields["generated"] == [{"anchor": "bad", "model": KEY, "confirmed": False}]
    assert confirmed(fields, "bad")["generated"] == [{"anchor": "bad", "model": KEY, "confirmed": True}]
    assert with_anchor(confirmed(fields, "bad"), "bad", "Nine.", KEY)["generated"] == fields["generated"]


def test_an_anchor_grows_and_ends_where_it_is_stopped(tmp_path: Path) -> None:
    provider = AnsweringProvider()

    async def check(help: ItemHelp, evaluations: Evaluations) -> None:
        task, stop = AnchorTask("good", "Why?", "", (), ()), asyncio.Event()
        async with aclosing(help.write_anchor(task, KEY, stop)) as steps:
            texts = [text async for text in steps]
        assert [text.count("Sentence") for text in texts] == [1, 2, 3]
        async with aclosing(help.write_anchor(task, KEY, stop)) as steps:
            async for _ in steps:
                stop.set()
        assert provider.opened == provider.closed

    helped(tmp_path, provider, check)


def test_an_item_is_answered_and_judged_at_once(tmp_path: Path) -> None:
    async def check(help: ItemHelp, evaluations: Evaluations) -> None:
        *steps, last = await tried(help, KEY)
        assert (steps[0].stage, last.stage) == ("loading", "done")
        assert last.text.count("Sentence") == 9
        assert isinstance(last.verdicts[0], Scored)
        assert last.item == "passed"
        assert evaluations.archive.all() == ()  # it is no evaluation
        timed = (await tried(help, None))[-1]
        assert (timed.verdicts, timed.item) == ({}, None)

    helped(tmp_path, AnsweringProvider(), check)


def test_nobody_is_helped_while_an_evaluation_is_measured(tmp_path: Path) -> None:
    async def check(help: ItemHelp, evaluations: Evaluations) -> None:
        await evaluations.begin_calibration(KEY, ["en"], owner="bob")
        with pytest.raises(EvaluationBusy):
            await tried(help, KEY)
        await evaluations.stop()
        assert (await tried(help, KEY))[-1].stage == "done"

    helped(tmp_path, AnsweringProvider(), check)
