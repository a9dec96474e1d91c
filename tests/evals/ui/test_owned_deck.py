"""The blind deck as a curious person calls it, with the login of somebody else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.records.archive import Archive
from evals.sessions.archive import SessionArchive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.served import Served, served
from tests.evals.answering import AnsweringProvider
from tests.evals.sessions.duel import ALPHA, BETA, DUEL, QUESTIONS, SECRETS, keep_duel, run_of
from tests.evals.ui.calling import CLOSED, Caller, logged_in

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # Gradio's own use of pandas
RUNS = [run_of(question, model) for question in QUESTIONS for model in (ALPHA, BETA)]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))
    database = open_database(tmp_path / "data")
    keep_duel(SessionArchive(Archive(DocumentStore(database), RunStore(database))).seen_by("alice"))
    database.dispose()
    with served(tmp_path / "data", AnsweringProvider(), options=CLOSED) as opened:
        yield opened


def begin(caller: Caller, deck_id: str, typed: str, source: str | None = None) -> Any:
    return caller.call("deck-begin", "click", deck_id, source, "whole", "after_each", typed, "en")


def vote(caller: Caller, choice: str, words: str = "") -> Any:
    return caller.call(f"deck-{choice}", "click", None, words, "en")


def test_another_person_votes_only_where_the_owner_lets_them_and_finds_nothing_before_the_vote(there: Served) -> None:
    with logged_in(there.url, "alice") as alice, logged_in(there.url, "bob") as bob:
        assert DUEL.title in str(alice.call("deck-tab", "select", "", "en", None, shows="deck-panes"))
        assert DUEL.title not in str(bob.call("deck-tab", "select", "", "en", None, shows="deck-panes"))
        assert begin(bob, "", "bob", DUEL.session_id) is None  # the id of her session, had he guessed it

        sharing = alice.call("deck-share", "click", DUEL.session_id, "whole", "after_each", "en")
        deck_id = next(one for one in sharing if isinstance(one, str) and len(one) == 16)
        assert "no deck at this address" in str(begin(bob, deck_id, "bob"))
        alice.call("deck-open", "input", None, True, "en")
        board = str(begin(bob, deck_id, "alice"))
        assert any(question.text[:5] in board for question in QUESTIONS)
        for path in ("/api/runs", "/api/runs?asked_by=all", *(f"/api/runs/{run_id}" for run_id in RUNS), "/config"):
            bob.told += bob.client.get(path).text.replace(path.rpartition("/")[2], "")
        asked = bob.told
        assert [secret for secret in (*SECRETS, *RUNS) if secret in asked] == []

        told = str(vote(bob, "left", "he is curious"))
        assert "alpha-seven" in told
        assert "beta-three" in told
        alice.call("deck-open", "input", None, False, "en")
        assert "closed it" in str(bob.call("deck-forward", "click", None, "en"))

        board = str(begin(alice, "", "", DUEL.session_id))
        assert "1 of 3 · 0 voted" in board  # he did not vote in her name
        database = open_database(there.folder)
        archive = SessionArchive(Archive(DocumentStore(database), RunStore(database))).seen_by("alice")
        assert [(one.voter, one.choice, one.words) for one in archive.votes(DUEL.session_id)] == [
            ("alice (bob)", "left", "he is curious")
        ]
        database.dispose()


def test_no_call_of_the_deck_is_answered_without_a_place_at_it(there: Served) -> None:
    with logged_in(there.url, "bob") as bob:
        for element in ("deck-left", "deck-undo", "deck-back", "deck-forward"):
            data = [None, "", "en"] if element == "deck-left" else [None, "en"]
            assert json.dumps(SECRETS[:2])[1:-1] not in str(bob.call(element, "click", *data))
        assert [secret for secret in (*SECRETS, *RUNS) if secret in bob.told] == []
