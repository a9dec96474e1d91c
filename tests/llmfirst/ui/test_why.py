from datetime import UTC, datetime
from html import escape
from typing import get_args

import pytest

from llmfirst.answer import fold
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    AnswerFailed,
    CallFinished,
    Language,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    ProfileName,
    ProfileReason,
    QuestionSubmitted,
    StateChanged,
    ThoughtAdded,
)
from llmfirst.providers.base import LeftOut, UnusedNumber
from llmfirst.texts import texts_in
from llmfirst.ui.why import why_panel
from tests.run_events import REPLIES, added, told, told_by_one_call

BEGUN = QuestionSubmitted(
    elapsed_seconds=0,
    run_id="run",
    question="왜?",
    language="ko",
    provider="ollama",
    model="m",
    model_digest=None,
    deadline_seconds=120,
    submitted_at=datetime(2026, 11, 23, tzinfo=UTC),
)
HOSTILE = "</pre><script>window.ran = 1</script>"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nothing_is_shown_before_the_end(language: Language) -> None:
    assert why_panel([], language) == ""
    assert why_panel(told(*REPLIES)[:-1], language) == ""
    assert f"<summary>{texts_in(language).why.title}</summary>" in why_panel(told(*REPLIES), language)


def test_the_proof_is_told_in_words() -> None:
    events = told(*REPLIES)
    shown = sum(len(reply) for _, reply in REPLIES)
    last = next(event.call for event in reversed(events) if isinstance(event, CallFinished))
    english, korean = why_panel(events, "en"), why_panel(events, "ko")
    assert f"Every one of the {shown} characters shown was written by the model (recorded calls: 4)" in english
    assert f"보이는 글자 {shown}자는 모두 모델이 썼습니다(기록된 호출 4번)" in korean
    for html in (english, korean):
        assert f"{last.sha256[:12]}…" in html


def told_with(field: str, told_by_service: tuple[str, ...]) -> list[AnswerEvent]:
    """Return the events of a run whose calls all say this of their service."""
    return [
        event.model_copy(update={"call": event.call.model_copy(update={field: told_by_service})})
        if isinstance(event, CallFinished)
        else event
        for event in told(*REPLIES)
    ]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_the_service_refused_is_listed_once_in_words(language: Language) -> None:
    texts = texts_in(language).why
    assert texts.left_out not in why_panel(told(*REPLIES), language)
    html = why_panel(told_with("left_out", get_args(LeftOut)), language)
    assert html.count(texts.left_out) == 1
    for part in get_args(LeftOut):
        assert html.count(escape(texts.parts[part])) == 1


@pytest.mark.parametrize("language", ["ko", "en"])
def test_numbers_of_the_service_that_were_not_used_are_listed_once_in_words(language: Language) -> None:
    texts = texts_in(language).why
    assert texts.unused not in why_panel(told(*REPLIES), language)
    html = why_panel(told_with("unused", get_args(UnusedNumber)), language)
    assert html.count(texts.unused) == 1
    for kind in get_args(UnusedNumber):
        assert html.count(escape(texts.numbers[kind])) == 1


def test_a_call_without_a_told_count_says_about_how_much_was_written_and_how_it_ended() -> None:
    later = {"usage": None, "pieces": 1234, "finish_word": "content_filter"}
    calls = [
        event.model_copy(update={"call": event.call.model_copy(update=later)})
        if isinstance(event, CallFinished)
        else event
        for event in told(*REPLIES)
    ]
    html = why_panel(calls, "en")
    assert html.count("about 1,234 tokens written · ended by the model · content_filter") == len(REPLIES)


def test_the_first_token_and_the_first_text_are_told_with_what_they_are_and_thinking_is_no_reply() -> None:
    [started, *written] = told(("core", "The core."))
    thinking: list[AnswerEvent] = [
        Admitted(elapsed_seconds=0),
        started,
        StateChanged(elapsed_seconds=1, state="thinking"),
        ThoughtAdded(elapsed_seconds=1.5, phase="core", text=HOSTILE, call_id="run/1"),
        StateChanged(elapsed_seconds=3, state="writing"),
    ]
    later = [
        event.model_copy(update={"call": event.call.model_copy(update={"thoughts": HOSTILE})})
        if isinstance(event, CallFinished)
        else event.model_copy(update={"elapsed_seconds": 3.0})
        for event in written
    ]
    html = why_panel([*thinking, *later], "en", fold([*thinking, *later]).metrics())
    for words in (
        "First token of any kind, thinking included: 1.5 s.",
        "First text that a reader sees: 3.0 s. The targets are measured on it.",
        "Thinking in all: 2.0 s.",
    ):
        assert words in html
    thoughts, reply = html.split("<h3>Thinking as it came</h3>")[1].split("<h3>Reply as it came</h3>")
    assert thoughts == f"<pre>\n{escape(HOSTILE)}</pre>"
    assert escape(HOSTILE) not in reply
    assert texts_in("en").why.thoughts not in why_panel(told(*REPLIES), "en")


