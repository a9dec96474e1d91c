"""The parts that all phases share: their first and last events, and reading a call."""

from collections.abc import Callable, Coroutine
from typing import Any

from llmfirst.engine.phase_reader import PhaseReader
from llmfirst.engine.run_state import RunState
from llmfirst.errors import DeadlineExceeded, Halted, ProviderError
from llmfirst.events import Ending, Phase, PhaseFinished, PhaseStarted


async def run_phase(run: RunState, phase: Phase, write: Callable[[], Coroutine[Any, Any, Ending]]) -> None:
    """Write a phase between PhaseStarted and PhaseFinished; then raise the error that ends the answer, if any."""
    instruction = run.instructions.get(phase)
    await run.emit(PhaseStarted(elapsed_seconds=run.elapsed(), phase=phase, instruction=instruction))
    if run.deadline().passed():
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
    """Read the open call until the phase or the call ends; return the ProviderError that ended the call, if any.

    The call is closed and recorded, unless it is handed on to the next section.
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
