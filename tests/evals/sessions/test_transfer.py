import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.analysis.export_file import ExchangeError, sealed
from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from evals.sessions.export_file import SessionExport, parsed_session, read_any_export
from evals.sessions.judgement import Judgement
from evals.sessions.transfer import exported_session, kept_session
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import START, told
from tests.evals.sessions.made import HOW, WHY, keep_ask, session, vote

OF = session()
JUDGEMENT = Judgement(judge="ollama/j", languages=(), pairs=1, decided=0, left_to_people=0, judged_at=START)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], SessionArchive]]:
    """How to open the sessions of a machine by its name; all are closed at the end."""
    databases = {}

    def of(machine: str) -> SessionArchive:
        if machine not in databases:
            databases[machine] = open_database(tmp_path / machine)
        return SessionArchive(Archive(DocumentStore(databases[machine]), RunStore(databases[machine])))

    yield of
    for database in databases.values():
        database.dispose()


def run_id(number: int) -> str:
    return f"{number:016x}"


@pytest.fixture
def here(opened: Callable[[str], SessionArchive]) -> SessionArchive:
    """The archive of alice, who has a session of two questions, one of which has votes and one a running answer."""
    archive = opened("here").seen_by("alice")
    archive.add(OF)
    for question in (WHY, HOW):
        archive.keep_question(OF.session_id, question)
    for number, key in enumerate(("ollama/a", "ollama/b")):
        keep_ask(archive, OF, WHY, key, run_id(number), told(run_id(number), "Why?"))
    keep_ask(archive, OF, HOW, "ollama/a", run_id(2), told(run_id(2))[:-1])
    archive.keep_vote(OF.session_id, vote(run_id(1), run_id(0), "tie", question_id="why"))
    archive.keep_vote(OF.session_id, vote(run_id(0), run_id(1), voter="lee", question_id="why", words="짧아서"))
    archive.keep_judgement(OF.session_id, JUDGEMENT)
    return archive


def file_of(archive: SessionArchive) -> str:
    return "\n".join(exported_session(archive, archive.load(OF.session_id))) + "\n"


def test_a_session_is_the_same_on_another_machine_with_answers_proof_and_votes(
    here: SessionArchive, opened: Callable[[str], SessionArchive], tmp_path: Path
) -> None:
    path = tmp_path / "session.jsonl"
    path.write_text(file_of(here), encoding="utf-8")
    export = read_any_export(str(path))
    assert isinstance(export, SessionExport)
    there = opened("there")
    assert kept_session(there, export) == OF
    assert there.questions(OF.session_id) == (WHY, HOW)
    assert there.asks(OF.session_id) == here.asks(OF.session_id)[:2]  # what is being written does not come along
    assert there.attempts(OF.session_id) == here.attempts(OF.session_id)
    assert there.votes(OF.session_id) == here.votes(OF.session_id)
    assert there.battles(OF.session_id) == here.battles(OF.session_id)
    assert there.judgements(OF.session_id) == (JUDGEMENT,)
    assert file_of(there) == file_of(here)


def test_an_import_overwrites_nothing(here: SessionArchive) -> None:
    text = file_of(here)
    here.rename(OF.session_id, "Another title")
    changed = vote(run_id(1), run_id(0), "left", question_id="why")
    here.keep_vote(OF.session_id, changed)
    judged = JUDGEMENT.model_copy(update={"pairs": 2})
    here.keep_judgement(OF.session_id, judged)
    assert kept_session(here, parsed_session(text)).title == "Another title"
    assert here.votes(OF.session_id)[0] == changed
    assert here.judgements(OF.session_id) == (judged,)
    assert len(here.votes(OF.session_id)) == 2
    other = session(seed=2)
    with pytest.raises(ExchangeError, match="was not changed"):
        kept_session(here, parsed_session("\n".join(_with(text, session=other.model_dump(mode="json")))))
    assert here.load(OF.session_id).seed == OF.seed


def test_what_is_imported_belongs_to_who_imports_and_tells_nothing_of_others(here: SessionArchive) -> None:
    bob = here.seen_by("bob")
    own = kept_session(bob, parsed_session(file_of(here)))
    assert own.session_id != OF.session_id
    assert kept_session(bob, parsed_session(file_of(here))) == own
    assert [one.choice for one in bob.votes(own.session_id)] == ["tie", "left"]
    assert len(bob.battles(own.session_id)) == 2
    assert {ask.run_id for ask in bob.asks(own.session_id)}.isdisjoint({run_id(0), run_id(1)})
    assert here.all() == (OF,)


def test_a_file_that_is_cut_off_changed_or_something_else_is_refused(here: SessionArchive) -> None:
    text = file_of(here)
    lines = text.rstrip("\n").split("\n")
    for number in range(1, len(lines)):
        with pytest.raises(ExchangeError):
            parsed_session("\n".join(lines[:number]))
    with pytest.raises(ExchangeError, match="changed after it was written"):
        parsed_session(text.replace('"choice":"tie"', '"choice":"left"'))
    for other in ("", "[]", '{"kind":"llmfirst-evaluation","version":1}'):
        with pytest.raises(ExchangeError, match="not a session"):
            parsed_session(other)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"session_ask": {"entrant": "ollama/z"}}, "does not belong to this session"),
        ({"session_ask": {"question_id": "who"}}, "does not belong to this session"),
        ({"vote": {"question_id": "how"}}, "no pair of this session"),
        ({"vote": {"right": "f" * 16}}, "no pair of this session"),
        ({"session": {"session_id": "../../x"}}, "its id is not one of llmfirst"),
        ({"session": {"entrants": []}}, "entrants"),
    ],
)
def test_a_file_that_was_sealed_anew_is_still_looked_through(
    here: SessionArchive, changes: dict[str, dict[str, Any]], said: str
) -> None:
    with pytest.raises(ExchangeError, match=said):
        parsed_session("\n".join(_with(file_of(here), **changes)))


def test_an_answer_that_was_changed_in_the_file_is_seen_by_its_proof(here: SessionArchive) -> None:
    lines = file_of(here).replace('"reply":"the end"', '"reply":"another"').split("\n")[:-2]
    with pytest.raises(ExchangeError, match="was changed"):
        parsed_session("\n".join(sealed(lines)))


def _with(text: str, **changes: dict[str, Any]) -> Iterator[str]:
    """Return the lines of a file with other fields in what has this name, and a seal that fits."""
    lines = [json.loads(line) for line in text.split("\n")[:-2]]
    for line in lines:
        for name, fields in changes.items():
            body = line.get(name.removeprefix("session_"))
            if line["kind"] == name and isinstance(body, dict):
                body.update(fields)
    return sealed(json.dumps(line) for line in lines)
