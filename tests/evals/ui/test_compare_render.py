"""What the Compare tab draws beside the answers: names from elsewhere are text, and hidden names are nowhere."""

import pytest

from evals.records.evaluation import EvaluatedModel
from evals.sessions.rounds import Turn, new_round
from evals.sessions.session import Entrant
from evals.texts import texts_in
from evals.ui.compare_render import (
    QuestionLine,
    SessionEntry,
    bar_html,
    line_html,
    listing_html,
    loaded_html,
    waiting_words,
    who_html,
)
from llmfirst.events import AnswerSettings, Language
from tests.evals.sessions.made import HOW, WHY, session

HOSTILE = '<img src=x onerror="alert(1)">\u202eb'
NAMED = Entrant(
    model=EvaluatedModel(provider="ollama", model=HOSTILE, parameters="1B", size_bytes=1_100_000_000),
    settings=AnswerSettings(think="off", temperature=0.3, seed=7),
)


def line(**changes: object) -> QuestionLine:
    known = {
        "session": session(is_blind=False),
        "questions": (WHY, HOW),
        "asked": frozenset({WHY.question_id}),
        "question_id": WHY.question_id,
        "round": None,
        "is_hidden": False,
        "is_busy": False,
        "is_whole": True,
    }
    return QuestionLine(**{**known, **changes})  # type: ignore[arg-type]  # each has its own type


@pytest.mark.parametrize("language", ["ko", "en"])
def test_names_and_titles_from_elsewhere_are_text(language: Language) -> None:
    texts = texts_in(language).compare
    of = session(title=HOSTILE, entrants=(NAMED, *session().entrants[:1]), is_blind=False)
    drawn = [who_html(0, NAMED, language), bar_html(of, language), listing_html([SessionEntry(of, 2, 3)], language)]
    drawn.append(line_html(line(session=of), language))
    assert all("<img" not in one for one in drawn)
    assert all("\u202e" not in one for one in drawn if one is not drawn[1])
    for told in ("1.1 GB", "1B", f"{texts.options['temperature']}: 0.3", f"{texts.seed}: 7", texts.thinks["off"]):
        assert told in drawn[0]
    assert texts.question_count.format(count=2) in drawn[2]


def test_where_names_are_hidden_none_is_drawn() -> None:
    of = session()
    names = [one.model.model for one in of.entrants]
    hidden = line_html(line(session=of, is_hidden=True, round=new_round(of, WHY), is_busy=True), "en")
    shown = line_html(line(round=new_round(of, WHY), is_busy=True), "en")
    assert all(f" {name}<" not in hidden and f"{name} →" not in hidden for name in names)
    assert all(f" {name}<" in shown for name in names)
    assert texts_in("en").compare.model_count.format(count=2) in listing_html([SessionEntry(of)], "en")


def test_a_line_tells_its_stage_and_what_is_left() -> None:
    busy, ended = line_html(line(is_busy=True, is_whole=False), "en"), line_html(line(is_whole=False), "en")
    assert 'data-stage="busy"' in busy
    assert 'data-act="again"' not in busy
    assert 'data-stage="session"' in ended
    assert 'data-act="again"' in ended
    assert 'data-next="true"' in ended
    assert 'data-next="false"' in line_html(line(asked=frozenset({"why", "how"})), "en")


def test_each_wait_before_a_run_has_a_name() -> None:
    texts = texts_in("en").compare
    waits = [None, Turn("a", 0, "loading"), Turn("a", 0, "stopped"), Turn("a", 0), Turn("a", 0, expected_seconds=41.0)]
    assert [waiting_words(one, "en") for one in waits] == [
        texts.not_asked,
        texts.loading,
        texts.stopped,
        texts.waiting,
        f"{texts.waiting}, about 41 s",
    ]
    assert loaded_html(None, "en") == loaded_html(0.01, "en") == ""
    assert "3.2 s" in loaded_html(3.2, "en")
