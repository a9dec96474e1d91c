from datetime import timedelta

import pytest

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from evals.sessions.question_votes import QuestionVotes
from evals.sessions.session import Session
from llmfirst.store.history import RunFilter
from tests.evals.made import START
from tests.evals.sessions.duel import ALPHA, DUEL, QUESTIONS, keep_duel, run_of
from tests.evals.sessions.made import entrant

QUESTION = QUESTIONS[0]
THREE = DUEL.model_copy(update={"session_id": "three", "entrants": (*DUEL.entrants, entrant("gamma"))})


def votes_on(of: Session, archive: SessionArchive, voter: str = "kim") -> QuestionVotes:
    return QuestionVotes(archive, of, QUESTION.question_id, voter)


@pytest.fixture
def archive(everything: Archive) -> SessionArchive:
    own = SessionArchive(everything).seen_by("alice")
    keep_duel(own, DUEL, QUESTIONS[:1])
    return own


@pytest.fixture
def three(everything: Archive) -> SessionArchive:
    own = SessionArchive(everything).seen_by("alice")
    keep_duel(own, THREE, QUESTIONS[:1])
    return own


def test_the_left_of_a_vote_is_the_left_column_and_the_columns_are_those_of_the_question(
    archive: SessionArchive,
) -> None:
    votes = votes_on(DUEL, archive)
    assert votes.next_pair() == (0, 1)
    votes.vote("left", " it is\nshort ", START, is_early=True)
    vote = votes.votes()[0, 1]
    assert vote is not None
    assert vote.left == votes.runs()[0]
    assert [run_of(QUESTION, one.model) for one in DUEL.columns(QUESTION.question_id)] == list(votes.runs().values())
    assert (vote.is_blind, vote.is_early, vote.saw_speed, vote.words) == (True, True, False, "it is short")
    assert votes_on(DUEL, archive, "lee").next_pair() == (0, 1)


def test_the_names_of_three_are_hidden_until_each_pair_is_voted_on(three: SessionArchive) -> None:
    votes = votes_on(THREE, three)
    for pair in ((0, 1), (0, 2), (1, 2)):
        assert votes.next_pair() == pair
        assert not three.is_unveiled("three", QUESTION.question_id)
        votes.vote("tie", "", START, is_early=False)
    assert votes.next_pair() is None
    assert three.is_unveiled("three", QUESTION.question_id)
    votes.vote("left", "", START, is_early=False)  # nothing is left to vote on
    assert [vote.choice for vote in votes.votes().values() if vote] == ["tie"] * 3


def test_the_last_vote_is_taken_back_and_the_next_one_is_not_blind(three: SessionArchive) -> None:
    votes = votes_on(THREE, three)
    for number, choice in enumerate(("left", "right", "tie")):
        votes.vote(choice, "", START + timedelta(seconds=number), is_early=False)  # type: ignore[arg-type]
    votes.take_back()
    assert votes.next_pair() == (1, 2)
    votes.vote("both_bad", "", START, is_early=False)
    said = [vote for vote in votes.votes().values() if vote is not None]
    assert [(vote.choice, vote.is_blind) for vote in said] == [("left", True), ("right", True), ("both_bad", False)]


def test_what_is_still_written_when_the_names_are_told_comes_into_the_history_at_its_end(
    archive: SessionArchive,
) -> None:
    store, hidden = archive.evaluations.store, archive.runs_as(DUEL)
    late = "late"
    events = archive.events(DUEL.session_id, run_of(QUESTION, ALPHA))
    store.append(late, 0, [events[0].model_copy(update={"run_id": late})], hidden)
    asks = {one.run_id: one for one in archive.asks(DUEL.session_id)}
    archive.keep_ask(DUEL.session_id, asks[run_of(QUESTION, ALPHA)].model_copy(update={"run_id": late}))

    def listed() -> set[str]:
        return {one.run_id for one in store.page(RunFilter(), "alice").entries}

    assert listed() == set()
    archive.unveil(DUEL.session_id, QUESTION.question_id)
    assert listed() == set(asks)
    store.append(late, 1, events[1:], hidden)
    archive.unveil(DUEL.session_id, QUESTION.question_id)
    assert listed() == {late, *asks}
