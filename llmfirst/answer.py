"""Answer: the state of a run after its events so far, and the figures computed from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType
from typing import Final, Literal, assert_never, get_args

from pydantic import Field

from llmfirst.events import (
    PHASES,
    SECTIONS,
    Admitted,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    CallFinished,
    Ending,
    Outcome,
    Phase,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    ProfileName,
    QuestionSubmitted,
    ReviewAdded,
    ReviewEnding,
    ReviewFinished,
    ReviewJudged,
    ReviewStarted,
    SelfJudged,
    SelfQuestion,
    SelfUnjudged,
    SelfUnjudgedCause,
    ShareSource,
    State,
    StateChanged,
    StopAsked,
    TextAdded,
    ThinkNote,
    ThoughtAdded,
)
from llmfirst.ledger import Call
from llmfirst.model_options import OptionName
from llmfirst.values import Value

_BY_TIME: Final[frozenset[Ending]] = frozenset({"timed", "cut", "skipped", "deadline"})
_LOST: Final[frozenset[Ending]] = _BY_TIME | {"length", "failed"}


@dataclass(frozen=True)
class PhaseText:
    """The text of one phase. Times are in seconds since submit."""

    started_seconds: float
    text: str = ""
    first_text_seconds: float | None = None
    ended_seconds: float | None = None
    ending: Ending | None = None
    instruction: str | None = None
    thought: str = ""
    """What the model thought before it wrote the text; no part of it."""
    first_thought_seconds: float | None = None
    thought_seconds: float = 0.0
    """How long it thought; while the state is `thinking`, the time since then is not in it yet."""

    @property
    def is_lacking(self) -> bool:
        """Whether the phase has no text although the model had not ended its answer in an earlier phase."""
        return self.ending != "ended" and not self.text.strip()

    @property
    def is_left_empty(self) -> bool:
        """Whether the model was asked for the phase and wrote nothing."""
        return self.is_lacking and self.ending in ("stop", "repeated", "length")


@dataclass(frozen=True)
class ReviewText:
    """The model's review of its own answer. Times are in seconds since submit."""

    started_seconds: float | None = None
    """None if the review was left out."""

    text: str = ""
    judged: ReviewJudged | None = None
    supplement: str = ""
    """What was added to the conclusion after the review."""

    ended_seconds: float | None = None
    ending: ReviewEnding | None = None
    supplement_ending: Ending | None = None

    @property
    def seconds(self) -> float | None:
        """The duration of the review and its supplement."""
        if self.started_seconds is None or self.ended_seconds is None:
            return None
        return self.ended_seconds - self.started_seconds


class SelfVerdict(Value):
    """The model's verdict on its own answer: an opinion, and no measurement of quality."""

    yes: dict[SelfQuestion, float] = Field(default_factory=dict)
    """The share of yes, 0 to 1, for each question with a verdict."""

    by: ShareSource | None = None
    """How the shares were read; None without any."""

    left_out: dict[SelfQuestion, SelfUnjudgedCause] = Field(default_factory=dict)
    """Why there is no verdict on the other questions."""


class Metrics(Value):
    """The figures of one answer. Times are in seconds on a monotonic clock; None where nothing was measured."""

    ttft: float | None
    """From admission to the first text that a reader sees, including the strategy; thinking is no such text."""

    core_ttft: float | None
    """From admission to the first text of the core."""

    total_time: float | None
    """From admission to the end."""

    waited: float | None
    """From submit to admission."""

    cold: bool | None
    """Whether the model had to be loaded first."""

    loading: float | None
    """How much of `waited` went into loading the model."""

    since_submit: float | None
    """From submit to the end."""

    tokens: int | None
    """The generated tokens of all calls, thinking included; pieces are counted where a service does not tell."""

    tokens_per_second: float | None
    """The decoding speed: sum of (tokens - 1) / sum of (last token - first token), over all calls.

    Each token counts once, and its time too: those of thinking take as long as those of text.
    """

    phases: dict[Phase, float]
    """The duration of each phase that ended; phases left out because the model had ended its answer are not in it."""

    stopped_after: float | None
    """From Stop to the end."""

    outcome: Outcome | None
    ledger_head: str | None
    """The SHA-256 of the last call in the ledger."""

    profile: ProfileName | None = None
    """How the model was prompted; None in runs stored before profiles existed."""

    review: float | None = None
    """The duration of the review and its supplement; part of `total_time`."""

    self_verdict: SelfVerdict | None = None
    """None if the model was not to give one."""

    self_verdict_seconds: float | None = None
    """What the calls for it took; part of `total_time`."""

    any_ttft: float | None = None
    """From admission to the first token of any kind, thinking included; `ttft` where the model does not think."""

    thought_seconds: float | None = None
    """How long the model thought in all phases; None where it did not."""

    energy_joules: float | None = None
    """What the machine used from admission on; None where it counts no energy, or other answers shared it."""


