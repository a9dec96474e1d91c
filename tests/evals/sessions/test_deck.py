import pytest

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive, SessionUnknown
from evals.sessions.deck import card_of, deck, text_at
from tests.evals.made import OTHER, TARGET, case, evaluation, told
from tests.evals.made import keep_answers as keep_evaluation
from tests.evals.sessions.made import HOW, WHY, keep_answers, keep_ask, session, vote

EVALUATION = evaluation(case(1), case(2), models=(TARGET, OTHER), judge=None)


@pytest.fixture
def archive(everything: Archive) -> SessionArchive:
    """What alice has: a session with two questions, and an evaluation of two models with two questions."""
    own = SessionArchive(everything).seen_by("alice")
    keep_answers(own, session(), WHY, HOW)
    keep_evaluation(own.evaluations, EVALUATION)
    return own


def test_the_deck_has_the_pairs_of_sessions_and_evaluations_in_an_order_and_on_sides_of_its_seed(
    archive: SessionArchive,
) -> None:
    pairs = deck(archive, seed=1)
    assert {(pair.source, pair.question_id) for pair in pairs} == {
        ("5e551011", "why"),
        ("5e551011", "how"),
        (EVALUATION.evaluation_id, "case-1"),
        (EVALUATION.evaluation_id, "case-2"),
    }
    assert pairs == deck(archive, seed=1)
    drawn = [deck(archive, seed=seed) for seed in range(10)]
    assert len({tuple(pair.question_id for pair in pairs) for pairs in drawn}) > 3
    why = {pair.entrants for pairs in drawn for pair in pairs if pair.question_id == "why"}
    assert why == {("ollama/a", "ollama/b"), ("ollama/b", "ollama/a")}
    assert all(pair.left.endswith(pair.entrants[0][-1]) for pair in pairs if pair.source == "5e551011")


def test_the_least_voted_pairs_come_first_and_nobody_is_asked_twice(archive: SessionArchive) -> None:
    sources = ["5e551011"]
    for voter in ("kim", "lee"):
        archive.keep_vote("5e551011", vote("why-b", "why-a", voter=voter))
    archive.keep_vote("5e551011", vote("how-a", "how-b", voter="lee"))
    archive.keep_vote("5e551011", vote("how-a", "how-b", voter="judge", kind="judge"))
    for seed in range(6):
        assert [pair.question_id for pair in deck(archive, seed=seed, sources=sources)] == ["how", "why"]
    assert [pair.question_id for pair in deck(archive, seed=1, sources=sources, voter="kim")] == ["how"]
    assert len(deck(archive, seed=1, sources=sources, voter="kim", cut_seconds=10)) == 2  # another thing to vote on


def test_an_answer_is_cut_at_the_second_of_its_own_time(archive: SessionArchive) -> None:
    events = told("5")  # admitted after a second; the core begins at 2.3 s and ends at 2.5 s
    assert text_at(events, None) == "the core\u2028of it\n\n세부 ~~~ 사항\n\nthe end"
    assert text_at(events, 1.0) == ""
    assert text_at(events, 1.4) == "the"
    assert text_at(events, 2.0) == "the core\u2028of it"


def test_a_card_shows_both_answers_and_none_is_shown_that_nobody_can_judge(archive: SessionArchive) -> None:
    (same,) = deck(archive, seed=1, sources=["5e551011"])[:1]
    assert card_of(archive, same) is None
    of = session("2")
    archive.add(of)
    archive.keep_question("2", WHY)
    for key in ("a", "b"):
        keep_ask(
            archive, of, WHY, f"ollama/{key}", f"2-{key}", told(f"2-{key}", replies=("p", f"core {key}", "d", "c"))
        )
    (pair,) = deck(archive, seed=1, sources=["2"])
    card = card_of(archive, pair)
    assert card is not None
    assert (card.left, card.right) == (f"core {pair.left[-1]}\n\nd\n\nc", f"core {pair.right[-1]}\n\nd\n\nc")
    cut = card_of(archive, pair, cut_seconds=1.6)
    assert cut is not None
    assert cut.left == f"core {pair.left[-1]}"
    assert card_of(archive, pair, cut_seconds=1.0) is None


def test_nobody_gets_the_answers_of_others(archive: SessionArchive) -> None:
    other = archive.seen_by("bob")
    assert deck(other, seed=1) == ()
    with pytest.raises(SessionUnknown):
        deck(other, seed=1, sources=["5e551011"])
