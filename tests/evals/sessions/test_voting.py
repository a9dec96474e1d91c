from collections.abc import Callable
from itertools import pairwise

import pytest

from evals.records.archive import Archive
from evals.records.evaluation import EvaluatedModel
from evals.sessions.archive import SessionArchive
from evals.sessions.blind import blind_answer
from evals.sessions.decks import Deck, Decks, DeckUnknown, Unveiling
from evals.sessions.session import Entrant
from evals.sessions.voting import Voting, voter_named
from llmfirst.store.history import RunFilter
from tests.evals.made import START
from tests.evals.sessions.duel import ALPHA, BETA, DUEL, QUESTIONS, SECRETS, keep_duel, run_of

Sit = Callable[..., Voting]


@pytest.fixture
def archive(everything: Archive) -> SessionArchive:
    """The archive of alice, who has a session of two models."""
    own = SessionArchive(everything).seen_by("alice")
    keep_duel(own)
    return own


@pytest.fixture
def decks(everything: Archive) -> Decks:
    return Decks(everything.documents, lambda: START)


@pytest.fixture
def sit(archive: SessionArchive, decks: Decks) -> Sit:
    def sit(
        voter: str = "kim", asking: str = "alice", *, unveiling: Unveiling = "after_each", cut: float | None = None
    ) -> Voting:
        deck = decks.of("alice", DUEL.session_id, cut, unveiling)
        return Voting(archive, deck, archive.pairs(DUEL.session_id), voter, asking)

    return sit


def test_nothing_that_a_ballot_holds_before_the_vote_tells_who_wrote_what(sit: Sit) -> None:
    ballot = sit().ballot(0)
    assert ballot.unveiled is None
    assert QUESTIONS[0].text in repr(ballot)
    runs = [run_of(QUESTIONS[0], model) for model in (ALPHA, BETA)]
    assert [secret for secret in (*SECRETS, *runs) if secret in repr(ballot)] == []


def test_names_sizes_speed_and_order_are_told_after_the_vote(sit: Sit) -> None:
    voting = sit()
    voting.vote(0, "left", "  clearer\nthan B ", START)
    ballot = voting.ballot(0)
    assert ballot.vote is not None
    assert (ballot.vote.choice, ballot.vote.words, ballot.vote.is_blind) == ("left", "clearer than B", True)
    assert ballot.unveiled is not None
    told = {one.entrant: one for one in ballot.unveiled}
    assert told.keys() == {"ollama/alpha-seven", "ollama/beta-three"}
    alpha = told["ollama/alpha-seven"]
    assert (alpha.model, alpha.first_text_seconds, alpha.total_seconds, alpha.is_first) == (ALPHA, 3.21, 71.3, True)
    assert [one.entrant for one in ballot.unveiled] == list(voting.pairs[0].entrants)
    assert voting.ballot(1).unveiled is None


def test_a_vote_after_the_names_were_told_is_not_blind_however_often_it_is_taken_back(sit: Sit) -> None:
    voting = sit()
    voting.vote(0, "left", "", START)
    voting.take_back(0)
    voting.vote(0, "right", "", START)
    assert voting.votes()[0].is_blind  # nobody was told anything yet
    voting.ballot(0)
    voting.take_back(0)
    assert voting.votes() == {}
    voting.vote(0, "tie", "", START)
    assert not voting.votes()[0].is_blind
    assert sit("lee").votes() == {}


def test_of_three_models_no_name_is_told_before_all_pairs_of_the_question_are_voted_on(
    everything: Archive, decks: Decks
) -> None:
    third = EvaluatedModel(provider="ollama", model="gamma")
    of = DUEL.model_copy(update={"session_id": "three", "entrants": (*DUEL.entrants, Entrant(model=third))})
    archive = SessionArchive(everything)
    keep_duel(archive, of, QUESTIONS[:1])
    voting = Voting(archive, decks.of("local", "three", None, "after_each"), archive.pairs("three"), "kim", "local")
    assert len(voting.pairs) == 3
    for number in range(3):
        assert voting.ballot(number).unveiled is None
        voting.vote(number, "tie", "", START)
        assert (voting.ballot(0).unveiled is None) == (number < 2)


def test_at_the_end_all_is_told_at_once_and_counted(sit: Sit) -> None:
    voting = sit(unveiling="at_end")
    for number in range(3):
        assert voting.open_after(None) == number
        assert voting.result() == ()
        voting.vote(number, "left", "", START)
        assert (voting.ballot(number).unveiled is None) == (number < 2)
    assert voting.open_after(2) is None
    assert [battle.left_share for battle in voting.result()] == [1.0, 1.0, 1.0]
    voting.take_back(1)
    voting.vote(1, "right", "", START)
    assert not voting.votes()[1].is_blind


