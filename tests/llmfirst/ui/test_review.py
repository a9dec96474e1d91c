from typing import get_args

import pytest

from llmfirst.answer import fold
from llmfirst.events import (
    SUPPLEMENT_BREAK,
    Admitted,
    AnswerEvent,
    AnswerFinished,
    CallFinished,
    Language,
    ProfileName,
    ProfileReason,
    ReviewAdded,
    ReviewEnding,
    ReviewFinished,
    ReviewJudged,
    ReviewStarted,
    StateChanged,
    TextAdded,
)
from llmfirst.proof import verify
from llmfirst.texts import OtherCall, texts_in
from llmfirst.ui.render import budget_bar, state_words, timing_strip
from llmfirst.ui.review import review_panel
from llmfirst.ui.why import why_panel
from tests.run_events import REPLIES, record, told

HOSTILE = "<script>window.ran = 1</script>"


def with_review(said: str, *, is_missing: bool = True, yes: float | None = 0.9) -> list[AnswerEvent]:
    """Return a whole run with a review, a verdict and a supplement, each with its record."""
    *written, _ = told(*REPLIES)
    previous = next(event.call.sha256 for event in reversed(written) if isinstance(event, CallFinished))
    calls = []
    for number, (purpose, reply) in enumerate((("review", said), ("verdict", "Yes"), ("supplement", "And more.")), 5):
        calls.append(record(number, purpose, reply, previous))
        previous = calls[-1].sha256
    review, verdict, supplement = calls
    return [
        *written,
        ReviewStarted(elapsed_seconds=9),
        ReviewAdded(elapsed_seconds=10, text=said, call_id=review.call_id),
        CallFinished(elapsed_seconds=10, call=review),
        CallFinished(elapsed_seconds=11, call=verdict),
        ReviewJudged(elapsed_seconds=11, is_missing=is_missing, yes=yes, call_id=verdict.call_id),
        TextAdded(elapsed_seconds=11.1, phase="conclusion", text=SUPPLEMENT_BREAK, call_id=supplement.call_id),
        TextAdded(elapsed_seconds=11.1, phase="conclusion", text="And more.", call_id=supplement.call_id),
        CallFinished(elapsed_seconds=11.2, call=supplement),
        ReviewFinished(elapsed_seconds=11.3, ending="made", supplement="stop"),
        AnswerFinished(elapsed_seconds=11.3, outcome="complete"),
    ]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_review_is_shown_with_its_seconds_and_what_followed(language: Language) -> None:
    events = with_review(f"No price. {HOSTILE}")
    html = review_panel(fold(events), language)
    texts = texts_in(language)
    assert texts.review.title in html
    assert texts.shared.seconds.format(seconds=2.3) in html
    assert "No price. &lt;script&gt;" in html
    assert texts.review.missing in html
    assert (
        texts.review.supplement.format(count=len("And more."), seconds=texts.shared.seconds.format(seconds=0.3)) in html
    )
    assert fold(events).text("conclusion") == "끝. Do it.\n\nAnd more."
    assert review_panel(fold(told(*REPLIES)), language) == ""
    assert f"{texts.why.calls['review']}</span> <b>{texts.shared.seconds.format(seconds=2.3)}" in timing_strip(
        fold(events).metrics(), language
    )


def test_the_bar_has_the_time_of_the_review_in_a_colour_of_its_own() -> None:
    events = [Admitted(elapsed_seconds=0), *with_review("No price.")]
    assert 'class="fill review" style="left:7.50%;width:1.92%"' in budget_bar(fold(events), 11.3, 120, "ko")
    assert "fill review" not in budget_bar(fold(told(*REPLIES)), 9, 120, "ko")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_verdict_is_told_in_words(language: Language) -> None:
    texts = texts_in(language)
    assert texts.review.nothing_missing in review_panel(fold(with_review("-", is_missing=False, yes=0.1)), language)
    assert texts.review.undecided in review_panel(fold(with_review("-", is_missing=False, yes=None)), language)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("ending", get_args(ReviewEnding))
def test_a_review_that_was_left_out_or_ended_says_why(language: Language, ending: ReviewEnding) -> None:
    html = review_panel(fold([ReviewFinished(elapsed_seconds=9, ending=ending)]), language)
    assert texts_in(language).review.endings[ending] in html
    assert ("<p>" in html) == (ending != "made")
    assert "None" not in html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_everything_of_the_models_own_part_has_words(language: Language) -> None:
    texts = texts_in(language)
    assert set(texts.why.profiles) == set(get_args(ProfileName))
    assert set(texts.why.because) == set(get_args(ProfileReason))
    assert set(texts.why.calls) == set(get_args(OtherCall))
    assert set(texts.review.endings) == set(get_args(ReviewEnding))


def test_while_the_model_reviews_the_state_names_no_section() -> None:
    events = [*told(*REPLIES)[:-1], StateChanged(elapsed_seconds=9, state="reviewing")]
    assert ">The model is reviewing its answer<" in state_words(fold(events), "en")


def test_the_calls_of_the_review_are_in_the_record_with_their_names() -> None:
    events = with_review("No price.")
    assert verify(events).holds
    html = why_panel(events, "ko")
    for number, purpose in enumerate(("자기 검토", "빠진 것이 있는지 판단", "결론에 덧붙임, 결론"), 5):
        assert f"{number}. {purpose} · m" in html


def test_a_review_that_no_call_wrote_does_not_hold() -> None:
    events = with_review("No price.")
    for at, event in enumerate(events):
        if isinstance(event, ReviewAdded):
            changed = [*events[:at], event.model_copy(update={"text": "No prize."}), *events[at + 1 :]]
            assert not verify(changed).holds
        if isinstance(event, ReviewJudged):
            invented = [*events[:at], event.model_copy(update={"call_id": "run/5"}), *events[at + 1 :]]
            assert verify(invented).unbacked_decisions == 1


def test_only_the_blank_line_before_a_supplement_is_layout() -> None:
    events = with_review("No price.")
    at = next(at for at, event in enumerate(events) if isinstance(event, TextAdded) and event.text == SUPPLEMENT_BREAK)
    assert not verify([*events[: at + 1], *events[at:]]).holds
    elsewhere = events[at].model_copy(update={"call_id": "run/4"})
    assert not verify([*events[:at], elsewhere, *events[at + 1 :]]).holds
