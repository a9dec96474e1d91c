"""Lets the model decide whether an answer must be worked out: one token, before the core.

A small model that states a result first states a wrong one; so such a core works it out and then states it.
"""

from llmfirst.engine.one_token_call import chosen
from llmfirst.engine.prompt_budget import expected_seconds
from llmfirst.engine.prompts import SUM_OR_TEXT, SURELY_SUM, sum_or_text
from llmfirst.engine.run_state import RunState
from llmfirst.engine.windows import WHOLE_SECONDS


async def must_be_worked_out(run: RunState) -> bool:
    """Ask the model, if the profile does and there is time; without an answer, nothing is worked out.

    Raises only Halted.
    """
    limits = run.chosen.profile.working
    if limits is None:
        return False
    seconds = limits.seconds * run.deadline_seconds / WHOLE_SECONDS
    messages = sum_or_text(run.request.question)
    new = len(run.request.question)  # the examples before it are the same for every question
    expected = expected_seconds(run.pace.rates, run.characters_in(messages), new, tokens=1)
    if expected is not None and expected > seconds:
        return False
    until = min(run.pace.end, run.at() + seconds)
    choice = await chosen(run, "working", messages, SUM_OR_TEXT, until=until, state="waiting_for_text")
    return choice.first is not None and choice.first > SURELY_SUM
