"""The served page's own calls, sent by one person about another's evaluation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.recordings.recorded import RECORDED
from evals.texts import texts_in
from tests.browser.served import Served, served
from tests.evals.answering import KEY, AnsweringProvider
from tests.evals.ui.calling import CLOSED, TOKENS_OF, Caller, file_named, logged_in, visiting

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # Gradio's own use of pandas
SUITE = '{"question": "A secret question?", "language": "en"}\n'
NEVER = "bad0c0ffee34"


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))
    with served(tmp_path / "data", AnsweringProvider(), options=CLOSED) as opened:
        yield opened


@pytest.fixture
def alice(there: Served) -> Iterator[Caller]:
    with logged_in(there.url, "alice") as caller:
        caller.call("evaluation-tab", "select", "en")
        yield caller


@pytest.fixture
def bob(there: Served) -> Iterator[Caller]:
    with logged_in(there.url, "bob") as caller:
        caller.call("evaluation-tab", "select", "en")
        yield caller


def carried_out(caller: Caller) -> str:
    """Carry out an evaluation on a suite of one's own; return its id."""
    suite, _ = caller.call("own-suite", "upload", caller.upload("hers.jsonl", SUITE), "en")
    started = caller.call(
        "evaluate-start", "click", suite["value"], [KEY], ["set"], "none", 1, "sequential", "en", False
    )
    evaluation_id = str(started[0]["value"])
    assert (
        "Done" in caller.call("compared", "input", evaluation_id, None, "en", None, None, shows="evaluate-progress")[0]
    )
    return evaluation_id


def test_what_one_measured_is_in_nothing_that_another_is_told(alice: Caller, bob: Caller) -> None:
    hers = carried_out(alice)
    listed = alice.call("answers", "select", hers, "en", index={"asked": f"?evaluation={hers}"})
    assert "A secret question?" in listed[1]
    one = {"asked": f"?evaluation={hers}&answer={listed[1].partition('answer=')[2][:16]}"}
    assert "Sentence 1" in alice.call("answers", "select", hers, "en", index=one)[1]
    opened = alice.call("evaluation-tab", "select", "en", query=f"?evaluation={hers}")
    assert (opened[2]["value"], opened[4]) == (hers, "")

    named = bob.call("evaluation-tab", "select", "en", query=f"?evaluation={hers}")
    never = bob.call("evaluation-tab", "select", "en", query=f"?evaluation={NEVER}")
    assert str(named).replace(hers, NEVER) == str(never)
    assert (named[2]["choices"], named[3]["choices"]) == ([[texts_in("en").recorded.name, RECORDED]], [])
    assert "There is no evaluation" in named[4]
    asks: tuple[Callable[[str], Any], ...] = (
        lambda one: bob.call("evaluation", "input", one, "en", shows="evaluate-list"),
        lambda one: bob.call("evaluate-list", "select", "en", index={"evaluation": one}),
        lambda one: bob.call("compared", "input", one, None, "en", None, None, shows="evaluate-progress"),
        lambda one: bob.call("compared", "input", None, one, "en", None, None, shows="evaluate-progress"),
        lambda one: bob.call("answers", "select", one, "en", index={"asked": f"?evaluation={one}&answer=1"}),
        lambda one: bob.call("answer-filters", "select", one, "en", index={"asked": f"?evaluation={one}"}),
        lambda one: bob.call("report", "click", one, "en"),
        lambda one: bob.call("baseline", "click", one, "en"),
        lambda one: bob.call("evaluate-go-on", "click", one, "en"),
        lambda one: bob.call("part-label", "select", one, "en"),
        lambda one: bob.call("label-person", "submit", one, "Kim", "en"),
        lambda one: bob.call("label-compare", "click", one, "en"),
    )
    for asked in asks:
        assert asked(hers) == asked(NEVER)
    bob.call("evaluate-pause", "click", "en")
    bob.call("evaluate-stop", "click")
    for secret in ("A secret question?", "hers (1)", "Sentence 1"):
        assert secret not in bob.told
        assert secret in alice.told


def test_an_export_is_fetched_and_taken_in_by_who_made_it_alone(alice: Caller, bob: Caller) -> None:
    hers = carried_out(alice)
    files, _ = alice.call("report", "click", hers, "en")
    for file in files["value"]:
        assert alice.client.get(f"/gradio_api/file={file['path']}").status_code == 200
        assert bob.client.get(f"/gradio_api/file={file['path']}").status_code == 404
        assert bob.call("take-in", "upload", file_named(file["path"]), "en") is None
        assert bob.call("own-suite", "upload", file_named(file["path"]), "en") is None
    exported = alice.client.get(f"/gradio_api/file={files['value'][-1]['path']}").text
    given = bob.upload("given.jsonl", exported)  # she gave it to him
    taken, *_, notice = bob.call("take-in", "upload", given, "en")
    assert "Imported and shown: hers, 1 answers to 1 items by ollama/scripted; judge: no judge." in notice
    assert alice.client.get(f"/gradio_api/file={given['path']}").status_code == 404
    assert bob.client.get(f"/gradio_api/file={given['path']}").status_code == 403  # read, and gone
    assert taken["value"] not in (None, hers)
    assert alice.call("evaluation-tab", "select", "en")[2]["value"] == hers


def test_the_answers_of_an_evaluation_are_read_and_stopped_by_its_owner_alone(alice: Caller, bob: Caller) -> None:
    hers = carried_out(alice)
    alice.call("answers", "select", hers, "en", index={"asked": f"?evaluation={hers}"})
    run_id = alice.told.partition("answer=")[2][:16]
    for name, status in (("alice", 200), ("bob", 404)):
        headers = {"Authorization": f"Bearer {TOKENS_OF[name]}"}
        for path in (f"/api/runs/{run_id}", f"/api/runs/{run_id}/ledger", f"/api/stream?run_id={run_id}"):
            assert bob.client.get(path, headers=headers).status_code == status, path


def test_without_credentials_who_is_at_the_machine_has_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))
    with served(tmp_path / "data", AnsweringProvider()) as opened, visiting(opened.url) as first:
        first.call("evaluation-tab", "select", "en")
        evaluation_id = carried_out(first)
        with visiting(opened.url) as second:
            shown = second.call("evaluation-tab", "select", "en", query=f"?evaluation={evaluation_id}")
            assert (shown[2]["value"], shown[4]) == (evaluation_id, "")
            files, _ = second.call("report", "click", evaluation_id, "en")
            assert second.client.get(f"/gradio_api/file={files['value'][0]['path']}").status_code == 200
