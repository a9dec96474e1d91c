"""The command line on evaluations of several owners: it sees all, each as its owner does."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.analysis.human_labels import label_tasks
from evals.cli.stored import export_command, import_command, list_command, report_command
from evals.judge.judged_answers import judge_answers
from evals.records.archive import Archive
from evals.records.opinions import HumanLabel
from evals.sessions.archive import SessionArchive
from evals.texts import texts_in
from llmfirst.runs.owners import LOCAL
from llmfirst.settings import Settings
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import case, evaluation, keep_answers, told
from tests.evals.sessions.made import WHY, keep_ask, session
from tests.evals.stopped import EVALUATION, keep_stopped

OF = evaluation(case(1), evaluation_id="feedc0ffee12")


@pytest.fixture
def alice(tmp_path: Path) -> Iterator[Archive]:
    """Her archive, with a whole evaluation and a label."""
    database = open_database(tmp_path / "here")
    archive = Archive(DocumentStore(database), RunStore(database), "alice")
    keep_answers(archive, OF)
    task = label_tasks(judge_answers(OF, archive.attempts(OF.evaluation_id), {}))[0]
    archive.keep_label(HumanLabel(person="Kim", key=task.key, said="no"))
    yield archive
    database.dispose()


def test_each_evaluation_is_listed_reported_and_exported_as_its_owner_has_it(
    alice: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, file, page = Settings(data_dir=tmp_path / "here"), tmp_path / "e.jsonl", tmp_path / "e.html"
    list_command(Namespace(), here)
    assert OF.evaluation_id in capsys.readouterr().out
    export_command(Namespace(evaluation=OF.evaluation_id, file=file), here)
    asked = Namespace(
        evaluation=OF.evaluation_id, html=page, csv=None, jsonl=None, language="en", json=False, tier=None
    )
    report_command(asked, here)
    assert '"person":"Kim"' in file.read_text(encoding="utf-8")
    assert "Kim" in page.read_text(encoding="utf-8")


def test_the_table_has_both_first_figures_and_says_what_they_are(
    alice: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = Namespace(
        evaluation=OF.evaluation_id, html=tmp_path / "e", csv=None, jsonl=None, language="en", json=False, tier=1
    )
    report_command(given, Settings(data_dir=tmp_path / "here"))
    printed = capsys.readouterr().out
    assert "First text 1.30 s, first token of any kind 1.30 s (medians)" in printed
    assert texts_in("en").common.firsts_meaning in printed


def test_the_name_of_a_model_forges_no_line_and_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, page = Settings(data_dir=tmp_path / "here"), tmp_path / "e.html"
    evil = OF.models[0].model_copy(update={"model": "mine\nfeedc0ffee13 forged\x1b[2J\u202e"})
    database = open_database(here.data_dir)
    of_evil = OF.model_copy(update={"models": (evil,)})
    keep_answers(Archive(DocumentStore(database), RunStore(database), LOCAL), of_evil)
    database.dispose()
    list_command(Namespace(), here)
    report_command(
        Namespace(evaluation=OF.evaluation_id, html=page, csv=None, jsonl=None, language="en", json=False, tier=1), here
    )
    printed, report = capsys.readouterr().out, page.read_text(encoding="utf-8")
    assert printed.count(r"mine\nfeedc0ffee13 forged\x1b[2J\u202e") == 2
    assert r"forged\x1b[2J\u202e" in report
    assert not {"\x1b", "\u202e"} & set(printed)
    assert "forged\x1b" not in report  # the library of the figures has such signs of its own


def test_what_the_command_line_takes_in_is_the_local_ones(
    alice: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "e.jsonl"
    export_command(Namespace(evaluation=OF.evaluation_id, file=file), Settings(data_dir=tmp_path / "here"))
    import_command(Namespace(file=file), Settings(data_dir=tmp_path / "here"))
    evaluation_id = capsys.readouterr().out.strip()
    assert alice.owner_of(evaluation_id) == LOCAL
    assert [one.evaluation_id for one in alice.all()] == [OF.evaluation_id]


def test_a_session_is_listed_exported_and_imported_like_an_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there, file = Settings(data_dir=tmp_path / "a"), Settings(data_dir=tmp_path / "b"), tmp_path / "s.jsonl"
    database = open_database(here.data_dir)
    archive = SessionArchive(Archive(DocumentStore(database), RunStore(database), "alice"))
    of = session()
    archive.add(of)
    archive.keep_question(of.session_id, WHY)
    for number, entrant in enumerate(of.entrants):
        keep_ask(archive, of, WHY, entrant.key, f"{number:016x}", told(f"{number:016x}"))
    database.dispose()
    list_command(Namespace(), here)
    assert "5e551011" in capsys.readouterr().out
    export_command(Namespace(evaluation="5e551011", file=file), here)
    import_command(Namespace(file=file), there)
    assert capsys.readouterr().out == "5e551011\n"
    list_command(Namespace(), there)
    assert "session Two small ones  ollama/a, ollama/b" in capsys.readouterr().out


def test_what_answers_are_worth_at_each_moment_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = open_database(tmp_path)
    keep_stopped(Archive(DocumentStore(database), RunStore(database)))
    database.dispose()
    asked = {"evaluation": EVALUATION.evaluation_id, "html": tmp_path / "e", "csv": None, "jsonl": None}
    report_command(Namespace(**asked, language="en", json=False, tier=1), Settings(data_dir=tmp_path))
    printed = capsys.readouterr().out
    assert "\n  Stopped at 10 s or 20 s, ollama/m is ahead (66.7 % against 0 %); " in printed
    assert "\n  10 s: ollama/m 66.7 % (46.4 to 83.2 %, n = 24); embedded/n 0 % (" in printed
    report_command(Namespace(**asked, language="en", json=True, tier=1), Settings(data_dir=tmp_path))
    value = json.loads(capsys.readouterr().out)["value"]
    assert [one["ahead"] for one in value] == ["ollama/m"] * 2 + ["embedded/n"] * 3
