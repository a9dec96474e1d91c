"""What the page is told of a model that says nothing new: reading, waiting, writing, holding back, silent."""

from llmfirst.events import AnswerEvent, PhaseFinished, StateChanged, TextAdded
from llmfirst.providers.base import Chunk, Prefill
from tests.clock import run
from tests.scripted import END, Reply, ScriptedProvider, Step, asked, collect, engine, handle


def answer(*replies: Reply) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(*replies)
    return run(collect(engine().answer(asked(), handle(provider)))), provider


def test_text_that_is_held_back_as_a_possible_repetition_has_a_name_after_three_seconds() -> None:
    block = "A paragraph that is long enough to be known when it comes again"
    again = [step for sign in block for step in (0.1, sign)]
    events, _ = answer(["plan", END], [f"{block}.\n\n", *again, 0.1, " in another way.", END], ["c", END], ["d", END])
    told = [event for event in events if isinstance(event, StateChanged | TextAdded) and event.elapsed_seconds > 0.05]
    held = next(event for event in told if isinstance(event, StateChanged) and event.state == "comparing")
    *_, before, after, shown = told[: told.index(held) + 3]
    assert (before, isinstance(after, StateChanged) and after.state) == (held, "writing")
    assert isinstance(shown, TextAdded)
    assert shown.text == f"{block} in another way."
    assert held.elapsed_seconds <= 3
    assert shown.elapsed_seconds > 6


def test_reading_waiting_writing_and_silence_are_named() -> None:
    read: list[Step] = [
        Chunk(prefill=Prefill(total=9, processed=4, cached=0)),
        1.0,
        Chunk(prefill=Prefill(total=9, processed=9, cached=0)),
    ]
    events, _ = answer(["plan", END], [*read, "a", 5.0, "b", END], ["c", END], ["d", END])
    core = events[next(i for i, e in enumerate(events) if isinstance(e, PhaseFinished)) + 1 :]
    states = [event.state for event in core if isinstance(event, StateChanged)]
    assert states[:6] == ["waiting_for_text", "reading_prompt", "waiting_for_text", "writing", "silent", "writing"]
