"""python -m llmfirst.probe: what it prints, and that it finds the model's profile and remembers it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmfirst.engine.profile_probe import (
    ProbeAnswer,
    ProbeChoice,
    ProbeSteps,
    ThinkingFinding,
    ThinkingReason,
    finding,
)
from llmfirst.probe import main, row_of, summary
from llmfirst.settings import Settings

TRIED = ProbeAnswer(
    question="왜?" * 30, profile="answer_first", core="-", text="-", seconds=21.34, faults=(), language_kept=0.987
)
CHOSEN = ProbeChoice(question="왜?", part="core", read_first=0.8, read_last=None)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a .env, and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LLMFIRST_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_each_answer_and_each_choice_is_a_line() -> None:
    assert row_of(TRIED).startswith(f"{'왜?' * 14}왜  answer_first")
    assert row_of(TRIED.model_copy(update={"question": "why?"})).index("answer_first") == 46
    assert row_of(TRIED).split()[1:] == ["answer_first", "21.3", "0.99", "none"]
    failed = TRIED.model_copy(update={"seconds": None, "faults": ("repetition", "no_plan"), "language_kept": None})
    assert row_of(failed).split()[2:] == ["-", "-", "repetition,", "no_plan"]
    assert "core: neither (instructed has 0.80 read first, - read last)" in row_of(CHOSEN)


def test_the_end_says_what_was_found_and_why() -> None:
    made = ProbeSteps(steps=(TRIED, CHOSEN))
    told = summary("phi3:mini", finding(made, "answer_first", datetime(2026, 11, 27, tzinfo=UTC)))
    assert "answer_first 0, instructed 0, neither 1 of 1 questions" in told
    assert "phi3:mini is asked by the profile answer_first from now on: the model did not choose" in told


@pytest.mark.parametrize(("pays", "why"), [(True, "chosen"), (False, "late")])
def test_the_end_says_whether_thinking_paid_and_for_how_many_seconds(pays: bool, why: ThinkingReason) -> None:
    winners = (True, True, None, False)
    thinking = ThinkingFinding(pays=pays, why=why, seconds=12.34, thought_seconds=9.0, winners=winners)
    found = finding(ProbeSteps(steps=(TRIED, CHOSEN)), "answer_first", datetime(2026, 11, 27, tzinfo=UTC))
    told = summary("qwen3.5:4b", found.model_copy(update={"thinking": thinking}))
    assert "with 2, without 1, neither 1 of 4 questions; an answer took +12.3 s, 9.0 s of thinking" in told
    assert ("thinking paid, and `--think auto` lets it think" in told) is pays
    assert ("thinking did not pay, so it stays off: an answer with thinking did not end in time" in told) is not pays
    choice = CHOSEN.model_copy(update={"about": "thinking", "read_last": 0.7})
    assert "core: thinking (thinking has 0.80 read first, 0.70 read last)" in row_of(choice)
    assert row_of(TRIED.model_copy(update={"think": "on", "thought_seconds": 4.26})).endswith(", thought 4.3 s")


def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--provider", "embedded", "--data-dir", str(tmp_path)]
    assert main([str(tmp_path / "absent.gguf"), *given]) == 1
    assert "There is no file" in capsys.readouterr().err
