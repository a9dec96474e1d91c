"""Answer: the fold of its events, and the figures that are read from it. Everything that shows a run uses this."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, assert_never

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
    State,
    StateChanged,
    StopAsked,
    TextAdded,
)
from llmfirst.ledger import Call
from llmfirst.values import Value

_BY_TIME: Final[frozenset[Ending]] = frozenset({"timed", "cut", "skipped", "deadline"})
_LOST: Final[frozenset[Ending]] = _BY_TIME | {"length", "failed"}


@dataclass(frozen=True)
class PhaseText:
    """What one phase wrote, and when; seconds since submit."""

    started_seconds: float
    text: str = ""
    first_text_seconds: float | None = None
    ended_seconds: float | None = None
    ending: Ending | None = None
    instruction: str | None = None

    @property
    def is_lacking(self) -> bool:
        """Whether it has no text although the model had not ended its answer before."""
        return self.ending != "ended" and not self.text.strip()


@dataclass(frozen=True)
class ReviewText:
    """What the model said of its own answer, and when; seconds since submit, None where it was left out."""

    started_seconds: float | None = None
    text: str = ""
    judged: ReviewJudged | None = None
    supplement: str = ""
    ended_seconds: float | None = None
    ending: ReviewEnding | None = None
    supplement_ending: Ending | None = None

    @property
    def seconds(self) -> float | None:
        """Return what it cost in time, the supplement with it."""
        if self.started_seconds is None or self.ended_seconds is None:
            return None
        return self.ended_seconds - self.started_seconds


class Metrics(Value):
    """The figures of one answer, in seconds on a monotonic clock; None where nothing was measured.

    `ttft`: admission to the first text of the model, strategy included. `core_ttft`: admission to the first text
    of the core. `total_time`: admission to the end. `waited`: submit to admission. `since_submit`: submit to the
    end. `tokens_per_second`: decoding only, sum of (tokens - 1) over sum of (last text - first text) of the calls
    whose service counted tokens. `phases`: start to end of each phase that ended, but not
    of one before which the model had ended its answer. `stopped_after`: Stop to the end.
    `review`: from the end of the sections to the end of the review and its supplement, and part of `total_time`.
    `profile`: how the model was asked; None in runs from before there were profiles.
    """

    ttft: float | None
    core_ttft: float | None
    total_time: float | None
    waited: float | None
    cold: bool | None
    loading: float | None
    since_submit: float | None
    tokens: int | None
    tokens_per_second: float | None
    phases: dict[Phase, float]
    stopped_after: float | None
    outcome: Outcome | None
    ledger_head: str | None
    profile: ProfileName | None = None
    review: float | None = None


@dataclass(frozen=True)
class Answer:
    """Everything that is known of a run after some of its events."""

    submitted: QuestionSubmitted | None = None
    state: State | None = None
    state_since_seconds: float = 0.0
    ahead: int | None = None
    expected_seconds: float | None = None
    admitted: Admitted | None = None
    phases: Mapping[Phase, PhaseText] = field(default_factory=lambda: MappingProxyType({}))
    calls: tuple[Call, ...] = ()
    resumed: tuple[PhaseResumed, ...] = ()
    review: ReviewText | None = None
    stop_asked_seconds: float | None = None
    end: AnswerFinished | AnswerFailed | None = None

    def after(self, event: AnswerEvent) -> "Answer":
        """Return the answer as it is once this event has happened."""
        match event:
            case QuestionSubmitted():
                return replace(self, submitted=event)
            case StateChanged(state=state, ahead=ahead, expected_seconds=expected, elapsed_seconds=seconds):
                since = self.state_since_seconds if state == self.state else seconds
                return replace(self, state=state, ahead=ahead, expected_seconds=expected, state_since_seconds=since)
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
                return self._with(phase, replace(self.phases[phase], ended_seconds=seconds, ending=ending))
            case PhaseResumed():
                return replace(self, resumed=(*self.resumed, event))
            case StopAsked(elapsed_seconds=seconds):
                return replace(self, stop_asked_seconds=seconds)
            case AnswerFinished() | AnswerFailed():
                return replace(self, end=event)
            case _:
                assert_never(event)

    def text(self, phase: Phase) -> str:
        """Return what the model wrote in a phase so far."""
        return self.phases[phase].text if phase in self.phases else ""

    @property
    def admitted_seconds(self) -> float | None:
        return None if self.admitted is None else self.admitted.elapsed_seconds

    @property
    def has_text(self) -> bool:
        return any(part.text for part in self.phases.values())

    @property
    def is_shortened(self) -> bool:
        """Whether time ended a section or left one out, or the last one was cut at all.

        A section whose model wrote on in the next one, in the same call, lost nothing. So too for a supplement.
        """
        if self.review is not None and self.review.supplement and self.review.supplement_ending in _LOST:
            return True
        parts = [self.phases[phase] for phase in SECTIONS if phase in self.phases]
        lost = [part for part in parts if part.ending in _BY_TIME and (part is parts[-1] or not self._goes_on(part))]
        return bool(lost) or [part.ending for part in parts[-1:]] == ["length"]

    def _goes_on(self, part: PhaseText) -> bool:
        end = part.ended_seconds
        return end is not None and any(
            call.started_seconds < end < (call.last_text_seconds or end) for call in self.calls
        )

    def metrics(self) -> Metrics:
        """Return the figures so far."""
        firsts = {name: part.first_text_seconds for name, part in self.phases.items()}
        first = min((seconds for seconds in firsts.values() if seconds is not None), default=None)
        end = None if self.end is None else self.end.elapsed_seconds
        counted = [call for call in self.calls if call.usage is not None]
        tokens = sum(call.usage.completion_tokens for call in counted if call.usage is not None)
        return Metrics(
            ttft=self._admitted_to(first),
            core_ttft=self._admitted_to(firsts.get("core")),
            total_time=self._admitted_to(end),
            waited=_rounded(self.admitted_seconds),
            cold=None if self.admitted is None else self.admitted.was_cold,
            loading=None if self.admitted is None else _rounded(self.admitted.loading_seconds),
            since_submit=_rounded(end),
            tokens=tokens if counted else None,
            tokens_per_second=_decode_rate(counted),
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
        )

    def _with(self, phase: Phase, part: PhaseText) -> "Answer":
        return replace(self, phases=MappingProxyType({**self.phases, phase: part}))

    def _admitted_to(self, seconds: float | None) -> float | None:
        if seconds is None or self.admitted_seconds is None:
            return None
        return _rounded(seconds - self.admitted_seconds)


def fold(events: Iterable[AnswerEvent]) -> Answer:
    """Return the answer that these events make."""
    answer = Answer()
    for event in events:
        answer = answer.after(event)
    return answer


def _decode_rate(calls: Iterable[Call]) -> float | None:
    steps, seconds = 0, 0.0
    for call in calls:
        if call.usage and call.first_text_seconds is not None and call.last_text_seconds is not None:
            steps += max(0, call.usage.completion_tokens - 1)
            seconds += call.last_text_seconds - call.first_text_seconds
    return round(steps / seconds, 2) if seconds > 0 else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
