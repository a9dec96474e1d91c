from datetime import UTC, datetime
from typing import get_args

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    Language,
    Outcome,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    QuestionSubmitted,
    State,
    StateChanged,
    StopAsked,
    TextAdded,
    ThoughtAdded,
    Trouble,
)
from llmfirst.machine.room import Fit
from llmfirst.offers import Choice, Offer
from llmfirst.proof import Guard
from llmfirst.providers.base import FinishReason, ModelCard, ProviderKind
from llmfirst.readiness import Failed, Preparing, Ready
from llmfirst.texts import texts_in
from llmfirst.ui.render import budget_bar, notice, offer_label, readiness_line, state_words, timing_strip

HOSTILE = "<script>alert(1)</script>"
SUBMITTED = QuestionSubmitted(
    elapsed_seconds=0,
    run_id="r",
    question=HOSTILE,
    language="en",
    provider="ollama",
    model=HOSTILE,
    model_digest=None,
    deadline_seconds=120,
    submitted_at=datetime(2026, 11, 23, tzinfo=UTC),
)
BEGUN: list[AnswerEvent] = [
    SUBMITTED,
    Admitted(elapsed_seconds=2),
    PhaseStarted(elapsed_seconds=2, phase="core"),
    TextAdded(elapsed_seconds=5, phase="core", text="x", call_id="1"),
    PhaseFinished(elapsed_seconds=8, phase="core", ending="timed"),
]


def offer(name: str = "small", *, is_here: bool = True) -> Offer:
    return Offer("embedded", ModelCard(name=name, size_bytes=1_100_000_000, is_here=is_here))


def test_the_bar_tells_what_is_used_and_what_is_left_from_admission_on() -> None:
    html = budget_bar(fold(BEGUN), 32.0, 120, "en")
    assert 'aria-valuenow="30"' in html
    assert "30.0 s used, 90.0 s left" in html


def test_the_bar_stands_still_before_admission() -> None:
    assert 'aria-valuenow="0"' in budget_bar(fold(BEGUN[:1]), 50.0, 120, "ko")


def test_the_strip_shows_the_figures_and_leaves_out_what_was_not_measured() -> None:
    html = timing_strip(fold([*BEGUN, AnswerFinished(elapsed_seconds=12, outcome="complete")]).metrics(), "en")
    for part in ("First text", "3.0 s ✓", "Core", "6.0 s", "Total", "10.0 s", "Waited"):
        assert part in html
    assert "tok/s" not in html
    assert "None" not in html


def test_the_first_token_of_any_kind_stands_beside_the_first_text_where_the_model_thought_first() -> None:
    thinking: list[AnswerEvent] = [
        *BEGUN[:3],
        StateChanged(elapsed_seconds=3, state="thinking"),
        ThoughtAdded(elapsed_seconds=3, phase="core", text="so", call_id="1"),
    ]
    assert "First text" not in timing_strip(fold(thinking).metrics(), "en")
    written: list[AnswerEvent] = [*thinking, StateChanged(elapsed_seconds=5, state="writing"), *BEGUN[3:]]
    html = timing_strip(fold(written).metrics(), "en")
    places = [html.index(part) for part in ("First token of any kind", "1.0 s", "First text", "3.0 s ✓")]
    assert places == sorted(places)
    assert "First token" not in timing_strip(fold(BEGUN).metrics(), "en")


def test_before_the_first_figure_the_strip_names_the_targets() -> None:
    html = timing_strip(Answer().metrics(), "en")
    assert "first text within 5 s, the whole answer within 120 s" in html


def test_a_missed_target_is_marked() -> None:
    late = [*BEGUN[:3], TextAdded(elapsed_seconds=9, phase="core", text="x", call_id="1")]
    assert "7.0초 ✗" in timing_strip(fold(late).metrics(), "ko")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_state_has_words(language: Language) -> None:
    texts = texts_in(language)
    assert set(texts.run.states) == set(get_args(State))
    for state in texts.run.states:
        told = fold([*BEGUN, StateChanged(elapsed_seconds=9, state=state, ahead=2)])
        assert texts.run.states[state].format(ahead=2) in state_words(told, language)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_outcome_guard_and_finish_has_words(language: Language) -> None:
    texts = texts_in(language)
    assert set(texts.run.outcomes) == set(get_args(Outcome))
    assert set(texts.guards) == set(get_args(Guard))
    assert set(texts.why.finished) == set(get_args(FinishReason))


