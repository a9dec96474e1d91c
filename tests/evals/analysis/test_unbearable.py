"""Numbers, times and names that no screen can bear: refused at the door with line and field, and named in the store."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.analysis.compare import compare
from evals.analysis.export_file import ExchangeError, parsed
from evals.analysis.summary import summary_of
from evals.analysis.transfer import exported, imported
from evals.analysis.trend import trend_of
from evals.cli.stored import list_command
from evals.records.archive import Archive, EvaluationUnreadable
from evals.records.evaluation import TooManyAnswers, check_size
from evals.records.loop_lag import Lag
from evals.records.opinions import HumanLabel
from evals.report.page import report_html
from evals.suite.cases import Checks
from llmfirst import LOCAL, DocumentStore, Overhead, RunStore, Settings, open_database
from tests.broken_disk import spoil
from tests.evals.analysis.test_transfer import sealed
from tests.evals.made import JUDGE, MACHINE, TARGET, case, evaluation, keep_answers

# Every field that may be left out is set, so that the walk below meets it.
OF = evaluation(
    case(1, checks=Checks(numbers=(1.5,), hangul_at_least=0.1, latin_at_least=0.1, words_at_most=9)),
    case(2),
    models=(TARGET.model_copy(update={"size_bytes": 5, "parameters": "7B", "quantization": "Q4"}),),
    judge=JUDGE.model_copy(update={"digest": "d", "address": "http://j", "build": "b"}),
    machine=MACHINE.model_copy(update={"memory_bytes": 5, "processor": "p", "revision": "r", "packages": {"a": "1"}}),
)
NUMBERS = ("1" + "0" * 400, "NaN", "Infinity", "-Infinity", "-1e300", "1e300", "1000000000000000000")
TIMES = ('"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"')
NAME = json.dumps("x" * 100_000)
SIGNED = "-40"  # no count, size or duration is below 0
# Numbers that may be negative, or that the hash of a call covers as they are.
MAY_BE_NEGATIVE = ("numbers", "seed")
NAMES = ("model", "digest", "parameters", "quantization", "system", "processor", "python", "address", "build", "suite")
Place = tuple[str | int, ...]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    database = open_database(tmp_path)
    yield Archive(DocumentStore(database), RunStore(database), LOCAL)
    database.dispose()


@pytest.fixture
def full(archive: Archive) -> Archive:
    keep_answers(archive, OF)
    archive.keep_overhead(OF.evaluation_id, Overhead(count=5, first_median=0.1, first_max=0.2, end_median=0.1))
    archive.keep_lag(OF.evaluation_id, archive.asks(OF.evaluation_id)[0].run_id, Lag(p99=0.01, worst=0.02))
    return archive


def places(value: object, at: Place = ()) -> Iterator[tuple[Place, object]]:
    """Yield each number, time and name of a line of JSON with its place."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*at, key))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and (str(at[-1]).endswith("_at") or at[-1] in NAMES)):
        yield at, value


def spoilt(line: str, at: Place, bad: str) -> str:
    """Return the line with another value at a place; the value is written as it is."""
    content: Any = json.loads(line)
    around = content
    for key in at[:-1]:
        around = around[key]
    around[at[-1]] = "@@@"
    return json.dumps(content, ensure_ascii=False).replace('"@@@"', bad)


def bad_values(at: Place, value: object) -> list[str]:
    if isinstance(value, str):
        return list(TIMES) if str(at[-1]).endswith("_at") else [NAME]
    return [*NUMBERS, *([] if any(name in at for name in MAY_BE_NEGATIVE) else [SIGNED])]


def refused(lines: list[str], number: int, spoilt_line: str) -> str:
    """Return the sentence with which a file is refused that has another line with this number."""
    with pytest.raises(ExchangeError) as caught:
        parsed(sealed([*lines[: number - 1], spoilt_line, *lines[number:]]))
    return str(caught.value)


def test_each_number_time_and_name_of_a_file_is_checked_at_the_door_and_named(full: Archive) -> None:
    lines = list(exported(full, OF))[:-1]
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(lines[1:], start=2):
        for at, value in places(json.loads(line)):
            field = (line[:20], *(part for part in at if isinstance(part, str)))
            if field in seen:
                continue
            seen.add(field)
            for bad in bad_values(at, value):
                sentence = refused(lines, number, spoilt(line, at, bad))
                if "request" not in at or bad != NAME:  # a hash covers the names in a request
                    assert f"Line {number} of the file" in sentence, (field, bad[:20])
                    assert str(at[-1]) in sentence, (field, bad[:20])
    assert len(seen) > 50


