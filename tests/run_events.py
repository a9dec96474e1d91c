"""The events of whole runs, made without an engine: each call with its record, in a chain that holds."""

from llmfirst.events import AnswerEvent, AnswerFinished, CallFinished, Phase, PhaseFinished, PhaseStarted, TextAdded
from llmfirst.ledger import GENESIS, Call, CallDraft, sealed
from llmfirst.providers.base import Message, Request, Timings, Usage

REPLIES: tuple[tuple[Phase, str], ...] = (
    ("strategy", "한 문장 계획."),
    ("core", "The core."),
    ("details", "Steps: 1. one 2. two"),
    ("conclusion", "끝. Do it."),
)


def record(number: int, purpose: str, reply: str, previous: str) -> Call:
    draft = CallDraft(
        call_id=f"run/{number}",
        purpose=purpose,
        provider="scripted",
        model_digest="sha256:0123",
        request=Request(model="m", messages=(Message(role="user", content="왜?"),), max_tokens=5),
        reply=reply,
        finish_reason="stop",
        error=None,
        usage=Usage(prompt_tokens=10, completion_tokens=7),
        timings=Timings(prefill_seconds=0.25),
        started_seconds=number,
        first_text_seconds=number + 0.1,
        last_text_seconds=number + 0.2,
        ended_seconds=number + 0.3,
    )
    return sealed(draft, previous)


def told_by_one_call(*written: tuple[Phase, str], rest: str = "") -> list[AnswerEvent]:
    """Return the events of a run in which one call goes on through the phases; of its reply `rest` is not shown."""
    call = record(1, written[0][0], "".join(text for _, text in written) + rest, GENESIS)
    events: list[AnswerEvent] = []
    for number, (phase, text) in enumerate(written, 1):
        events.append(PhaseStarted(elapsed_seconds=number, phase=phase))
        events += [added(phase, text[at : at + 4], call.call_id) for at in range(0, len(text), 4)]
        if number == len(written):
            events.append(CallFinished(elapsed_seconds=number, call=call))
        events.append(PhaseFinished(elapsed_seconds=number, phase=phase, ending="landed"))
    return [*events, AnswerFinished(elapsed_seconds=9, outcome="complete")]


def told(*replies: tuple[Phase, str], left_off: int = 0, piece: int = 4) -> list[AnswerEvent]:
    """Return the events of a run with one call per reply; the last characters of each are not shown."""
    events: list[AnswerEvent] = []
    previous = GENESIS
    for number, (phase, reply) in enumerate(replies, 1):
        shown = reply[: len(reply) - left_off]
        call = record(number, phase, reply, previous)
        previous = call.sha256
        events.append(PhaseStarted(elapsed_seconds=number, phase=phase))
        events += [added(phase, shown[at : at + piece], call.call_id) for at in range(0, len(shown), piece)]
        events.append(CallFinished(elapsed_seconds=number, call=call))
        events.append(PhaseFinished(elapsed_seconds=number, phase=phase, ending="landed" if left_off else "stop"))
    return [*events, AnswerFinished(elapsed_seconds=9, outcome="complete")]


def added(phase: Phase, text: str, call_id: str) -> TextAdded:
    return TextAdded(elapsed_seconds=1, phase=phase, text=text, call_id=call_id)