def test_the_line_tells_how_long_it_will_be_once_that_is_known() -> None:
    queued = StateChanged(elapsed_seconds=1, state="queued", ahead=2)
    assert "Queued, 2 ahead<" in state_words(fold([queued]), "en")
    known = fold([queued.model_copy(update={"expected_seconds": 41.6})])
    assert "Queued, 2 ahead, about 42 s" in state_words(known, "en")
    assert "약 42초" in state_words(known, "ko")


def test_loading_the_model_is_told_apart_from_the_line() -> None:
    warm = timing_strip(fold(BEGUN).metrics(), "en")
    assert "<b>2.0 s</b>" in warm
    assert "loaded" not in warm
    cold = Admitted(elapsed_seconds=2, was_cold=True, loading_seconds=1.5)
    assert "2.0 s (model loaded: 1.5 s)" in timing_strip(fold([BEGUN[0], cold, *BEGUN[2:]]).metrics(), "en")


@pytest.mark.parametrize("trouble", get_args(Trouble))
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_phase_that_went_on_after_a_trouble_says_so_at_once(language: Language, trouble: Trouble) -> None:
    resumed = PhaseResumed(elapsed_seconds=6, phase="core", trouble=trouble, detail="-")
    texts = texts_in(language)
    told = f"{texts.shared.phases['core']}: {texts.guards[trouble]}"
    assert notice(fold([*BEGUN[:4], resumed, resumed]), language).count(told) == 1


def test_a_section_that_was_left_out_for_want_of_time_is_named() -> None:
    skipped: list[AnswerEvent] = [
        PhaseStarted(elapsed_seconds=8, phase="details"),
        PhaseFinished(elapsed_seconds=8, phase="details", ending="skipped"),
    ]
    for outcome in get_args(Outcome):
        html = notice(fold([*BEGUN, *skipped, AnswerFinished(elapsed_seconds=12, outcome=outcome)]), "en")
        assert "Details: There was no time left for it." in html
        assert texts_in("en").notice.empty_section not in html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_section_that_the_model_left_empty_is_named(language: Language) -> None:
    empty: list[AnswerEvent] = [
        PhaseStarted(elapsed_seconds=8, phase="details"),
        PhaseFinished(elapsed_seconds=9, phase="details", ending="stop"),
    ]
    html = notice(fold([*BEGUN, *empty, AnswerFinished(elapsed_seconds=12, outcome="interrupted")]), language)
    texts = texts_in(language)
    assert f"{texts.shared.phases['details']}: {texts.notice.empty_section}" in html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_sections_before_which_the_model_had_ended_its_answer_are_named_and_no_problem(language: Language) -> None:
    empty: list[AnswerEvent] = [
        PhaseStarted(elapsed_seconds=8, phase="conclusion"),
        PhaseFinished(elapsed_seconds=8, phase="conclusion", ending="ended"),
    ]
    told = fold([*BEGUN, *empty, AnswerFinished(elapsed_seconds=12, outcome="complete")])
    html, texts = notice(told, language), texts_in(language)
    assert texts.notice.ended_before.format(phases=texts.shared.phases["conclusion"]) in html
    assert texts.notice.empty_section not in html
    assert 'class="remark"' in html
    assert texts.shared.phases["conclusion"] not in timing_strip(told.metrics(), language)


def test_a_cut_section_is_said_outside_the_answer() -> None:
    told = fold([*BEGUN, AnswerFinished(elapsed_seconds=12, outcome="complete")])
    assert "Core: The time for this part was over, which ended it." in notice(told, "en")


def test_stop_is_said_with_its_measured_time() -> None:
    told = fold([*BEGUN, StopAsked(elapsed_seconds=9), AnswerFinished(elapsed_seconds=9.4, outcome="stopped")])
    assert "Stopped at 7.4 s, 0.4 s after Stop." in notice(told, "en")


