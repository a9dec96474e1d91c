import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import get_args

import pytest

from llmfirst.providers.base import Chunk
from research.bakeoff.protocol_list import PROTOCOLS
from research.bakeoff.round import jobs_of, load_questions, read_answers, run_round
from research.bakeoff.server import Refused
from research.bakeoff.values import Ask, SetName
from tests.research.bakeoff.scripted_model import PLAIN, ScriptedModel


@pytest.mark.parametrize(
    ("which", "each"), [("screening", 6), ("full", 16), ("pyramid_screening", 12), ("pyramid", 20)]
)
def test_a_set_has_as_many_questions_in_each_language(which: SetName, each: int) -> None:
    questions = load_questions(which)
    assert Counter(question.language for question in questions) == {"ko": each, "en": each}
    assert len({question.id for question in questions}) == 2 * each


def test_the_sets_share_no_question_and_have_seven_kinds_in_each_language() -> None:
    both = [question for name in get_args(SetName) for question in load_questions(name)]
    assert len({question.id for question in both}) == len({question.question for question in both}) == len(both)
    for language in ("ko", "en"):
        assert len({question.kind for question in both if question.language == language}) >= 7


def test_a_cut_round_has_both_languages_and_whole_protocols_first() -> None:
    jobs = jobs_of(load_questions("screening"), ["plain", "twice"], [0, 1])
    assert [job.question.language for job in jobs[:4]] == ["ko", "en", "ko", "en"]
    assert [(job.seed, job.protocol) for job in jobs[::12]] == [
        (0, "plain"),
        (0, "twice"),
        (1, "plain"),
        (1, "twice"),
    ]


def test_what_the_file_has_is_not_asked_again_and_shared_calls_stay_shared(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    questions = load_questions("screening")[:2]
    first, second = ScriptedModel(), ScriptedModel()
    asyncio.run(run_round(jobs_of(questions, ["plain"], [0]), first, path, name="m", width=2))
    path.write_text(path.read_text(encoding="utf-8") + '{"protocol": "cut in the wri', encoding="utf-8")
    tally = asyncio.run(run_round(jobs_of(questions, ["plain", "panels"], [0]), second, path, name="m", width=2))
    assert (tally.done, tally.left, len(first.asks), len(second.asks)) == (2, 0, 2, 0)
    records = [*read_answers(path)]
    assert [record.protocol for record in records] == ["plain", "plain", "panels", "panels"]
    assert {record.text for record in records} == {PLAIN}
    assert all(call.is_shared for record in records[2:] for call in record.calls)


def test_a_seed_draws_other_calls(tmp_path: Path) -> None:
    model = ScriptedModel()
    jobs = jobs_of(load_questions("screening")[:1], ["plain", "panels"], [0, 1])
    asyncio.run(run_round(jobs, model, tmp_path / "answers.jsonl", name="m", width=1))
    assert [ask.sampling.seed for ask in model.asks] == [0, 1000]


def test_a_call_that_fails_costs_one_answer_and_is_asked_again_later(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    jobs = jobs_of(load_questions("screening")[:2], ["plain"], [0])
    tally = asyncio.run(run_round(jobs, FailsOnce(), path, name="m", width=1))
    assert (tally.done, tally.failed, tally.left) == (1, 1, 1)
    tally = asyncio.run(run_round(jobs, ScriptedModel(), path, name="m", width=1))
    assert (tally.done, tally.left) == (1, 0)


def test_what_is_open_when_the_time_is_over_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    jobs = jobs_of(load_questions("screening")[:3], ["plain"], [0])
    tally = asyncio.run(run_round(jobs, Silent(), path, name="m", width=2, seconds=0.3))
    assert (tally.done, tally.left) == (0, 3)


def test_a_round_over_all_protocols_records_every_call(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    model = ScriptedModel()
    jobs = jobs_of(load_questions("screening")[:1], [*PROTOCOLS], [0])
    asyncio.run(run_round(jobs, model, path, name="m", width=4))
    records = [*read_answers(path)]
    made = [call for record in records for call in record.calls if not call.is_shared]
    assert len(records) == len(PROTOCOLS)
    assert len(made) == len(model.asks)
    assert all(record.times["core"].seconds >= 0 for record in records)


class FailsOnce(ScriptedModel):
    async def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        if not self.asks:
            self.asks.append(ask)
            raise Refused("not now")
        async for chunk in super().stream(ask):
            yield chunk


class Silent(ScriptedModel):
    async def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        await asyncio.sleep(60)
        yield Chunk(finish_reason="stop")
