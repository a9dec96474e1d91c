"""Writes one section of an answer, from the call that the section before handed on or from calls of its own."""

import asyncio
from dataclasses import replace
from typing import Final, assert_never

from llmfirst.engine.call import OpenCall
from llmfirst.engine.deadline import within
from llmfirst.engine.landing import ends_whole
from llmfirst.engine.lengths import sentences
from llmfirst.engine.next_step import CallAgain, CallReason, CallResult, Finish, GiveUp, Setback, TryAgain, next_step
from llmfirst.engine.pace import CONTINUED_TOKENS, Budget
from llmfirst.engine.phase_reader import PhaseReader
from llmfirst.engine.phase_run import read_call
from llmfirst.engine.run_state import Asked, RunState
from llmfirst.engine.section_prompt import section_messages
from llmfirst.errors import ProviderError, ProviderRejected
from llmfirst.events import SECTIONS, Ending, Phase, PhaseResumed

_RETRY_SECONDS: Final = 1.0
_MOST_ASKED_ANEW: Final = 3  # times that a section without text is asked for again; a model draws other words each time
_PATIENCE: Final = 1 / 6  # of the deadline: how long to wait for a service that has gone away


class SectionRun:
    """Writes one section and updates the run's pace."""

    def __init__(self, run: RunState, section: Phase) -> None:
        self._run = run
        self._section = section
        self._has_taken_over = False
        """Whether the current call was handed on by the section before."""
        self._asked_anew = 0
        """How often the model wrote nothing new and was asked again."""
        self._is_silenced = False
        """Whether the model has thought enough in this section."""
        self._is_extended = False
        """Whether the call only has to finish a sentence that the token limit cut."""

    async def write(self) -> Ending:
        """Write the section and append it to the growing reply; return why it ended."""
        run = self._run
        if run.is_growing and self._section not in run.reply_sections:
            run.end_reply()
        if not self._has_time():
            return "skipped"
        self._has_taken_over = run.call is not None
        self._begin()
        while True:
            call = run.call or await self._open_call()
            reader = PhaseReader(run, self._section, call, earlier=run.carried + self._text)
            failure = await read_call(run, reader)
            if reader.is_handed_on and reader.ending is not None:
                run.carried += self._text
                return reader.ending
            match next_step(self._result(reader, failure)):
                case Finish() as finish:
                    return await self._finish(finish)
                case CallAgain(because):
                    self._call_again(because)
                case TryAgain(setback):
                    await self._try_again(setback, failure)
                case GiveUp(error):
                    raise error
                case never:
                    assert_never(never)

    def _has_time(self) -> bool:
        run = self._run
        return run.pace.has_time_for(
            self._section,
            run.at(),
            has_text=bool(run.carried),
            prompt_characters=run.characters_in(section_messages(run, self._section)),
            is_writing=run.call is not None,
        )

    def _begin(self) -> None:
        run = self._run
        if self._section == "core":
            run.set_lengths()
        if run.call is None:
            run.pace = run.pace.after_phase(self._section, run.at())
        else:
            run.pace = run.pace.after_handover(self._section, run.at(), run.call.tokens_left)

    async def _open_call(self) -> OpenCall:
        run = self._run
        budget = run.pace.budget(run.at())
        if self._is_extended:
            through = budget.through_tokens + CONTINUED_TOKENS
            budget = replace(budget, max_tokens=CONTINUED_TOKENS, through_tokens=through)
        max_tokens = budget.max_tokens if run.is_call_per_section else budget.through_tokens
        messages = section_messages(
            run, self._section, sentences=self._sentences(budget), is_asked_anew=self._asked_anew % 2 == 1
        )
        call = run.open_call(self._section, messages, max_tokens, is_silenced=self._is_silenced)
        if not self._text and messages[-1].role == "user":
            run.asks[self._section] = Asked(messages[-1].content, len(run.carried))
        is_continued = call.request.continue_last or (bool(run.carried) and not run.is_growing)
        run.pace = run.pace.after_call(run.at(), budget, is_continued=is_continued)
        await run.tell_state("waiting_for_text")
        return call

    def _sentences(self, budget: Budget) -> int | None:
        """Return the length to ask for; None if there is time for the length that the words of the ask have."""
        usual = sentences(self._run.worded_lengths[self._section].usual)
        return budget.sentences if self._run.is_instructed or budget.sentences < usual else None

    def _result(self, reader: PhaseReader, failure: ProviderError | None) -> CallResult:
        run, call = self._run, reader.call
        is_of_section_before = self._has_taken_over and not self._text.strip()
        self._has_taken_over = False
        if is_of_section_before:  # the next call starts a new block
            run.carried = f"{run.carried.rstrip()}\n\n"
        is_wide = call.text_tokens > run.pace.lengths[self._section].most
        return CallResult(
            text=self._text,
            end=run.end_of(self._section),
            ending=reader.ending,
            finish_reason=call.finish_reason,
            failure=failure,
            is_stalled=reader.is_stalled,
            is_thought_over=reader.is_thought_over or (call.has_only_thought and run.may_silence(call.request)),
            is_of_section_before=is_of_section_before,
            is_refusable=is_wide and call.first_token_seconds is None,
            is_one_reply=run.is_growing and any(run.text_of(section).strip() for section in SECTIONS),
            is_extended=self._is_extended,
            can_continue=run.can_continue,
            may_retry=run.pace.may_retry(run.at()),
            may_ask_anew=self._asked_anew < _MOST_ASKED_ANEW and run.pace.has_time_to_wait(run.at(), 0.0),
        )

    async def _finish(self, finish: Finish) -> Ending:
        run, text = self._run, self._text
        if finish.ends_reply:
            run.end_reply()
        if finish.setback is not None:
            await self._tell(finish.setback)
        if text:  # after a whole section, the next one starts a new block
            is_whole = finish.ending in ("stop", "landed", "timed", "repeated") or ends_whole(run.end_of(self._section))
            run.carried += f"{text.rstrip()}\n\n" if is_whole else text
        return finish.ending

    def _call_again(self, because: CallReason) -> None:
        match because:
            case "window_is_small":
                self._run.is_window_small = True
            case "prefill_is_refused":  # the model's capabilities have changed accordingly
                self._run.set_lengths()
            case "reply_of_section_before":
                self._begin()
            case "reply_is_over":
                self._run.end_reply()
                self._begin()
            case "sentence_is_cut":
                self._is_extended = True
            case "thought_is_over":
                self._is_silenced = True
            case never:
                assert_never(never)

    async def _try_again(self, setback: Setback, failure: ProviderError | None) -> None:
        """Emit the setback and, after a failure, wait until the model is available again."""
        run = self._run
        await self._tell(setback)
        if setback.kind == "empty":
            self._asked_anew += 1
        else:
            run.pace = run.pace.after_trouble()
        await run.tell_state("recovering")
        if failure is not None:
            await self._wait_for_service()

    async def _tell(self, setback: Setback) -> None:
        await self._run.emit(
            PhaseResumed(
                elapsed_seconds=self._run.elapsed(), phase=self._section, trouble=setback.kind, detail=setback.detail
            )
        )

    async def _wait_for_service(self) -> None:
        """Load the model again, once a second until it works. Raises ProviderError when patience or time runs out."""
        run = self._run
        patience = run.at() + run.deadline_seconds * _PATIENCE
        while True:
            try:
                await within(run.deadline(), run.request.halt, run.handle.warm())
            except ProviderError as error:
                is_in_vain = isinstance(error, ProviderRejected) or run.at() + _RETRY_SECONDS > patience
                if is_in_vain or not run.pace.has_time_to_wait(run.at(), _RETRY_SECONDS):
                    raise
                await within(run.deadline(), run.request.halt, asyncio.sleep(_RETRY_SECONDS))
            else:
                return

    @property
    def _text(self) -> str:
        return self._run.text_of(self._section)
