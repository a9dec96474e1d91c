"""What standings are made from: sessions and evaluations of one owner, and nothing that is asked anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.analysis.summary import Summary
from evals.records.archive import Archive
from evals.records.evaluation import EvaluatedModel
from evals.sessions.archive import SessionArchive, SessionUnknown
from evals.sessions.sources import all_sources, field_of, implied_battles, source_of
from evals.sessions.standings import tally
from evals.sessions.summary import summary_of_session
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import OTHER, TARGET, attempt, case, evaluation, judged, keep_answers, trial
from tests.evals.sessions.voted import FAST, SLOW, keep_voted, voted_session


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SessionArchive]:
    database = open_database(tmp_path)
    yield SessionArchive(Archive(DocumentStore(database), RunStore(database)))
    database.dispose()


def test_a_session_brings_its_votes_times_and_models(archive: SessionArchive) -> None:
    session = keep_voted(archive)
    source = source_of(archive, session.session_id)
    assert (source.kind, len(source.battles)) == ("session", 24 + 8 + 12)
    field = field_of([source])
    assert set(field.models) == {FAST.key, SLOW.key}
    fast, slow = field.times[FAST.key].total, field.times[SLOW.key].total
    assert fast is not None
    assert slow is not None
    assert fast.value < slow.value
    found = tally(field.battles)
    assert [one.electorate for one in found.standings] == ["readers", "judge"]
    (group,) = found.standings[0].whole.groups
    assert group.strengths[0].name == SLOW.key
    summary = summary_of_session(archive, session.session_id)
    assert (len(summary.questions), len(summary.answers)) == (24, 48)
    assert [one.vote.voter for one in summary.battles_on("q03")] == ["ann", "ben", "embedded/judge"]


def test_the_leaderboard_has_every_source_of_its_owner_and_none_of_others(archive: SessionArchive) -> None:
    alice, bob = archive.seen_by("alice"), archive.seen_by("bob")
    session = keep_voted(alice)
    keep_answers(alice.evaluations, evaluation())
    found, unreadable = all_sources(alice)
    assert [one.kind for one in found] == ["session", "evaluation"] or {one.kind for one in found} == {
        "session",
        "evaluation",
    }
    assert unreadable == ()
    assert set(field_of(found).models) == {FAST.key, SLOW.key, TARGET.key}
    assert all_sources(bob) == ((), ())
    with pytest.raises(SessionUnknown):
        source_of(bob, session.session_id)


def test_a_stored_session_that_cannot_be_read_is_told(archive: SessionArchive) -> None:
    keep_voted(archive, votes=0)
    archive.evaluations.documents.put("sessions", "broken", "{}")
    found, unreadable = all_sources(archive)
    assert len(found) == 1
    assert "broken" in str(unreadable[0])


def test_the_stored_verdicts_of_an_evaluation_count_as_votes_of_its_judge() -> None:
    of = evaluation(*(case(number) for number in range(4)), models=(TARGET, OTHER))
    verdicts = {TARGET: ["passed", "failed", "passed", "abstained"], OTHER: ["failed", "failed", "passed", "passed"]}
    answers = tuple(
        judged(item, attempt(trial(f"case-{number}", model), run_id=f"{model.model}{number}"), case(number))  # type: ignore[arg-type]
        for model, items in verdicts.items()
        for number, item in enumerate(items)
    )
    summary = Summary(of, answers)
    summary.__dict__["believed"] = answers
    found = list(implied_battles(summary))
    assert [one.vote.choice for one in found] == ["left", "both_bad", "tie"]
    assert {one.vote.voter for one in found} == {"ollama/j"}
    assert all(one.pair.entrants == (TARGET.key, OTHER.key) for one in found)
    assert list(implied_battles(Summary(of, answers))) == []  # a judge that nobody has checked is not believed


def test_answers_that_were_voted_on_count_once(archive: SessionArchive) -> None:
    session = keep_voted(archive, voted_session(entrants=({"model": FAST}, {"model": SLOW})))
    both = field_of([source_of(archive, session.session_id)] * 1)
    assert len({(one.vote.voter, one.vote.left, one.vote.right) for one in both.battles}) == len(both.battles)
    assert isinstance(both.models[FAST.key], EvaluatedModel)
