"""Decides what a section does after one of its calls. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from llmfirst.engine.landing import ends_whole
from llmfirst.errors import ModelMissing, PrefillRefused, ProviderError, ProviderRejected
from llmfirst.events import Ending, Trouble
from llmfirst.providers.base import FinishReason

CallReason = Literal[
    "window_is_small",
    "prefill_is_refused",
    "reply_of_section_before",
    "reply_is_over",
    "sentence_is_cut",
    "thought_is_over",
]
"""Why a section makes another call.

- window_is_small: the context window cannot hold a call for all sections.
- prefill_is_refused: the service does not continue assistant messages.
- reply_of_section_before: the reply that the section took over has ended, so it needs one of its own.
- reply_is_over: the model has ended the growing reply, so the section is asked for by itself.
- sentence_is_cut: the token limit cut a sentence.
- thought_is_over: the model has thought for too long and is told not to.
"""


@dataclass(frozen=True)
class CallResult:
    """The result of a section's call."""

    text: str
    """All text of the section so far, from this call and earlier ones."""
    ending: Ending | None = None
    """Why the section ended before the call did; None if the call itself ended or stalled."""
    finish_reason: FinishReason | None = None
    """How the model ended the call; None if it did not."""
    failure: ProviderError | None = None
    """The error that ended the call; None without one."""
    is_stalled: bool = False
    """Whether the call was given up after a long silence."""
    is_thought_over: bool = False
    """Whether the call was given up because it thought for too long, and the model can be told not to."""
    is_of_section_before: bool = False
    """Whether the call was taken over from the section before and wrote no text for this one."""
    is_refusable: bool = False
    """Whether the call asked for all sections and wrote nothing, so that a small context window may be the cause."""
    is_one_reply: bool = False
    """Whether the sections are one reply of the model, and some of its text is shown."""
    is_extended: bool = False
    """Whether the call only had to finish a sentence that was cut."""
    can_continue: bool = True
    """Whether the service can continue an assistant message."""
    may_retry: bool = True
    """Whether the section has a retry after a failure left, and time for it."""
    may_ask_anew: bool = True
    """Whether a section without text may be asked for once more, and there is time for it."""
    end: str | None = field(default=None, kw_only=True)
    """The end of the text, as far as later text can still change its blocks; None: the whole text."""

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip())

    @property
    def is_whole(self) -> bool:
        """Whether the text ends with a whole sentence or block."""
        return ends_whole(self.text if self.end is None else self.end)


@dataclass(frozen=True)
class Setback:
    """A call that failed: the kind of trouble, and a sentence for the page."""

    kind: Trouble
    detail: str


@dataclass(frozen=True)
class Finish:
    """The section is over."""

    ending: Ending
    ends_reply: bool = False
    """Whether the model has ended the growing reply, so that the later sections are asked for by themselves."""
    setback: Setback | None = None
    """The trouble, if the section ends because it cannot be continued after it."""


@dataclass(frozen=True)
class CallAgain:
    """The section continues with another call without any trouble."""

    because: CallReason


@dataclass(frozen=True)
class TryAgain:
    """The call failed; the section is tried once more and continues after its text."""

    setback: Setback


@dataclass(frozen=True)
class GiveUp:
    """The answer ends with this error."""

    error: ProviderError


NextStep = Finish | CallAgain | TryAgain | GiveUp


def next_step(call: CallResult) -> NextStep:
    """Decide whether the section is finished, needs another call, is tried again, or ends the answer with an error."""
    if call.failure is not None:
        return _after_failure(call, call.failure)
    if call.ending is not None:
        if call.ending == "repeated" and not call.has_text and call.may_ask_anew:
            return _try_again(call, Setback("empty", "The model only repeated what is there already."))
        return Finish(call.ending)
    if call.is_thought_over:
        return CallAgain("thought_is_over")
    if call.finish_reason == "stop" and call.is_one_reply:
        return Finish("stop", ends_reply=True) if call.has_text else CallAgain("reply_is_over")
    if call.finish_reason is not None and call.is_of_section_before:
        return CallAgain("reply_of_section_before")
    if call.is_stalled:
        return _try_again(call, Setback("silent", "The model fell silent."))
    if call.finish_reason == "stop":
        if call.has_text or not call.may_ask_anew:
            return Finish("stop")
        return _try_again(call, Setback("empty", "The model wrote nothing."))
    is_whole = call.is_whole
    if call.text and not is_whole and call.can_continue and not call.is_extended:
        return CallAgain("sentence_is_cut")
    return Finish("landed" if is_whole else "length")


def _after_failure(call: CallResult, failure: ProviderError) -> NextStep:
    if isinstance(failure, PrefillRefused):  # without continuation, the end of a cut sentence cannot be written
        return Finish("length") if call.is_extended else CallAgain("prefill_is_refused")
    is_refused = isinstance(failure, ProviderRejected)
    if is_refused and call.is_refusable and not isinstance(failure, ModelMissing):
        return CallAgain("window_is_small")
    if is_refused or not call.may_retry:
        return GiveUp(failure)
    return _try_again(call, Setback("broken", str(failure)))


def _try_again(call: CallResult, setback: Setback) -> Finish | TryAgain:
    """Try again, unless the text is whole already and the service cannot continue it but only start anew."""
    if call.text and not call.can_continue and call.is_whole:
        return Finish("failed", setback=setback)
    return TryAgain(setback)