@dataclass(frozen=True)
class Answer:
    """The state of a run after some of its events; immutable. Times are in seconds since submit."""

    submitted: QuestionSubmitted | None = None
    state: State | None = None
    state_since_seconds: float = 0.0
    ahead: int | None = None
    """How many questions are ahead of this one in the line."""

    expected_seconds: float | None = None
    """The expected wait in the line."""

    admitted: Admitted | None = None
    phases: Mapping[Phase, PhaseText] = field(default_factory=lambda: MappingProxyType({}))
    calls: tuple[Call, ...] = ()
    resumed: tuple[PhaseResumed, ...] = ()
    self_verdict: SelfVerdict | None = None
    review: ReviewText | None = None
    stop_asked_seconds: float | None = None
    end: AnswerFinished | AnswerFailed | None = None

    @property
    def think_note(self) -> ThinkNote | None:
        """Why the model does not think as it was asked to; None if it does, or if nobody asked."""
        if self.submitted is None or self.admitted is None:
            return None
        asked, told = self.submitted.think, self.admitted.think
        if asked in ("auto", told):
            return None
        if asked == "off":
            has_thought = any(part.thought for part in self.phases.values())
            return "cannot_be_silenced" if told is not None or has_thought else None
        return "cannot_think" if told is None else "other_word"

    @property
    def ignored(self) -> tuple[OptionName, ...]:
        """The options of the model that were set, and that its service cannot be told or has refused."""
        if self.submitted is None:
            return ()
        asked = self.submitted.settings.options_set
        asked |= frozenset() if self.submitted.options is None else self.submitted.options.changed()
        refused = {part for call in self.calls for part in call.left_out}
        untold = () if self.admitted is None else self.admitted.ignored
        return tuple(name for name in get_args(OptionName) if name in untold or (name in asked and name in refused))

    def after(self, event: AnswerEvent) -> "Answer":
        """Return the state after one more event."""
        match event:
            case QuestionSubmitted():
                return replace(self, submitted=event)
            case StateChanged(state=state, ahead=ahead, expected_seconds=expected, elapsed_seconds=seconds):
                since = self.state_since_seconds if state == self.state else seconds
                known = self if state == self.state else self._thought_until(seconds)
                return replace(known, state=state, ahead=ahead, expected_seconds=expected, state_since_seconds=since)
            case Admitted():
                return replace(self, admitted=event)
            case PhaseStarted(phase=phase, elapsed_seconds=seconds, instruction=instruction):
                return self._with(phase, PhaseText(started_seconds=seconds, instruction=instruction))
            case TextAdded(phase=phase, text=text, elapsed_seconds=seconds):
                before = self.phases[phase]
                first = seconds if before.first_text_seconds is None else before.first_text_seconds
                added = self._with(phase, replace(before, text=before.text + text, first_text_seconds=first))
                if self.review is None or self.review.ending is not None:
                    return added
                return replace(added, review=replace(self.review, supplement=self.review.supplement + text))
            case ThoughtAdded(phase=phase, text=text, elapsed_seconds=seconds):
                part = self.phases[phase]
                began = seconds if part.first_thought_seconds is None else part.first_thought_seconds
                return self._with(phase, replace(part, thought=part.thought + text, first_thought_seconds=began))
            case SelfJudged(question=question, yes=yes, by=by):
                verdict = self.self_verdict or SelfVerdict()
                changes = {"yes": {**verdict.yes, question: yes}, "by": by}
                return replace(self, self_verdict=verdict.model_copy(update=changes))
            case SelfUnjudged(question=question, cause=cause):
                verdict = self.self_verdict or SelfVerdict()
                left_out = {**verdict.left_out, question: cause}
                return replace(self, self_verdict=verdict.model_copy(update={"left_out": left_out}))
            case ReviewStarted(elapsed_seconds=seconds):
                return replace(self, review=ReviewText(started_seconds=seconds))
            case ReviewAdded(text=text):
                review = self.review or ReviewText()
                return replace(self, review=replace(review, text=review.text + text))
            case ReviewJudged():
                return replace(self, review=replace(self.review or ReviewText(), judged=event))
            case ReviewFinished(elapsed_seconds=seconds, ending=how, supplement=added_how):
                review = replace(self.review or ReviewText(), ended_seconds=seconds, ending=how)
                return replace(self, review=replace(review, supplement_ending=added_how))
            case CallFinished(call=call):
                return replace(self, calls=(*self.calls, call))
            case PhaseFinished(phase=phase, ending=ending, elapsed_seconds=seconds):
                ended = self._thought_until(seconds)
                return ended._with(phase, replace(ended.phases[phase], ended_seconds=seconds, ending=ending))
            case PhaseResumed():
                return replace(self, resumed=(*self.resumed, event))
            case StopAsked(elapsed_seconds=seconds):
                return replace(self, stop_asked_seconds=seconds)
            case AnswerFinished() | AnswerFailed():
                return replace(self, end=event)
            case _:
                assert_never(event)

    def after_all(self, events: Iterable[AnswerEvent]) -> "Answer":
        """Return the state after more events, in a time that grows with their number, however long the texts are."""
        answer = self
        for event in _joined(events):
            answer = answer.after(event)
        return answer

    def text(self, phase: Phase) -> str:
        """Return the text of a phase so far; empty before the phase begins."""
        return self.phases[phase].text if phase in self.phases else ""

    @property
    def first_token_seconds(self) -> float | None:
        """When the first token of any kind came, thinking included."""
        return min(
            (
                seconds
                for part in self.phases.values()
                for seconds in (part.first_thought_seconds, part.first_text_seconds)
                if seconds is not None
            ),
            default=None,
        )

    def thought(self, phase: Phase) -> str:
        """Return what the model thought in a phase so far; empty before the phase begins."""
        return self.phases[phase].thought if phase in self.phases else ""

    def thought_seconds(self, phase: Phase, now_seconds: float) -> float:
        """Return how long the model has thought in a phase up to now."""
        now = self._thought_until(now_seconds)
        return now.phases[phase].thought_seconds if phase in now.phases else 0.0

    @property
    def admitted_seconds(self) -> float | None:
        return None if self.admitted is None else self.admitted.elapsed_seconds

    @property
    def has_text(self) -> bool:
        return any(part.text for part in self.phases.values())

    @property
    def is_shortened(self) -> bool:
        """Whether time cut a section short or left one out, or any limit cut the last section or the supplement."""
        return bool(self.shortened)

    @property
    def shortened(self) -> Mapping[Phase, Ending]:
        """The sections that are shorter than the model would have made them, each with what ended it.

        A section is not cut short if the same call continued into the next one.
        """
        parts = {phase: self.phases[phase] for phase in SECTIONS if phase in self.phases}
        lost: dict[Phase, Ending] = {}
        for phase, part in parts.items():
            is_last = phase == [*parts][-1]
            if part.ending in _BY_TIME and (is_last or not self._continues(part)):
                lost[phase] = part.ending
            elif part.ending == "length" and is_last:
                lost[phase] = "length"
        supplement = None if self.review is None or not self.review.supplement else self.review.supplement_ending
        return {**lost, "conclusion": supplement} if supplement is not None and supplement in _LOST else lost

    def _continues(self, part: PhaseText) -> bool:
        """Return whether the call that wrote this section went on writing after its end."""
        end = part.ended_seconds
        return end is not None and any(
            call.started_seconds < end < (call.last_text_seconds or end) for call in self.calls
        )

    def metrics(self) -> Metrics:
        """Return the figures so far."""
        firsts = {name: part.first_text_seconds for name, part in self.phases.items()}
        first = min((seconds for seconds in firsts.values() if seconds is not None), default=None)
        end = None if self.end is None else self.end.elapsed_seconds
        thoughts = [part.thought_seconds for part in self.phases.values() if part.thought]
        counts = [call.tokens for call in self.calls if call.tokens is not None]
        return Metrics(
            ttft=self._admitted_to(first),
            core_ttft=self._admitted_to(firsts.get("core")),
            total_time=self._admitted_to(end),
            waited=_rounded(self.admitted_seconds),
            cold=None if self.admitted is None else self.admitted.was_cold,
            loading=None if self.admitted is None else _rounded(self.admitted.loading_seconds),
            since_submit=_rounded(end),
            tokens=sum(counts) if counts else None,
            tokens_per_second=_decode_rate(self.calls),
            phases={
                phase: round(part.ended_seconds - part.started_seconds, 3)
                for phase in PHASES
                if (part := self.phases.get(phase)) is not None
                and part.ended_seconds is not None
                and part.ending != "ended"
            },
            stopped_after=None
            if end is None or self.stop_asked_seconds is None
            else _rounded(end - self.stop_asked_seconds),
            outcome=self.end.outcome if isinstance(self.end, AnswerFinished) else None,
            ledger_head=self.calls[-1].sha256 if self.calls else None,
            profile=None if self.submitted is None else self.submitted.profile,
            review=None if self.review is None else _rounded(self.review.seconds),
            self_verdict=self.self_verdict,
            self_verdict_seconds=_seconds_of("self_verdict", self.calls),
            any_ttft=self._admitted_to(self.first_token_seconds),
            thought_seconds=_rounded(sum(thoughts)) if thoughts else None,
            energy_joules=self.end.energy_joules if isinstance(self.end, AnswerFinished) else None,
        )

    def _thought_until(self, seconds: float) -> "Answer":
        """Return the state with the thinking up to now in the times of its phase."""
        phase = next((phase for phase in reversed(PHASES) if phase in self.phases), None)
        if self.state != "thinking" or phase is None or self.phases[phase].ended_seconds is not None:
            return self
        part = self.phases[phase]
        thought = max(0.0, seconds - max(self.state_since_seconds, part.started_seconds))
        return self._with(phase, replace(part, thought_seconds=part.thought_seconds + thought))

    def _with(self, phase: Phase, part: PhaseText) -> "Answer":
        return replace(self, phases=MappingProxyType({**self.phases, phase: part}))

    def _admitted_to(self, seconds: float | None) -> float | None:
        if seconds is None or self.admitted_seconds is None:
            return None
        return _rounded(seconds - self.admitted_seconds)