def test_a_proof_that_fails_says_what_is_wrong() -> None:
    events = told(*REPLIES)
    html = why_panel([*events[:3], added("core", "never written", "run/9"), *events[3:]], "en")
    assert "Every one" not in html
    written = sum(len(reply) for _, reply in REPLIES)
    assert f"Of the {written + 13} characters shown, {written} are proved to be the model&#x27;s." in html
    assert "13 shown characters attributed to call run/9 are not accounted for: its record is missing." in html


def test_the_guards_that_acted_are_named() -> None:
    assert texts_in("en").why.no_guard in why_panel(told(*REPLIES), "en")
    acted: list[AnswerEvent] = [
        PhaseResumed(elapsed_seconds=1, phase="details", trouble="silent", detail=""),
        PhaseFinished(elapsed_seconds=2, phase="conclusion", ending="repeated"),
    ]
    html = why_panel([*acted, *told(*REPLIES)], "en")
    assert texts_in("en").why.no_guard not in html
    assert f"Details: {texts_in('en').guards['silent']}" in html
    assert f"Conclusion: {texts_in('en').guards['repetition']}" in html


def test_each_call_is_there_with_its_figures_its_messages_and_its_reply() -> None:
    html = why_panel(told(*REPLIES), "en")
    assert "2. Core · m · 0123 · 0.3 s · 10 tokens read, 7 written · ended by the model" in html
    assert html.count("<h3>Sent (user)</h3><pre>\n왜?</pre>") == len(REPLIES)
    for _, reply in REPLIES:
        assert f"<pre>\n{reply}</pre>" in html


def test_a_call_names_every_section_that_it_wrote() -> None:
    html = why_panel(told_by_one_call(("core", "a"), ("details", "b"), ("conclusion", "c")), "en")
    assert "1. Core, Details, Conclusion · m" in html


def test_what_was_not_measured_is_left_out_and_an_error_is_told() -> None:
    events = told(("core", "x"))
    at = next(number for number, event in enumerate(events) if isinstance(event, CallFinished))
    event = events[at]
    assert isinstance(event, CallFinished)
    unknown = {"usage": None, "model_digest": None, "finish_reason": None, "error": "gone", "purpose": "review"}
    events[at] = event.model_copy(update={"call": event.call.model_copy(update=unknown)})
    html = why_panel(events, "en")
    assert "1. Review · m · 0.3 s · cut off" in html
    assert "<p>gone</p>" in html
    assert "None" not in html


def test_a_run_without_text_has_no_proof_to_show() -> None:
    html = why_panel([AnswerFailed(elapsed_seconds=1, code="refused", message="-")], "en")
    assert "No text of the model is shown. Recorded calls: 0." in html


def test_nothing_of_a_model_is_html() -> None:
    html = why_panel(told(("core", HOSTILE), ("details", "**bold** [a](b)\n\n")), "en")
    assert "<script" not in html
    assert "&lt;/pre&gt;&lt;script&gt;" in html
    assert "<pre>\n**bold** [a](b)\n\n</pre>" in html


@pytest.mark.parametrize("name", get_args(ProfileName))
@pytest.mark.parametrize("because", get_args(ProfileReason))
@pytest.mark.parametrize("language", ["ko", "en"])
def test_how_the_model_was_asked_is_told_with_the_reason(
    language: Language, name: ProfileName, because: ProfileReason
) -> None:
    submitted = BEGUN.model_copy(update={"profile": name, "profile_because": because})
    html = why_panel([submitted, *told(*REPLIES)], language)
    texts = texts_in(language).why
    assert texts.profile.format(profile=texts.profiles[name], because=texts.because[because]) in html
    assert name in html
    assert name not in why_panel([BEGUN, *told(*REPLIES)], language)


def test_what_the_model_told_itself_for_a_section_is_shown() -> None:
    told_itself = PhaseStarted(elapsed_seconds=1, phase="core", instruction=f"Say why {HOSTILE}")
    events = [BEGUN, told_itself, *told(("strategy", f"Say why {HOSTILE}\n\nGive a reason."), *REPLIES[1:])]
    html = why_panel(events, "ko")
    assert texts_in("ko").why.instructions in html
    assert "<li>핵심: Say why &lt;/pre&gt;" in html
    assert "보이는 글자" in html
    assert texts_in("ko").why.instructions not in why_panel(told(*REPLIES), "ko")
