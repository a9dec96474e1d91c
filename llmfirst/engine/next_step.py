"""What a section does after a call of it: a pure function of what was seen."""

from dataclasses import dataclass
from typing import Literal

from llmfirst.engine.landing import ends_whole
from llmfirst.errors import ModelMissing, PrefillRefused, ProviderError, ProviderRejected
from llmfirst.events import Ending, Trouble
from llmfirst.providers.base import FinishReason

# Why another call is made: the window refused one for all sections; the service continues no message; the reply of the
# section before has ended and this section begins a new one; the token limit cut a sentence.
CallReason = Literal["window_is_small", "prefill_is_refused", "reply_of_section_before", "sentence_is_cut"]


@dataclass(frozen=True)
class CallResult:
    """What is known when a call of a section is over."""

    text: str
    """What the section shows, of this call and of earlier ones."""
    ending: Ending | None = None
    """Why the section was ended while the call went on; None when the call itself is over or silent."""
    finish_reason: FinishReason | None = None
    """How the model ended the call; None when it did not."""
    failure: ProviderError | None = None
    """What broke the call."""
    is_stalled: bool = False
    """Whether the call was given up because it was silent for too long."""
    is_of_section_before: bool = False
    """Whether the section before handed the call on, and nothing of it is text of this section."""
    is_refusable: bool = False
    """Whether the call asked for all sections at once and nothing came: a small window may refuse just that."""
    is_one_reply: bool = False
    """Whether the sections are one reply of the model, of which something is shown."""
    is_extended: bool = False
    """Whether the call only had to finish the sentence that a call before it had begun."""
    can_continue: bool = True
    """Whether the service can go on with a message."""
    may_retry: bool = True
    """Whether the section may still be tried again, and has the time for it."""

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip())


@dataclass(frozen=True)
class Setback:
    """A call that came to nothing: of which kind, and in words for the page."""

    kind: Trouble
    detail: str


@dataclass(frozen=True)
class Finish:
    """The section is over."""

    ending: Ending
    ends_answer: bool = False
    """Whether the model has said all it had to say, so that no later section is asked for."""
    setback: Setback | None = None
    """What happened, where the section could only go on beside the text that it shows."""


@dataclass(frozen=True)
class CallAgain:
    """The section goes on with another call, and nothing went wrong."""

    because: CallReason


@dataclass(frozen=True)
class TryAgain:
    """The call came to nothing; the section goes on once more, after the text that is shown."""

    setback: Setback


@dataclass(frozen=True)
class GiveUp:
    """The answer ends with this error."""

    error: ProviderError


NextStep = Finish | CallAgain | TryAgain | GiveUp


def next_step(call: CallResult) -> NextStep:
    """Decide whether the section is over, goes on with another call, is tried again, or ends the answer."""
    if call.failure is not None:
        return _after_failure(call, call.failure)
    if call.ending is not None:
        if call.ending == "repeated" and not call.has_text and call.may_retry:
            return _try_again(call, Setback("empty", "The model only repeated what is there already."))
        return Finish(call.ending)
    if call.finish_reason == "stop" and call.is_one_reply:
        return Finish("stop" if call.has_text else "ended", ends_answer=True)
    if call.finish_reason is not None and call.is_of_section_before:
        return CallAgain("reply_of_section_before")
    if call.is_stalled:
        return _try_again(call, Setback("silent", "The model fell silent."))
    if call.finish_reason == "stop":
        if call.has_text or not call.may_retry:
            return Finish("stop")
        return _try_again(call, Setback("empty", "The model wrote nothing."))
    is_whole = ends_whole(call.text)
    if call.text and not is_whole and call.can_continue and not call.is_extended:
        return CallAgain("sentence_is_cut")
    return Finish("landed" if is_whole else "length")


def _after_failure(call: CallResult, failure: ProviderError) -> NextStep:
    if isinstance(failure, PrefillRefused):  # it could write the end of a sentence only beside its beginning
        return Finish("length") if call.is_extended else CallAgain("prefill_is_refused")
    is_refused = isinstance(failure, ProviderRejected)
    if is_refused and call.is_refusable and not isinstance(failure, ModelMissing):
        return CallAgain("window_is_small")
    if is_refused or not call.may_retry:
        return GiveUp(failure)
    return _try_again(call, Setback("broken", str(failure)))


def _try_again(call: CallResult, setback: Setback) -> Finish | TryAgain:
    """Go on after what is shown, unless that is whole and the service could only write something else beside it."""
    if call.text and not call.can_continue and ends_whole(call.text):
        return Finish("failed", setback=setback)
    return TryAgain(setback)
