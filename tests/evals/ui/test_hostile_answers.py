"""An evaluation whose answers are texts that are slow to read: its report, its answers on the page, and label mode."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.run.service import Evaluations
from evals.ui.evaluate_page import EvaluatePage
from evals.ui.label_page import Sitting
from evals.ui.label_render import claim_id
from llmfirst import Updates, markdown_html
from tests.evals.answering import AnsweringProvider, evaluations
from tests.evals.made import ask, case, evaluation, told
from tests.evals.ui.test_owned_page import answers, at, looked, page_on
from tests.hostile_texts import hostile_texts
from tests.loop_watch import watched_loop
from tests.read_html import letters_and_digits, shown

LONGEST_SECONDS: Final = 0.005
SECONDS_EACH: Final = 10
"""For a report, a look, an answer and a claim with one text, on a machine that has other work."""
SOME: Final = ("quotes on one line", "lines of tables", "random signs")


def keep(opened: Evaluations, of: Evaluation, texts: Sequence[str]) -> list[Attempt]:
    """Keep an evaluation in which each item was answered with one of the texts."""
    archive = opened.archive.seen_by("alice")
    archive.add(of)
    for number, (one, text) in enumerate(zip(of.trials(), texts, strict=True)):
        run_id = f"{number:016x}"
        archive.keep_ask(of.evaluation_id, ask(run_id, one))
        archive.store.append(run_id, 0, told(run_id, replies=("a plan", text, "details", "the end")), "alice")
    return list(archive.attempts(of.evaluation_id))


async def faults(page: EvaluatePage, of: Evaluation, attempts: Sequence[Attempt]) -> list[str]:
    """Return what held the event loop for too long, or lost a letter."""
    found: list[str] = []

    async def watched(name: str, act: Any) -> Any:
        for _ in range(3):  # an interrupt of the machine counts for the thread that it meets
            async with watched_loop() as watch:
                done = await act()
            if watch.longest_seconds <= LONGEST_SECONDS:
                return done
        found.append(f"{name}: {watch.longest_seconds:.4f} s")
        return done

    hers = of.evaluation_id
    await watched("look", lambda: looked(page, "alice", hers))
    files = at("files", await watched("report", lambda: page.on_report("alice", hers, "en"))).value
    report = (await asyncio.to_thread(Path(files[0]["path"]).read_bytes)).decode()  # line ends as they are
    for attempt in attempts:
        text, name = attempt.text, attempt.trial.case_id
        asked = f"evaluation={hers}&answer={attempt.run_id}"
        answer = await watched(f"answer {name}", partial(answers, page, "alice", hers, asked))
        seen = letters_and_digits(shown(at("answers", answer)))
        if len(attempt.sections) != 3 or any(letters_and_digits(part) not in seen for _, part in attempt.sections):
            found.append(f"answer {name}: letters are missing")
        if markdown_html(text, first_heading=4) not in report:
            found.append(f"report {name}: the answer is missing")
    labels = await watched("begin", partial(page.labels.on_begin, "alice", hers, "Kim", "en"))
    read: list[str] = []
    while (sitting := at_sitting(labels)).key is not None:
        read.append(letters_and_digits(shown(at("label-read", labels))))
        await page.labels.on_say("yes", "alice", sitting, "en", claim_id(sitting.key))
        labels = await watched(f"claim {len(read)}", partial(page.labels.on_begin, "alice", hers, "Kim", "en"))
    for attempt in attempts:
        if not any(letters_and_digits(attempt.text) in one for one in read):
            found.append(f"label mode {attempt.trial.case_id}: letters are missing")
    return found


def at_sitting(updates: Updates) -> Sitting:
    """Return who labels, and the claim on screen."""
    return next(value for value in updates.values() if isinstance(value, Sitting))


def check(folder: Path, texts: Sequence[str]) -> None:
    of = evaluation(*[case(number) for number in range(len(texts))], judge=None)

    async def main() -> None:
        async with asyncio.timeout(SECONDS_EACH * len(texts)), evaluations(folder, AnsweringProvider()) as opened:
            attempts = await asyncio.to_thread(keep, opened, of, texts)
            assert await faults(page_on(opened), of, attempts) == []

    asyncio.run(main())


def test_a_report_and_a_claim_of_a_hostile_answer_hold_nobody_up(tmp_path: Path) -> None:
    check(tmp_path, [hostile_texts(5_000)[name] for name in SOME])


@pytest.mark.slow
@pytest.mark.parametrize("start", range(4))  # every fifth text; all of them take nine minutes
def test_no_hostile_answer_holds_anybody_up_or_loses_a_letter(tmp_path: Path, start: int) -> None:
    check(tmp_path, list(hostile_texts().values())[start::20])
