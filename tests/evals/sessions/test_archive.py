from datetime import timedelta

import pytest

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive, SessionUnknown, SessionUnreadable
from evals.sessions.session import SessionAsk
from llmfirst.errors import RunUnknown
from llmfirst.events import AnswerFailed
from tests.evals.made import OTHER, START, TARGET, case, evaluation, told
from tests.evals.made import keep_answers as keep_evaluation
from tests.evals.sessions.made import HOW, WHY, entrant, keep_answers, keep_ask, run_of, session, vote

OF = session()
A, B = "ollama/a", "ollama/b"


@pytest.fixture
def archive(everything: Archive) -> SessionArchive:
    """The sessions of alice, who has one with two questions."""
    own = SessionArchive(everything).seen_by("alice")
    keep_answers(own, OF, WHY, HOW)
    return own


def test_a_session_is_found_again_as_it_was_with_its_questions_and_answers(archive: SessionArchive) -> None:
    assert archive.load(OF.session_id) == OF
    assert archive.questions(OF.session_id) == (WHY, HOW)
    assert [(one.trial.case_id, one.trial.model) for one in archive.attempts(OF.session_id)] == [
        ("why", A),
        ("why", B),
        ("how", A),
        ("how", B),
    ]


def test_nobody_else_finds_sees_or_changes_a_session(archive: SessionArchive) -> None:
    for owner in ("bob", "local"):
        other = archive.seen_by(owner)
        assert other.all() == ()
        for look in (other.load, other.questions, other.asks, other.votes, other.pairs, other.battles, other.delete):
            with pytest.raises(SessionUnknown):
                look(OF.session_id)
        with pytest.raises(SessionUnknown):
            other.rename(OF.session_id, "Mine")
        with pytest.raises(SessionUnknown):
            other.keep_question(OF.session_id, WHY)
        with pytest.raises(SessionUnknown):
            other.keep_vote(OF.session_id, vote("why-a", "why-b"))
    assert archive.all() == (OF,)


def test_the_newest_session_comes_first_and_one_that_cannot_be_read_is_told(archive: SessionArchive) -> None:
    archive.evaluations.documents.put("sessions", "bad", "{}")
    archive.evaluations.documents.put("session-owners", "bad", "alice")
    later = session("a7e4", created_at=START + timedelta(days=1))
    archive.add(later)
    listed = archive.listed()
    assert [one.session_id for one in listed] == ["a7e4", "bad", OF.session_id]
    assert isinstance(listed[1], SessionUnreadable)
    assert archive.all() == (later, OF)
    with pytest.raises(SessionUnreadable, match="stays in the store"):
        archive.load("bad")


def test_a_session_takes_another_title_and_keeps_its_place(archive: SessionArchive) -> None:
    archive.add(session("a7e4"))
    assert archive.rename(OF.session_id, "어느 모델?").title == "어느 모델?"
    assert [one.title for one in archive.all()] == [OF.title, "어느 모델?"]


def test_what_is_deleted_is_gone_with_its_votes_and_its_answers_stay_in_the_history(archive: SessionArchive) -> None:
    archive.keep_vote(OF.session_id, vote("why-a", "why-b"))
    archive.delete(OF.session_id)
    assert archive.all() == ()
    assert archive.evaluations.store.load("why-a", "alice").has_ended
    archive.add(OF)
    assert archive.questions(OF.session_id) == ()
    assert archive.votes(OF.session_id) == ()


def test_answers_that_nobody_voted_on_get_into_the_history_when_their_session_is_deleted(
    archive: SessionArchive,
) -> None:
    archive.add(session("b1"))
    archive.keep_question("b1", WHY)
    archive.keep_ask("b1", SessionAsk(question_id="why", entrant=A, run_id="hidden", turn=0, asked_at=START))
    archive.evaluations.store.append("hidden", 0, told("hidden"), archive.runs_as(archive.load("b1")))
    with pytest.raises(RunUnknown):
        archive.evaluations.store.load("hidden", "alice")
    archive.delete("b1")
    assert archive.evaluations.store.load("hidden", "alice").has_ended


