"""A session that is held in a terminal."""

import asyncio
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from evals.cli.comparing import chosen_in, hold, questions_in, session, session_printed
from evals.cli.stored import report_command
from evals.sessions.summary import SessionSummary
from llmfirst.errors import ModelMissing, SetupError
from llmfirst.events import AnswerSettings
from llmfirst.settings import Settings
from tests.evals.answering import AnsweringProvider
from tests.evals.sessions.made import HOW, WHY, Shelf, entrant, services


def given(**changes: Any) -> Namespace:
    usual: dict[str, Any] = {
        "models": ["a", "ollama/b:temperature=0"],
        "questions": None,
        "lines": None,
        "suite": None,
        "title": "",
        "fairness": "as_experienced",
        "same_profile": "direct",
        "same_tokens": 60,
        "order": "one_at_a_time",
        "seed": 1,
        "language": "en",
        "resume": None,
        "judge": None,
        "json": False,
    }
    return Namespace(**{**usual, **changes})


def held(folder: Path, provider: AnsweringProvider, *questions: Any, **changes: Any) -> SessionSummary:
    async def main() -> SessionSummary:
        async with asyncio.timeout(20), services(folder, provider) as opened:
            return (await hold(given(**changes), opened, questions))[0]

    return asyncio.run(main())


def test_every_question_is_answered_by_all_and_a_table_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = held(tmp_path, Shelf(), WHY, HOW)
    assert [one.key for one in summary.session.entrants] == ["ollama/a", "ollama/b:temperature=0.0"]
    assert summary.session.title == "Why?"
    assert set(summary.answers) == {(one, key.key) for one in ("why", "how") for key in summary.session.entrants}
    told = capsys.readouterr().err
    assert f"session {summary.session.session_id}\n" in told
    assert "question 2/2\n" in told
    assert "ollama/b:temperature=0.0: answered\n" in told
    assert session_printed(given(), summary) == 0
    heads, first, second, *_ = capsys.readouterr().out.splitlines()
    assert "First text" in heads
    assert first.startswith("a ")
    assert second.startswith("b:temperature=0.0 ")
    assert session_printed(given(json=True), summary) == 0
    assert json.loads(capsys.readouterr().out)["session"]["session_id"] == summary.session.session_id
    page = tmp_path / "session.html"
    asked = Namespace(
        evaluation=summary.session.session_id, html=page, csv=None, jsonl=None, language="ko", json=False, tier=1
    )
    assert report_command(asked, Settings(data_dir=tmp_path)) == 0
    assert "Why?" in page.read_text(encoding="utf-8")


def test_a_session_goes_on_where_answers_are_missing(tmp_path: Path) -> None:
    failing = Shelf()
    failing.errors = [ModelMissing("The model is gone.")] * 20
    first = held(tmp_path, failing, WHY)
    assert session_printed(given(), first) == 1
    whole = Shelf()
    again = held(tmp_path, whole, HOW, resume=first.session.session_id)
    assert again.session == first.session
    assert [one.question_id for one in again.questions] == ["why", "how"]
    assert session_printed(given(), again) == 0
    asked = len(whole.requests)
    held(tmp_path, whole, resume=first.session.session_id)
    assert len(whole.requests) == asked


def test_a_judge_votes_on_the_answers_after_them(tmp_path: Path) -> None:
    summary = held(tmp_path, Shelf(), WHY, HOW, judge="ollama/c")
    assert [(one.vote.voter, one.vote.kind) for one in summary.source.battles] == [("ollama/c", "judge")] * 2


def test_questions_come_from_the_command_a_file_and_a_suite(tmp_path: Path) -> None:
    lines = tmp_path / "questions.txt"
    lines.write_text("\n하늘은 왜 파란가요?\n\nWhy?  \n", encoding="utf-8")
    found = questions_in(given(questions=["How?"], lines=lines, suite="quick"))
    assert [one.text for one in found[:3]] == ["How?", "하늘은 왜 파란가요?", "Why?"]
    assert len(found) == 7
    assert found[3].language is not None
    with pytest.raises(SetupError, match="needs a question"):
        held(tmp_path, Shelf())
    lines.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(SetupError, match=r"questions\.txt cannot be read"):
        session(given(lines=lines), Settings(data_dir=tmp_path))


@pytest.mark.parametrize(
    ("entry", "model", "settings"),
    [
        ("qwen3:4b", "qwen3:4b", AnswerSettings()),
        ("ollama/qwen3:4b:think=on", "ollama/qwen3:4b", AnswerSettings(think="on")),
        ("a:temperature=0.0:review=False", "a", AnswerSettings(temperature=0, review=False)),
        ("a:quant=4", "a:quant=4", AnswerSettings()),
    ],
)
def test_the_settings_of_an_entrant_follow_its_model_as_in_its_key(
    entry: str, model: str, settings: AnswerSettings
) -> None:
    chosen = chosen_in(entry)
    assert (chosen.model, chosen.settings) == (model, settings)


def test_a_key_of_an_entrant_names_it_again_and_a_wrong_setting_is_told() -> None:
    key = entrant("a").model_copy(update={"settings": AnswerSettings(seed=3, profile="direct")}).key
    assert chosen_in(key).settings == AnswerSettings(seed=3, profile="direct")
    with pytest.raises(SetupError, match="temperature"):
        chosen_in("a:temperature=9")


def test_the_key_of_an_entrant_has_a_short_word_for_its_system_prompt() -> None:
    texts = ("Be brief.", "Be long:\n" * 200)
    keys = [entrant("a").model_copy(update={"settings": AnswerSettings(system_prompt=text)}).key for text in texts]
    assert len(set(keys)) == len(texts)
    assert all(key.startswith("ollama/a:system_prompt=") and len(key) < 50 for key in keys)
