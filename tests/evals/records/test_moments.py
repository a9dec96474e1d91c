"""An answer as it stood: what a reader saw so many seconds after the click, and nothing of what came later."""

import pytest
from pydantic import ValidationError

from evals.records.archive import attempt_of
from evals.records.moments import MOMENTS, AskedMoments, moments_before, sections_at, shown_at
from evals.sessions.blind import blind_answer
from llmfirst.events import AnswerEvent, AnswerFailed
from llmfirst.store import StoredRun
from tests.evals.made import ask, slowed, told

RUN = "1" * 16
# The core is written from 23 to 25 s, the details from 33 to 35 s, the conclusion from 43 to 45 s; it ends after 50 s.
SLOW = slowed(told(RUN), 10)
CORE, DETAILS, WHOLE = (
    "the core\u2028of it",
    "the core\u2028of it\n\n세부 ~~~ 사항",
    "the core\u2028of it\n\n세부 ~~~ 사항\n\nthe end",
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, ""), (22.9, ""), (23, "the"), (25, CORE), (34, f"{CORE}\n\n세부"), (44, f"{DETAILS}\n\nthe"), (None, WHOLE)],
)
def test_an_answer_stood_as_a_reader_saw_it_so_many_seconds_after_the_click(seconds: float | None, text: str) -> None:
    assert shown_at(SLOW, seconds) == text


def test_a_deck_cuts_by_the_same_definition_and_leaves_the_wait_before_the_model_out() -> None:
    for seconds in (0.0, 14.0, 15.0, 24.0, 40.0):  # admitted after 10 s
        assert blind_answer(SLOW, seconds).sections == sections_at(SLOW, 10 + seconds)
    assert blind_answer(SLOW).sections == sections_at(SLOW)


def failed(at: float) -> list[AnswerEvent]:
    """Return the slow run, broken off at a second."""
    before = [event for event in SLOW[:-1] if event.elapsed_seconds < at]
    return [*before, AnswerFailed(elapsed_seconds=at, code="provider", message="gone")]


@pytest.mark.parametrize(
    ("events", "stood"),
    [
        (SLOW, {10: "", 20: "", 30: CORE, 60: WHOLE}),
        (slowed(told(RUN), 1), dict.fromkeys(MOMENTS, WHOLE)),
        (slowed(told(RUN), 30), {10: "", 20: "", 30: "", 60: ""}),
        (failed(40.0), {10: "", 20: "", 30: CORE, 60: ""}),  # a failure counts from the second on that it is seen
    ],
)
def test_an_attempt_knows_how_it_stood_at_each_moment(events: list[AnswerEvent], stood: dict[float, str]) -> None:
    one = attempt_of(ask(RUN), StoredRun(RUN, tuple(events)))
    assert one is not None
    for seconds, text in stood.items():
        then = one.stood_at(seconds)
        assert (then.text if then.is_answer else "") == text
        assert then.timing == one.timing


def test_only_moments_before_the_deadline_are_asked_for_and_no_others_are_read() -> None:
    assert moments_before(120) == MOMENTS
    assert moments_before(30) == (10.0, 20.0)
    assert AskedMoments.model_validate_json('{"seconds":[10,60]}').seconds == (10.0, 60.0)
    with pytest.raises(ValidationError, match="none of 10, 20, 30, 60"):
        AskedMoments.model_validate_json('{"seconds":[10,45]}')