def test_the_last_answer_that_ended_by_itself_counts(archive: SessionArchive) -> None:
    keep_ask(archive, OF, WHY, A, "why-a2", told("why-a2"))
    keep_ask(archive, OF, WHY, B, "why-b2", told("why-b2", outcome="stopped"))
    assert [one.run_id for one in archive.attempts(OF.session_id)][:2] == ["why-a2", "why-b"]


def test_a_later_vote_of_the_same_voter_on_the_same_pair_replaces_the_first(archive: SessionArchive) -> None:
    session_id = OF.session_id
    archive.keep_vote(session_id, vote("why-a", "why-b", "left"))
    archive.keep_vote(session_id, vote("why-b", "why-a", "tie"))  # the sides do not make it another pair
    others = [
        vote("why-a", "why-b", voter="lee"),
        vote("why-a", "why-b", kind="judge"),
        vote("how-a", "how-b"),
        vote("why-a", "why-b", cut_seconds=10),
    ]
    for other in others:
        archive.keep_vote(session_id, other)
    assert archive.votes(session_id) == (vote("why-b", "why-a", "tie"), *others)
    archive.take_back(session_id, others[0])
    assert others[0] not in archive.votes(session_id)


def test_a_vote_becomes_a_battle_with_who_wrote_the_answers(archive: SessionArchive) -> None:
    archive.keep_vote(OF.session_id, vote("why-b", "why-a", "right"))
    archive.keep_vote(OF.session_id, vote("why-a", "how-b"))  # two questions: no pair
    archive.keep_vote(OF.session_id, vote("why-a", "elsewhere"))
    (battle,) = archive.battles(OF.session_id)
    assert battle.left_share == 0
    assert (battle.pair.question, battle.pair.language, battle.pair.category) == ("Why?", "en", "reasoning")
    assert (battle.pair.left, battle.pair.right, battle.pair.entrants) == ("why-b", "why-a", (B, A))


def test_the_pairs_are_of_answers_that_can_be_judged_on_sides_that_are_drawn_once(archive: SessionArchive) -> None:
    three = session("3", entrants=(*OF.entrants, entrant("c")), seed=3)
    archive.add(three)
    archive.keep_question("3", WHY)
    ends = [
        told("3-a"),
        told("3-b", outcome="deadline"),
        [*told("3-c")[:3], AnswerFailed(elapsed_seconds=2, code="refused", message="no")],
    ]
    for one, events in zip(three.entrants, ends, strict=True):
        keep_ask(archive, three, WHY, one.key, f"3-{one.key[-1]}", events)
    (pair,) = archive.pairs("3")
    assert {pair.left, pair.right} == {"3-a", "3-b"}
    assert archive.pairs("3") == (pair,)
    sides = set()
    for seed in range(8):
        drawn = session(str(seed + 10), seed=seed)
        archive.add(drawn)
        archive.keep_question(drawn.session_id, WHY)
        for one in drawn.entrants:
            run_id = f"{seed}-{run_of(WHY, one.key)}"
            keep_ask(archive, drawn, WHY, one.key, run_id, told(run_id))
        sides.add(archive.pairs(drawn.session_id)[0].entrants)
    assert sides == {(A, B), (B, A)}


def test_votes_on_the_answers_of_an_evaluation_are_kept_beside_it(archive: SessionArchive) -> None:
    of = evaluation(case(1), case(2), models=(TARGET, OTHER), judge=None)
    keep_evaluation(archive.evaluations, of)
    pairs = archive.pairs(of.evaluation_id)
    assert [(pair.question_id, set(pair.entrants)) for pair in pairs] == [
        (one.id, {TARGET.key, OTHER.key}) for one in of.suite.cases
    ]
    archive.keep_vote(of.evaluation_id, vote(pairs[0].left, pairs[0].right, question_id=pairs[0].question_id))
    (battle,) = archive.battles(of.evaluation_id)
    assert (battle.pair, battle.left_share) == (pairs[0], 1.0)
    with pytest.raises(SessionUnknown):
        archive.seen_by("bob").votes(of.evaluation_id)