def test_a_file_that_is_refused_leaves_nothing(full: Archive, tmp_path: Path) -> None:
    lines = list(exported(full, OF))[:-1]
    database = open_database(tmp_path / "there")
    there = Archive(DocumentStore(database), RunStore(database), LOCAL)
    with pytest.raises(ExchangeError, match="repeats"):
        imported(there, sealed([lines[0], spoilt(lines[1], ("evaluation", "repeats"), "1000000000"), *lines[2:]]))
    assert there.listed() == ()
    database.dispose()


def test_an_evaluation_has_no_more_answers_than_can_be_shown() -> None:
    check_size(1000, 1, 100)
    for size in ((1000, 1, 101), (1, 1, 1001), (1, 1, 10**9)):
        with pytest.raises(TooManyAnswers, match="choose fewer repeats"):
            check_size(*size)


def test_a_stored_evaluation_that_no_screen_can_bear_is_named_and_the_rest_is_shown(
    full: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = OF.model_dump_json(by_alias=True)
    spoilt_ids: list[str] = []
    for at, value in places(json.loads(body)):
        for bad in bad_values(at, value):
            spoilt_ids.append(f"{len(spoilt_ids):012x}")
            full.documents.put("evaluations", spoilt_ids[-1], spoilt(body, at, bad))
    full.documents.put("evaluations", "abc", "{")
    summary = summary_of(full, OF)
    assert len(trend_of(full, summary)) == 1
    assert full.all() == (OF,)
    assert {one.evaluation_id for one in full.listed()} == {OF.evaluation_id, "abc", *spoilt_ids}
    for evaluation_id in (*spoilt_ids, "abc"):
        with pytest.raises(EvaluationUnreadable, match=f"{evaluation_id} cannot be shown .*: choose another one"):
            full.load(evaluation_id)
    list_command(Namespace(), Settings(data_dir=tmp_path))
    said = capsys.readouterr().out
    assert said.count("cannot be shown") == len(spoilt_ids) + 1
    assert f"{OF.evaluation_id}  " in said


@pytest.mark.parametrize("bad", [*NUMBERS, SIGNED])
def test_what_was_stored_of_an_evaluation_is_left_out_where_it_cannot_be_read_and_named(
    full: Archive, tmp_path: Path, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    documents, judge = full.documents, OF.judge
    assert judge is not None
    before = summary_of(full, OF)
    run_id = full.asks(OF.evaluation_id)[0].run_id
    key = next(iter(full.readings(judge)))
    full.keep_label(HumanLabel(person="Kim", key="1" * 64, said="yes"))
    for collection, name, at in (
        (f"asks:{OF.evaluation_id}", run_id, ("attempt",)),
        (f"readings:{judge.sha256[:40]}", key, ("yes",)),
        ("labels", next(iter(documents.all("labels"))), ("person",)),
        (f"health:{OF.evaluation_id}", run_id, ("p99",)),
        (f"health:{OF.evaluation_id}", "overhead", ("first_max",)),
    ):
        documents.put(collection, name, spoilt(documents.all(collection)[name], at, bad))
    summary = summary_of(full, OF)
    assert len(summary.answers) == len(before.answers) - 1
    assert summary.overhead is None
    assert full.labels() == {}
    assert OF.suite.title in report_html(summary, trend_of(full, summary), "en")
    compare(before.believed, summary.believed)
    for kind in ("Ask", "YesNo", "HumanLabel", "Lag", "Overhead"):
        assert f"the stored {kind} " in caplog.text


@pytest.mark.parametrize("bad", [*NUMBERS, SIGNED])
def test_a_stored_answer_with_a_number_that_no_screen_can_bear_is_left_out(
    full: Archive, tmp_path: Path, bad: str
) -> None:
    run_id = full.asks(OF.evaluation_id)[0].run_id
    event = full.store.load(run_id).events[5].model_dump_json()
    body = spoilt(event, ("elapsed_seconds",), bad)
    spoil(tmp_path, "UPDATE events SET body = ? WHERE run_id = ? AND position = 5", body, run_id)
    fresh = Archive(full.documents, full.store, LOCAL)
    summary = summary_of(fresh, OF)
    assert [one.attempt.trial.case_id for one in summary.answers] == ["case-2"]
    assert OF.suite.title in report_html(summary, trend_of(fresh, summary), "en")


def test_a_line_with_thousands_of_wrong_fields_is_refused_with_their_number(full: Archive) -> None:
    lines = list(exported(full, OF))[:-1]
    keys = ",".join(f'"k{number}":1' for number in range(5000))
    assert "Line 3 of the file cannot be read (5001 fields are wrong)" in refused(
        lines, 3, '{"kind":"ask",' + keys + "}"
    )