def test_what_the_services_say_is_escaped() -> None:
    failed = fold([*BEGUN, AnswerFailed(elapsed_seconds=9, code="refused", message=HOSTILE)])
    choice = Choice(offer(HOSTILE), "set")
    for html in (notice(failed, "en"), readiness_line(offer(HOSTILE), choice, Failed(HOSTILE), "ko")):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_a_failure_is_said_in_the_language_of_the_page_with_the_services_own_words() -> None:
    failed = fold([*BEGUN, AnswerFailed(elapsed_seconds=9, code="model_unavailable", message="Ollama is not there.")])
    assert texts_in("ko").notice.failures["model_unavailable"] in notice(failed, "ko")
    assert "Ollama is not there." in notice(failed, "ko")
    assert "Ollama is not there." in notice(failed, "en")


def test_readiness_tells_the_model_the_reason_and_the_bytes() -> None:
    choice = Choice(offer(), "index_only", "absent")
    html = readiness_line(offer(), choice, Preparing("downloading", 550_000_000, 1_100_000_000), "en")
    assert "50 % (550 / 1,100 MB)" in html
    assert texts_in("en").models.no_ollama in html
    assert "loaded in 2.5 s" in readiness_line(offer(), choice, Ready(2.5), "en")


def test_the_picker_says_what_must_be_downloaded() -> None:
    assert offer_label(offer(is_here=False), "en") == "small (embedded) · 1.1 GB · needs download"
    assert offer_label(offer(), "ko") == "small (내장) · 1.1 GB · 설치됨"
    licensed = Offer("embedded", ModelCard(name="small", size_bytes=491_400_064, licence="Apache-2.0", is_here=False))
    assert offer_label(licensed, "ko") == "small (내장) · 0.5 GB · Apache-2.0 · 내려받기 필요"


def test_a_model_that_the_memory_does_not_hold_says_so_before_and_after_it_is_chosen() -> None:
    choice = Choice(offer(), "first")
    large, split = Fit("too_large", 5_400_000_000, 3_100_000_000), Fit("split", 5_400_000_000, 3_100_000_000)
    assert offer_label(offer(), "en", large).endswith("· ⚠ more than the free memory")
    assert offer_label(offer(), "ko", split).endswith("· ⚠ 일부는 CPU에서 실행")
    assert offer_label(offer(), "en", Fit("instead", 5, 9)) == offer_label(offer(), "en")
    told = readiness_line(offer(), choice, Preparing("loading"), "en", fit=large)
    assert "It needs about 5.4 GB of memory with its context, and 3.1 GB are free" in told
    assert "GPU에 남은 메모리는 3.1 GB" in readiness_line(offer(), choice, Preparing("loading"), "ko", fit=split)
    beside = readiness_line(offer(), choice, Preparing("loading"), "en", fit=Fit("beside", 5, 9))
    assert beside == readiness_line(offer(), choice, Preparing("loading"), "en")


@pytest.mark.parametrize(
    ("kind", "address", "korean", "english"),
    [
        ("openai", "127.0.0.1:8000", "로컬 서버 127.0.0.1:8000", "local server 127.0.0.1:8000"),
        ("openai", "[::1]:8000", "로컬 서버 [::1]:8000", "local server [::1]:8000"),
        ("openai", "localhost", "로컬 서버 localhost", "local server localhost"),
        ("openai", "llm.example.org", "서버 llm.example.org", "server llm.example.org"),
        ("ollama", "127.0.0.1:11434", "Ollama", "Ollama"),
        ("ollama", "gpu.example.org:11434", "Ollama gpu.example.org:11434", "Ollama gpu.example.org:11434"),
        ("embedded", None, "내장", "embedded"),
    ],
)
def test_where_a_model_runs_is_said_by_its_address(
    kind: ProviderKind, address: str | None, korean: str, english: str
) -> None:
    place = Offer(kind, ModelCard(name="alpha"), address)
    told: dict[Language, str] = {"ko": korean, "en": english}
    for language, words in told.items():
        assert f">{words}<" in readiness_line(place, Choice(place, "first"), Ready(0.1), language)
        assert offer_label(place, language).startswith(f"alpha ({words})")


def test_nothing_is_said_about_an_answer_that_went_well() -> None:
    assert notice(Answer(), "en") == ""


def test_hidden_signs_in_the_name_of_a_model_are_shown() -> None:
    evil = offer("gnp.\u202egpj\x1b[2J")
    shown = r"gnp.\u202egpj\x1b[2J"
    assert offer_label(evil, "en").startswith(f"{shown} (embedded)")
    assert f"<b>{shown}</b>" in readiness_line(evil, Choice(evil, "first"), None, "ko")
