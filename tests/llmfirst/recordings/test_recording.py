"""A recording is shown whole, as it was made, or not at all."""

from pathlib import Path

import pytest

from llmfirst.answer import fold
from llmfirst.events import SECTIONS, AnswerFinished, QuestionSubmitted
from llmfirst.recordings.recording import RecordedMachine, RecordingDamaged, read_recording, written
from llmfirst.recordings.shipped import Recordings, shipped_recordings
from tests.run_events import REPLIES, told

SUBMITTED = QuestionSubmitted.model_validate(
    {
        "elapsed_seconds": 0,
        "run_id": "a1",
        "question": "왜?",
        "language": "ko",
        "provider": "embedded",
        "model": "m",
        "model_digest": None,
        "deadline_seconds": 120,
        "submitted_at": "2026-11-29T20:00:00Z",
    }
)
MACHINE = RecordedMachine(processor="a machine", cores=2)
LINES = list(written(MACHINE, [SUBMITTED, *told(*REPLIES)]))


def test_what_was_written_is_read_again() -> None:
    recording = read_recording("\n".join(LINES) + "\n")
    assert (recording.machine, recording.submitted) == (MACHINE, SUBMITTED)
    assert list(written(recording.machine, recording.events)) == LINES


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["{}"],
        LINES[:-1],  # cut off
        [*LINES[:3], *LINES[4:]],  # an event is missing
        [*LINES[:3], LINES[4], LINES[3], *LINES[5:]],  # two are exchanged
        [line.replace("The core.", "The care.") for line in LINES],  # a word was changed
        [line.replace("a machine", "another machine") for line in LINES],
        [LINES[0].replace('"version":1', '"version":2'), *LINES[1:]],
        list(written(MACHINE, told(*REPLIES))),  # no question
        list(written(MACHINE, [SUBMITTED])),  # no end
        list(written(MACHINE, [SUBMITTED, told(*REPLIES)[1], AnswerFinished(elapsed_seconds=1, outcome="complete")])),
    ],
)
def test_a_damaged_file_is_refused(lines: list[str]) -> None:
    with pytest.raises(RecordingDamaged):
        read_recording("\n".join(lines) + "\n")


def test_a_changed_call_breaks_the_chain_even_under_a_right_hash() -> None:
    forged = [SUBMITTED, *told(*REPLIES)]
    number, call = next((number, event) for number, event in enumerate(forged) if event.type == "call_finished")
    forged[number] = call.model_copy(update={"call": call.call.model_copy(update={"reply": "something else"})})
    with pytest.raises(RecordingDamaged, match="record of the calls"):
        read_recording("\n".join(written(MACHINE, forged)) + "\n")


def test_a_file_that_is_missing_or_no_text_is_damaged(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path)
    (tmp_path / "recording-en.jsonl").write_bytes(b"\xff")
    for name in recordings.names.values():
        with pytest.raises(RecordingDamaged):
            recordings.open(name)


def test_the_product_has_a_complete_real_answer_in_each_language() -> None:
    recordings = shipped_recordings()
    for language, name in recordings.names.items():
        recording = recordings.open(name)
        answer = fold(recording.events)
        assert recording.submitted.language == language
        assert recording.submitted.provider == "embedded"
        assert isinstance(answer.end, AnswerFinished)
        assert answer.end.outcome == "complete"
        assert all(answer.text(phase).strip() for phase in SECTIONS)
        assert recording.machine.cores > 0
        assert answer.metrics().total_time is not None
