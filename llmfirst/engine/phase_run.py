"""What every phase of an answer has in common: its two events, and how it takes what a call writes."""

from collections.abc import Callable, Coroutine
from typing import Any

from llmfirst.engine.phase_reader import PhaseReader
from llmfirst.engine.run_state import RunState
from llmfirst.errors import DeadlineExceeded, Halted, ProviderError
from llmfirst.events import Ending, Phase, PhaseFinished, PhaseStarted


async def run_phase(run: RunState, phase: Phase, write: Callable[[], Coroutine[Any, Any, Ending]]) -> None:
    """Have a phase written between its two events; an error that ends the answer is raised after the second."""
    instruction = run.instructions.get(phase)
    await run.emit(PhaseStarted(elapsed_seconds=run.elapsed(), phase=phase, instruction=instruction))
    if run.deadline().passed() and not run.has_ended_itself:
        raise DeadlineExceeded("The time for this answer is over.")
    error: Halted | DeadlineExceeded | ProviderError | None = None
    ending: Ending
    try:
        ending = await write()
    except Halted as halted:
        ending, error = "stopped", halted
    except DeadlineExceeded as exceeded:
        ending, error = "deadline", exceeded
    except ProviderError as failure:
        ending, error = "failed", failure
    run.endings[phase] = ending
    await run.emit(PhaseFinished(elapsed_seconds=run.elapsed(), phase=phase, ending=ending))
    if error is not None:
        raise error


async def read_call(run: RunState, reader: PhaseReader) -> ProviderError | None:
    """Read from the open call until the phase or the call is over, and return what broke the call.

    The call is closed and recorded, unless the next section goes on with it.
    """
    call = reader.call
    failure: ProviderError | None = None
    try:
        await reader.read()
    except ProviderError as error:
        failure = error
        call.error = str(error)
    except (Halted, DeadlineExceeded):
        await run.seal()
        raise
    if not reader.is_handed_on:
        run.learn_reading(call)
        await run.seal()
    return failure
