"""Whose an evaluation is, and that it is unknown to everybody else."""

from collections.abc import Callable

import pytest

from evals.analysis.summary import summary_of
from evals.records.archive import Archive, EvaluationUnknown
from llmfirst.runs.owners import LOCAL
from tests.evals.made import JUDGE, NO, YES, ask, keep_answers
from tests.evals.owned import OF, OTHER, RUN


def refusal(load: Callable[[], object]) -> str:
    with pytest.raises(EvaluationUnknown) as caught:
        load()
    return str(caught.value)


@pytest.mark.parametrize("asking", ["bob", LOCAL])
def test_an_evaluation_of_anothers_is_as_unknown_as_one_that_never_was(alice: Archive, asking: str) -> None:
    them = alice.seen_by(asking)
    foreign = refusal(lambda: them.load(OF.evaluation_id))
    never = refusal(lambda: them.load("0" * 12))
    assert foreign.replace(OF.evaluation_id, "") == never.replace("0" * 12, "")
    assert them.all() == ()
    assert not them.has(OF.evaluation_id)
    assert (alice.load(OF.evaluation_id), alice.all()) == (OF, (OF,))


def test_what_has_no_owner_is_the_local_ones_and_no_named_one_sees_it(everything: Archive) -> None:
    keep_answers(everything, OF)
    assert everything.seen_by(LOCAL).load(OF.evaluation_id) == OF
    assert summary_of(everything.seen_by(LOCAL), OF).answers
    assert refusal(lambda: everything.seen_by("alice").load(OF.evaluation_id))


def test_the_program_itself_sees_every_evaluation_and_works_as_its_owner(alice: Archive, everything: Archive) -> None:
    everything.seen_by("bob").add(OTHER)
    assert everything.all() == (OTHER, OF)
    assert [everything.beside(one.evaluation_id).owner for one in (OF, OTHER)] == ["alice", "bob"]
    everything.add(OF)  # taken up again from the command line
    assert alice.load(OF.evaluation_id) == OF


def test_an_answer_of_anothers_is_shown_to_nobody_else_whatever_names_its_run(alice: Archive) -> None:
    bob = alice.seen_by("bob")
    assert alice.attempts(OF.evaluation_id)
    bob.add(OTHER)
    bob.keep_ask(OTHER.evaluation_id, ask(RUN))
    assert bob.attempts(OTHER.evaluation_id) == ()


def test_a_reading_that_a_file_brought_counts_for_who_took_it_in_alone(alice: Archive) -> None:
    bob, key = alice.seen_by("bob"), "1" * 64
    bob.take_in_reading(JUDGE, key, YES)
    assert bob.readings(JUDGE)[key] == YES
    assert key not in alice.readings(JUDGE)
    alice.keep_reading(JUDGE, key, NO)  # read by the judge itself: that goes before, and is for all
    assert alice.readings(JUDGE)[key] == bob.readings(JUDGE)[key] == NO
