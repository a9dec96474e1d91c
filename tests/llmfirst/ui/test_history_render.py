"""The list of the history: by days of the visitor, conversations together, and nothing in it runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from llmfirst.local_time import zone_named
from llmfirst.runs.history import Listing, RunEntry
from llmfirst.store import RunPage
from llmfirst.texts import texts_in
from llmfirst.ui.history_render import Look, list_html, outcome_words, summary_html
from tests.read_html import elements, shown

SEOUL = Look("ko", zone_named("Asia/Seoul"), "Asia/Seoul")
LONDON = Look("en", zone_named("Europe/London"), "Europe/London")
FIRST = RunEntry(
    number=1,
    run_id="a",
    owner="local",
    submitted_at=datetime(2026, 11, 23, 15, 30, tzinfo=UTC),
    question="왜?",
    provider="ollama",
    model="qwen3:1.7b",
    model_digest=None,
    language="ko",
    is_background=False,
    has_ended=True,
    outcome="complete",
    fault=None,
    deadline_seconds=120,
    admitted_seconds=2.0,
    first_text_seconds=2.5,
    total_seconds=17.0,
    pinned=False,
    rating=None,
    rating_words=None,
    parent_run_id=None,
    conversation_id="a",
)


def later(hours: float, run_id: str, **changes: object) -> RunEntry:
    told = {"run_id": run_id, "conversation_id": run_id, **changes}
    return replace(FIRST, submitted_at=FIRST.submitted_at + timedelta(hours=hours), **told)  # type: ignore[arg-type]


def listing(*entries: RunEntry, count: int | None = None, conversation: tuple[RunEntry, ...] = ()) -> Listing:
    conversations = {conversation[0].conversation_id: conversation} if conversation else {}
    return Listing(RunPage(entries, None), len(entries) if count is None else count, not entries, conversations)


def test_runs_stand_by_the_days_of_the_visitor() -> None:
    runs = listing(later(9, "b"), FIRST)
    korean, english = list_html(runs, SEOUL), list_html(runs, LONDON)
    assert "2026년 11월 24일 화요일" in shown(korean)
    assert "23일" not in shown(korean)
    assert "Tuesday, 24 November 2026" in shown(english)
    assert "Monday, 23 November 2026" in shown(english)
    times = [attributes["datetime"] for name, attributes in elements(korean) if name == "time"]
    assert times == ["2026-11-24T09:30:00+09:00", "2026-11-24T00:30:00+09:00"]


def test_a_line_says_what_came_of_a_question_with_the_times_since_admission() -> None:
    seen = shown(list_html(listing(later(0, "a", rating=-1, rating_words="long", pinned=True, fault="stall")), LONDON))
    for words in (
        "15:30",
        "qwen3:1.7b",
        "Complete",
        "15.0 s",
        "first text 0.5 s",
        "rated bad: long",
        "Unpin",
        "on purpose",
    ):
        assert words in seen


def test_a_conversation_stands_under_its_newest_run_on_the_page() -> None:
    follow_up = later(2, "c", conversation_id="a", parent_run_id="a", question="Then?")
    html = list_html(listing(follow_up, later(1, "b"), FIRST, conversation=(FIRST, follow_up)), LONDON)
    links = [attributes["href"] for name, attributes in elements(html) if attributes.get("href", "x")[0] == "?"]  # type: ignore[index]
    assert links == ["?run=c", "?run=a", "?run=c", "?run=b"]
    assert "2 questions in this conversation" in shown(html)


def test_nothing_that_a_model_or_a_person_wrote_becomes_an_element() -> None:
    hostile = '"><script>alert(1)</script><a href="javascript:x">\u202e'
    html = list_html(listing(later(0, "a", question=hostile, model=hostile, rating=1, rating_words=hostile)), LONDON)
    names = {name for name, _ in elements(html)}
    assert names <= {"section", "h2", "ol", "li", "div", "time", "a", "b", "span", "button"}
    assert "\u202e" not in html
    assert "<script>alert(1)</script>" in shown(html)


def test_a_run_in_progress_and_one_of_an_evaluation_have_no_button_to_delete_them() -> None:
    open_run = later(0, "open", has_ended=False, outcome=None)
    asked = later(0, "asked", is_background=True)
    acts = [attributes.get("data-act") for _, attributes in elements(list_html(listing(open_run, asked), LONDON))]
    assert "delete" not in acts
    assert outcome_words(open_run, "en") == "Being written"
    assert outcome_words(replace(open_run, has_ended=True), "en") == "End unknown"


def test_no_runs_and_none_that_match_are_told_apart() -> None:
    nothing = listing()
    texts = texts_in("en").history
    assert texts.nothing_yet in shown(list_html(nothing, LONDON))
    filtered = replace(nothing, is_empty=False)
    assert texts.nothing_found in shown(list_html(filtered, LONDON))
    assert "clear" in [attributes.get("data-act") for _, attributes in elements(list_html(filtered, LONDON))]


def test_the_summary_says_which_runs_are_shown_and_in_which_zone() -> None:
    assert shown(summary_html(listing(FIRST), 0, SEOUL)) == "답변 1개시간대: Asia/Seoul (UTC+09:00)"
    assert shown(summary_html(listing(FIRST, later(1, "b"), count=90_000), 50, LONDON)).startswith(
        "Answers 51 to 52 of 90,000"
    )
