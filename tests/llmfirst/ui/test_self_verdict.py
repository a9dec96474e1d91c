"""The model's verdict on its own answer, as the page shows it and as the proof counts it."""

from typing import get_args

import pytest

from llmfirst.answer import fold
from llmfirst.events import (
    SELF_QUESTIONS,
    AnswerEvent,
    AnswerFinished,
    CallFinished,
    Language,
    SelfJudged,
    SelfQuestion,
    SelfUnjudged,
    SelfUnjudgedCause,
    ShareSource,
    answer_events,
)
from llmfirst.proof import verify
from llmfirst.texts import texts_in
from llmfirst.ui.self_verdict import self_verdict_line
from llmfirst.ui.why import why_panel
from tests.run_events import REPLIES, record, told

LANGUAGES: tuple[Language, ...] = ("ko", "en")


def with_verdict(
    by: ShareSource = "probability", left_out: tuple[SelfQuestion, SelfUnjudgedCause] | None = None
) -> list[AnswerEvent]:
    """Return a whole run with a verdict on each question but the one that was left out."""
    *written, _ = told(*REPLIES)
    previous = next(event.call.sha256 for event in reversed(written) if isinstance(event, CallFinished))
    events: list[AnswerEvent] = []
    for number, question in enumerate(SELF_QUESTIONS, 5):
        if left_out is not None and question == left_out[0]:
            events.append(SelfUnjudged(elapsed_seconds=9, question=question, cause=left_out[1]))
            continue
        call = record(number, "self_verdict", "Yes", previous)
        previous = call.sha256
        yes = 1.0 if by == "word" else 0.875
        events.append(CallFinished(elapsed_seconds=9, call=call))
        events.append(SelfJudged(elapsed_seconds=9, question=question, yes=yes, by=by, call_id=call.call_id))
    return [*written, *events, AnswerFinished(elapsed_seconds=11, outcome="complete")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_shown_as_the_models_own_opinion_in_percent(language: Language) -> None:
    line, texts = self_verdict_line(fold(with_verdict()), language), texts_in(language).shared.self_verdict
    assert f"{texts.title} ({texts_in(language).shared.seconds.format(seconds=0.9)}): " in line
    assert [f"{name} 88%" in line for name in texts.questions.values()] == [True] * 3
    assert texts.by_word not in line
    assert self_verdict_line(fold(told(*REPLIES)), language) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_probabilities_it_says_that_only_the_word_counts(language: Language) -> None:
    line, texts = self_verdict_line(fold(with_verdict("word")), language), texts_in(language).shared.self_verdict
    assert f"{texts.questions['core']} 100%" in line
    assert texts.by_word in line


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", get_args(SelfUnjudgedCause))
def test_a_verdict_that_was_left_out_says_why(language: Language, cause: SelfUnjudgedCause) -> None:
    texts = texts_in(language).shared.self_verdict
    line = self_verdict_line(fold(with_verdict(left_out=("core", cause))), language)
    assert f"{texts.questions['core']}: {texts.left_out[cause]}" in line
    assert (set(texts.questions), set(texts.left_out)) == (set(SELF_QUESTIONS), set(get_args(SelfUnjudgedCause)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_calls_are_in_the_record_by_their_name(language: Language) -> None:
    html = why_panel(with_verdict(), language)
    assert html.count(texts_in(language).why.calls["self_verdict"]) == 3


def test_a_verdict_is_a_decision_that_its_own_call_has_to_back() -> None:
    events = with_verdict()
    assert [one.kind for one in verify(events).decisions].count("self_verdict") == 3
    assert verify(events).holds
    invented = [
        event.model_copy(update={"call_id": "run/4"}) if isinstance(event, SelfJudged) else event for event in events
    ]
    assert verify(invented).unbacked_decisions == 3


def test_its_events_are_stored_and_read_back_unchanged() -> None:
    events = with_verdict(left_out=("core", "no_verdict"))
    assert [answer_events.validate_json(answer_events.dump_json(event)) for event in events] == events
    metrics = fold(events).metrics()
    assert metrics.model_validate_json(metrics.model_dump_json()) == metrics
    old = {name: value for name, value in metrics.model_dump().items() if not name.startswith("self_verdict")}
    assert metrics.model_validate(old).self_verdict is None  # as it was stored before