def test_the_answers_of_a_blind_session_are_in_no_history_before_its_owner_is_told(
    sit: Sit, archive: SessionArchive
) -> None:
    store, everybody = archive.evaluations.store, RunFilter(is_background=None)

    def seen() -> set[str]:
        return {one.run_id for owner in ("alice", "bob", "local") for one in store.page(everybody, owner).entries}

    assert seen() == set()
    assert store.guarantee("alice", answers=300).answers == 0
    question_id = sit().pairs[0].question_id
    sit("bob", "bob").vote(0, "left", "", START)
    assert sit("bob", "bob").ballot(0).unveiled is not None
    assert seen() == set()  # another voter was told
    sit().vote(0, "left", "", START)
    assert seen() == set()
    sit().ballot(0)
    question = next(one for one in QUESTIONS if one.question_id == question_id)
    assert seen() == {run_of(question, ALPHA), run_of(question, BETA)}
    assert store.page(everybody, "bob").entries == ()
    assert len(archive.pairs(DUEL.session_id)) == 3


def test_voters_and_cut_answers_are_kept_apart(sit: Sit, archive: SessionArchive) -> None:
    sit("kim").vote(0, "left", "", START)
    sit("lee").vote(0, "both_bad", "", START)
    sit("kim", cut=10).vote(0, "tie", "", START)
    assert {number: vote.choice for number, vote in sit("kim").votes().items()} == {0: "left"}
    assert sit("kim", cut=10).votes()[0].choice == "tie"
    assert len(archive.battles(DUEL.session_id)) == 3


def test_words_can_be_put_to_a_vote_later(sit: Sit) -> None:
    voting = sit()
    voting.explain(0, "no vote, no words")
    assert voting.votes() == {}
    voting.vote(0, "left", "", START)
    voting.explain(0, "it is short")
    assert voting.votes()[0].words == "it is short"


def test_a_cut_answer_ends_so_many_seconds_after_it_was_admitted(archive: SessionArchive) -> None:
    # It was admitted after 1 s, and its texts came 9.87, 11.7 and 13.6 s later.
    events = archive.events(DUEL.session_id, run_of(QUESTIONS[0], BETA))
    phases = [[phase for phase, _ in blind_answer(events, cut).sections] for cut in (5, 10, 12, None)]
    assert [len(one) for one in phases] == [0, 1, 2, 3]
    assert all(longer[: len(shorter)] == shorter for shorter, longer in pairwise(phases))


def test_a_deck_is_the_same_one_each_time_and_its_id_tells_nothing(decks: Decks) -> None:
    deck = decks.of("alice", DUEL.session_id, None, "after_each")
    assert decks.of("alice", DUEL.session_id, None, "after_each") == deck
    others = [("bob", DUEL.session_id, None), ("alice", None, None), ("alice", DUEL.session_id, 10.0)]
    ids = {decks.of(*other, "after_each").deck_id for other in others} | {deck.deck_id}
    assert len(ids) == 4
    assert DUEL.session_id not in ids


def test_only_the_owner_opens_a_deck_and_closes_it(decks: Decks) -> None:
    deck = decks.of("alice", DUEL.session_id, None, "after_each")

    def sees(owner: str) -> Deck | None:
        try:
            return decks.load(deck.deck_id, owner)
        except DeckUnknown:
            return None

    assert (sees("alice"), sees("bob")) == (deck, None)
    with pytest.raises(DeckUnknown):
        decks.open(deck.deck_id, "bob", is_open=True)
    assert decks.open(deck.deck_id, "alice", is_open=True) == opened(deck)
    assert sees("bob") == opened(deck)
    with pytest.raises(DeckUnknown, match="Only the owner"):
        decks.open(deck.deck_id, "bob", is_open=False)
    decks.open(deck.deck_id, "alice", is_open=False)
    assert sees("bob") is None
    assert decks.of("alice", DUEL.session_id, None, "after_each") == deck


def opened(deck: Deck) -> Deck:
    return deck.model_copy(update={"is_open": True})


@pytest.mark.parametrize(
    ("typed", "login", "name"),
    [
        (" Kim  Min ", "local", "Kim Min"),
        ("", "local", ""),
        ("", "alice", "alice"),
        ("alice", "alice", "alice"),
        ("bob", "alice", "bob (alice)"),
        ("bob (alice)", "mallory", "bob (alice) (mallory)"),
    ],
)
def test_nobody_votes_in_the_name_of_another_login(typed: str, login: str, name: str) -> None:
    assert voter_named(typed, login) == name
