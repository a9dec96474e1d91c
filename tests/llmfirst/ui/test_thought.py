import pytest

from llmfirst.answer import fold
from llmfirst.events import AnswerEvent, Language, PhaseFinished, PhaseStarted, StateChanged, TextAdded, ThoughtAdded
from llmfirst.texts import texts_in
from llmfirst.ui.render import state_clock, state_words
from llmfirst.ui.thought import thought_of

THINKING: list[AnswerEvent] = [
    PhaseStarted(elapsed_seconds=1, phase="core"),
    StateChanged(elapsed_seconds=2, state="thinking"),
    ThoughtAdded(elapsed_seconds=2, phase="core", text="So <b>", call_id="1"),
]
WRITTEN: list[AnswerEvent] = [
    StateChanged(elapsed_seconds=5, state="writing"),
    TextAdded(elapsed_seconds=5, phase="core", text="x", call_id="1"),
    PhaseFinished(elapsed_seconds=8, phase="core", ending="stop"),
]


@pytest.mark.parametrize(
    ("events", "now", "title"),
    [
        (THINKING, 4.5, "Thinking · 2.5 s"),
        (THINKING, 1.5, "Thinking · 0.0 s"),  # the page's clock goes in steps
        ([*THINKING, *WRITTEN], 60, "Thinking · 3.0 s"),
    ],
)
def test_the_thinking_of_a_phase_has_its_time_and_its_text_as_it_was_written(
    events: list[AnswerEvent], now: float, title: str
) -> None:
    shown = thought_of(fold(events), "core", now, "en")
    assert (shown["title"], shown["text"]) == (title, "So <b>")
    assert thought_of(fold(events), "details", now, "en")["text"] == ""


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Core: The model is thinking"), ("ko", "핵심: 모델이 생각하는 중")]
)
def test_a_model_that_thinks_has_a_named_state_and_its_clock(language: Language, words: str) -> None:
    answer = fold(THINKING)
    assert words in state_words(answer, language)
    assert texts_in(language).shared.seconds.format(seconds=2.5) in state_clock(answer, 4.5, language)
    assert f">{texts_in(language).shared.seconds.format(seconds=0)}" in state_clock(answer, 1.5, language)
