import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evals.analysis.export_file import ExchangeError
from evals.analysis.human_labels import label_tasks
from evals.analysis.scorecard import Scorecard, scorecards
from evals.analysis.transfer import exported, imported
from evals.judge.judged_answers import judge_answers
from evals.judge.questions import questions_to_judge, yes_no_key
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from evals.records.moments import AskedMoments
from evals.records.opinions import HumanLabel
from evals.suite.cases import shipped
from llmfirst.errors import RunUnknown
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.broken_disk import PARTLY_READABLE, UNREADABLE, spoil
from tests.conftest import tries
from tests.evals.made import JUDGE, NO, TARGET, YES, ask, case, evaluation, keep_answers, slowed, told, trial

OF = evaluation(case(1), case(2))
FIRST_RUN = "0" * 16


@pytest.fixture
def open_archive(tmp_path: Path) -> Iterator[Callable[[str], Archive]]:
    """How to open the archive of a machine by its name; all are closed at the end."""
    databases = {}

    def opened(machine: str) -> Archive:
        if machine not in databases:
            databases[machine] = open_database(tmp_path / machine)
        return Archive(DocumentStore(databases[machine]), RunStore(databases[machine]))

    yield opened
    for database in databases.values():
        database.dispose()


@pytest.fixture
def here(open_archive: Callable[[str], Archive]) -> Archive:
    """An archive with a whole evaluation."""
    archive = open_archive("here")
    keep_answers(archive, OF)
    return archive


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a whole evaluation."""
    database = open_database(tmp_path_factory.mktemp("written"))
    archive = Archive(DocumentStore(database), RunStore(database))
    keep_answers(archive, OF)
    text = file_of(archive)
    database.dispose()
    return text


@pytest.fixture
def there(open_archive: Callable[[str], Archive]) -> Archive:
    return open_archive("there")


def file_of(archive: Archive, of: Evaluation = OF) -> str:
    return "\n".join(exported(archive, of)) + "\n"


def cards(archive: Archive, of: Evaluation = OF) -> tuple[Scorecard, ...]:
    readings = {} if of.judge is None else archive.readings(of.judge)
    return scorecards(of, judge_answers(of, archive.attempts(of.evaluation_id), readings))


def everything(archive: Archive) -> list[Any]:
    runs: list[Any] = []
    for number in range(4):
        try:
            runs.append(archive.store.load(f"{number:016x}"))
        except RunUnknown:
            runs.append(None)
    return [archive.all(), archive.asks(OF.evaluation_id), dict(archive.readings(JUDGE)), runs]


NOTHING = [(), (), {}, [None] * 4]


def sealed(lines: Sequence[str]) -> str:
    """Return lines as a file with an end of its own, as somebody would write it who means to deceive."""
    digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    return "\n".join([*lines, json.dumps({"kind": "end", "sha256": digest})])


def refused(archive: Archive, text: str) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(ExchangeError) as caught:
        imported(archive, text)
    sentence = str(caught.value)
    assert sentence[0].isupper()
    assert sentence[-1] == "."
    return sentence


def test_an_evaluation_has_the_same_scorecard_on_another_machine(here: Archive, there: Archive) -> None:
    assert imported(there, file_of(here)) == OF
    assert cards(there) == cards(here)
    assert cards(there)[0].quality.passed.passed == 2
    assert everything(there) == everything(here)
    assert file_of(there) == file_of(here)


def test_canaries_and_what_people_said_of_the_answers_come_through(here: Archive, there: Archive) -> None:
    task = label_tasks(judge_answers(OF, here.attempts(OF.evaluation_id), {}))[0]
    label = HumanLabel(person="Kim", key=task.key, said="no")
    other = HumanLabel(person="Kim", key="0" * 64, said="yes")
    here.keep_label(label)
    here.keep_label(other)  # of another evaluation
    here.keep_reading(JUDGE, "1" * 64, YES, canaries_of=OF.evaluation_id)
    there.keep_label(label.model_copy(update={"said": "yes"}))
    there.keep_label(label.model_copy(update={"person": "Lee"}))
    imported(there, file_of(here))
    assert there.readings(JUDGE, OF.evaluation_id) == {"1" * 64: YES}
    assert there.labels() == {"Kim": {task.key: "yes"}, "Lee": {task.key: "no"}}  # what was here stays


def test_moments_and_what_the_judge_read_at_them_come_through(there: Archive, here: Archive) -> None:
    of = evaluation(case(1), evaluation_id="cd")
    (one,) = of.trials()
    here.add(of)
    here.ask_moments(of.evaluation_id, AskedMoments(seconds=(20.0, 30.0)))
    here.keep_ask(of.evaluation_id, ask("c" * 16, one))
    here.store.append("c" * 16, 0, slowed(told("c" * 16), 10))
    wanted = {yes_no_key(*question) for question in questions_to_judge(of, here.attempts("cd"), (20.0, 30.0))}
    whole = {yes_no_key(*question) for question in questions_to_judge(of, here.attempts("cd"))}
    assert len(wanted - whole) == 1  # at 20 s nothing is there to be read
    for key in wanted:
        here.keep_reading(JUDGE, key, YES)
    imported(there, file_of(here, of))
    assert there.moments("cd") == (20.0, 30.0)
    assert there.readings(JUDGE).keys() == wanted
    assert file_of(there, of) == file_of(here, of)


def test_a_shipped_suite_with_all_that_may_stand_in_it_comes_through(there: Archive, here: Archive) -> None:
    of = evaluation(*shipped()[1].cases, evaluation_id="ab", judge=None)
    here.add(of)
    assert imported(there, file_of(here, of)) == of


def test_windows_line_ends_and_a_missing_last_one_change_nothing(there: Archive, written: str) -> None:
    imported(there, written.replace("\n", "\r\n").rstrip())
    assert cards(there)[0].quality.passed.passed == 2


def test_warm_ups_and_stopped_answers_come_along_and_what_is_being_written_does_not(
    here: Archive, there: Archive
) -> None:
    for run_id, purpose in (("a" * 16, "warm_up"), ("b" * 16, "measure"), ("c" * 16, "measure"), ("d" * 16, "measure")):
        here.keep_ask(
            OF.evaluation_id, ask(run_id, trial("case-1"), purpose="warm_up" if purpose == "warm_up" else "measure")
        )
    here.store.append("a" * 16, 0, told("a" * 16))
    here.store.append("b" * 16, 0, told("b" * 16, outcome="stopped"))
    here.store.append("c" * 16, 0, told("c" * 16)[:-1])
    imported(there, file_of(here))
    assert [one.run_id[0] for one in there.asks(OF.evaluation_id)] == ["0", "0", "a", "b"]
    assert cards(there) == cards(here)
    assert there.store.end_broken_runs() == 0


def test_importing_twice_changes_nothing(there: Archive, written: str) -> None:
    imported(there, written)
    before = everything(there)
    assert imported(there, written) == OF
    assert everything(there) == before


def test_importing_where_it_was_exported_changes_nothing(here: Archive) -> None:
    before = everything(here)
    imported(here, file_of(here))
    assert everything(here) == before


def test_what_is_here_already_stays_as_it_is(here: Archive, there: Archive) -> None:
    key = next(iter(here.readings(JUDGE)))
    before = here.readings(JUDGE)[key]
    there.keep_reading(JUDGE, key, YES if before == NO else NO)
    there.store.append(FIRST_RUN, 0, told(FIRST_RUN, outcome="deadline"))
    imported(there, file_of(here))
    assert there.readings(JUDGE)[key] != before
    assert there.attempts(OF.evaluation_id)[0].outcome == "deadline"
    assert len(there.attempts(OF.evaluation_id)) == 2


@pytest.mark.parametrize(
    "change",
    [{"repeats": 2}, {"judge": None}, {"models": (TARGET.model_copy(update={"digest": "sha256:9"}),)}],
    ids=["repeats", "judge", "model"],
)
def test_another_evaluation_of_the_same_id_is_refused(there: Archive, written: str, change: dict[str, Any]) -> None:
    there.add(OF.model_copy(update=change))
    assert "exists already and was not changed" in refused(there, written)
    assert there.load(OF.evaluation_id) == OF.model_copy(update=change)


@pytest.mark.parametrize("text", ["", "\n\n", "{", "id,question\n1,2\n", '{"kind":"run"}', "[]", "\ufffd\x00", "null"])
def test_what_is_no_evaluation_is_refused(there: Archive, text: str) -> None:
    assert refused(there, text).startswith("This file is not an evaluation of llmfirst")
    assert everything(there) == NOTHING


def test_a_file_of_another_version_is_refused_before_any_other_line_is_read(there: Archive) -> None:
    text = '{"kind":"llmfirst-evaluation","version":2,"made_by":"later"}\n{"kind":"something new"}\n'
    assert refused(there, text).startswith("The file has version 2, but this llmfirst reads version 1")


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_holds_one_evaluation(there: Archive, written: str, count: int) -> None:
    head, one, *_ = written.split("\n")
    assert f"contains {count} evaluations" in refused(there, sealed([head, *[one] * count]))


def test_a_file_that_ends_after_any_of_its_lines_is_refused(there: Archive, written: str) -> None:
    lines = written.rstrip("\n").split("\n")
    for count in range(1, len(lines)):
        refused(there, "\n".join(lines[:count]))
    for left_out in range(1, len(lines) - 1):
        assert "cut off or changed" in refused(there, "\n".join([*lines[:left_out], *lines[left_out + 1 :]]))
    assert everything(there) == NOTHING


@given(data=st.data())
@settings(max_examples=tries(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_ends_anywhere_is_refused(there: Archive, written: str, data: st.DataObject) -> None:
    text = written.rstrip("\n")
    refused(there, text[: data.draw(st.integers(min_value=0, max_value=len(text) - 1))])
    assert there.all() == ()


@given(data=st.data())
@settings(max_examples=tries(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_changed_character_anywhere_is_refused(there: Archive, written: str, data: st.DataObject) -> None:
    text = written.rstrip("\n")
    place = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    other = data.draw(st.sampled_from('0123456789abcdefz",:{}[] ~\n\\가'))
    assume(other != text[place])
    refused(there, text[:place] + other + text[place + 1 :])
    assert there.all() == ()


def changed(written: str, change: Callable[[dict[str, Any]], None], kind: str) -> str:
    """Return the file with the first line of a kind changed, and sealed anew."""
    lines = written.rstrip("\n").split("\n")[:-1]
    place = next(number for number, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    content = json.loads(lines[place])
    change(content)
    return sealed([*lines[:place], json.dumps(content), *lines[place + 1 :]])


def event(line: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in line["events"] if one["type"] == kind)
    return found


CHANGES: list[tuple[str, Callable[[dict[str, Any]], None], str, str]] = [
    ("a reply", lambda line: event(line, "call_finished")["call"].update(reply="no"), "run", "was changed"),
    ("a run's id", lambda line: line.update(run_id="e" * 16), "run", "does not begin with its own question"),
    ("the first event", lambda line: line.update(events=line["events"][1:]), "run", "does not begin"),
    ("no phase", lambda line: line["events"].remove(event(line, "phase_started")), "run", "in the wrong order"),
    ("no events", lambda line: line.update(events=[]), "run", "cannot be read"),
    ("an ask's run", lambda line: line["ask"].update(run_id="e" * 16), "ask", "does not belong to this evaluation"),
    (
        "an ask's case",
        lambda line: line["ask"]["turn"].update(case_id="x"),
        "ask",
        "does not belong to this evaluation",
    ),
    (
        "an ask's model",
        lambda line: line["ask"]["turn"].update(target="x"),
        "ask",
        "does not belong to this evaluation",
    ),
    (
        "an id",
        lambda line: line["evaluation"].update(evaluation_id="../../x"),
        "evaluation",
        "its id is not one of llmfirst",
    ),
    ("no model", lambda line: line["evaluation"].update(targets=[]), "evaluation", "Line 2"),
    ("a field", lambda line: line.update(more=1), "evaluation", "cannot be read"),
    ("a probability", lambda line: line["reading"].update(yes=2), "reading", "cannot be read"),
]


@pytest.mark.parametrize(("change", "kind", "words"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_a_file_that_was_sealed_anew_is_still_looked_through(
    there: Archive, written: str, change: Callable[[dict[str, Any]], None], kind: str, words: str
) -> None:
    assert words in refused(there, changed(written, change, kind))
    assert everything(there) == NOTHING


@pytest.mark.parametrize("how", ["no JSON", "no question"])
def test_a_run_that_cannot_be_read_is_not_exported_and_is_no_reason_against_its_own_file(
    tmp_path: Path, here: Archive, there: Archive, how: str
) -> None:
    whole = file_of(here)
    spoil(tmp_path / "here", (PARTLY_READABLE | UNREADABLE)[how], FIRST_RUN)
    assert imported(here, whole) == OF
    assert imported(there, file_of(here)) == OF
    assert [attempt.trial.case_id for attempt in there.attempts(OF.evaluation_id)] == ["case-2"]
