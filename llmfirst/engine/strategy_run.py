"""Writes the strategy: the model's own plan, in one call that is never repeated."""

from collections.abc import Mapping
from typing import Final

from llmfirst.engine.landing import ends_whole
from llmfirst.engine.phase_reader import PhaseReader
from llmfirst.engine.phase_run import read_call
from llmfirst.engine.plan import instructions_in
from llmfirst.engine.profiles import Sections
from llmfirst.engine.prompts import Plan, strategy_messages
from llmfirst.engine.run_state import RunState
from llmfirst.events import Ending

_PLANS: Final[Mapping[Sections, Plan]] = {"grown": "sentence", "asked": "brief", "instructed": "sections"}


class StrategyRun:
    """Writes the strategy. If it fails, the answer goes on without it."""

    def __init__(self, run: RunState) -> None:
        self._run = run
        self._plan = _PLANS[run.chosen.profile.sections]
        self._messages = strategy_messages(run.request.question, self._plan)

    async def write(self) -> Ending:
        """Write the plan and, if the profile uses it, store its instruction for each section; return why it ended."""
        run = self._run
        ending = await self._call() if self._has_time() else "skipped"
        run.usual_token_seconds = run.usual_token_seconds or run.pace.rates.token_seconds
        if self._plan == "sections":
            run.instructions = instructions_in(run.text_of("strategy"))
        return ending

    def _has_time(self) -> bool:
        characters = self._run.characters_in(self._messages)
        return self._run.pace.has_time_for("strategy", self._run.at(), has_text=False, prompt_characters=characters)

    async def _call(self) -> Ending:
        run = self._run
        run.pace = run.pace.after_phase("strategy", run.at())
        budget = run.pace.budget(run.at())
        call = run.open_call("strategy", self._messages, budget.max_tokens)
        run.pace = run.pace.after_call(run.at(), budget, is_continued=False)
        await run.tell_state("waiting_for_text")
        reader = PhaseReader(run, "strategy", call)
        if await read_call(run, reader) is not None:
            return "failed"
        if reader.ending is not None:
            return reader.ending
        if call.finish_reason == "stop":
            return "stop"
        return "landed" if ends_whole(run.end_of("strategy")) else "length"