def fold(events: Iterable[AnswerEvent]) -> Answer:
    """Return the answer after these events."""
    return Answer().after_all(events)


def _joined(events: Iterable[AnswerEvent]) -> Iterator[AnswerEvent]:
    """Yield the events with the pieces of a text that follow each other as one event, with the time of the first."""
    for place, group in groupby(events, _written_in):
        if place is None:
            yield from group
        else:
            pieces = [event for event in group if isinstance(event, TextAdded | ThoughtAdded | ReviewAdded)]
            yield pieces[0].model_copy(update={"text": "".join(piece.text for piece in pieces)})


def _written_in(event: AnswerEvent) -> tuple[Literal["text", "thought", "review"], Phase | None] | None:
    """Return where an event adds text, or None."""
    match event:
        case TextAdded(phase=phase):
            return "text", phase
        case ThoughtAdded(phase=phase):
            return "thought", phase
        case ReviewAdded():
            return "review", None
        case _:
            return None


def _decode_rate(calls: Iterable[Call]) -> float | None:
    steps, seconds = 0, 0.0
    for call in calls:
        if call.tokens is not None and call.first_token_seconds is not None and call.last_token_seconds is not None:
            steps += max(0, call.tokens - 1)
            seconds += call.last_token_seconds - call.first_token_seconds
    return round(steps / seconds, 2) if seconds > 0 else None


def _seconds_of(purpose: str, calls: Iterable[Call]) -> float | None:
    """Return what the calls for a purpose took together; None without any."""
    taken = [call.ended_seconds - call.started_seconds for call in calls if call.purpose == purpose]
    return round(sum(taken), 3) if taken else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
