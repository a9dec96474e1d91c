"""The controller that keeps the deadline: it decides when a section ends, is cut, is skipped or is tried again.

It is pure: it gets observations and returns decisions. All times are seconds since admission.

It guarantees that no answer ends after its deadline, and that every section ends whole if the model writes at least 2
tokens per second (for a deadline of 120 s; proportionally more for a shorter one). Planning with pessimistic times
follows TimeBill (arXiv 2512.21859), reserving the conclusion's budget first follows Elastic Reasoning (arXiv
2505.05315). See docs/decisions/0006-pace.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal, NamedTuple

from llmfirst.engine.lengths import GROWING, Lengths, sentences
from llmfirst.engine.rates import ENOUGH_GAPS, Rates
from llmfirst.engine.thinking import BRIEF
from llmfirst.engine.windows import PHASE_ENDS, WHOLE_SECONDS, margin
from llmfirst.events import SECTIONS, Phase
from llmfirst.providers.base import ThoughtLimit

Decision = Literal["go_on", "land_block", "land_prose", "land_sentence", "cut"]
LandingReason = Literal["tokens", "time"]

PROMISED_TOKEN_SECONDS: Final = 0.5
_PROMISED_FIRST_SECONDS: Final = 20.0
SHORTENED_SHARE: Final = 0.85  # of the deadline: what a shortened answer uses, where no whole one was promised
_STALL_SHARE: Final = 12  # the last section reserves this part of the deadline for a stall
# What is reserved for each later section. A long sentence has about 40 tokens, a sentence of 14 words about 20.
_RESERVED_TOKENS: Final = 44
LEAST_TOKENS: Final = 30  # the reserve if there is not enough time for more
_FEW_TOKENS: Final = 6  # the least for which a conclusion is worth a call
_SENTENCE_TOKENS: Final = 30
_HOPED_FIRST_SECONDS: Final = 2.0  # the wait for a first text if the service has the prompt in its cache
_LANDING_TOKENS: Final = 60  # before its limit, in which a section looks for the end of a sentence
CONTINUED_TOKENS: Final = 40  # more for a section whose limit cut a sentence
_FASTEST_TOKEN_SECONDS: Final = 0.005  # for the limit of a thought that nobody can end, before a rate is known
# The sections' shares of the time after the first text: their windows in a 120 s answer are 25, 30 and 60 s long.
_WEIGHTS: Final[dict[Phase, float]] = {"core": 25.0, "details": 30.0, "conclusion": 60.0}


@dataclass(frozen=True)
class Budget:
    """How much a phase may write."""

    max_tokens: int
    """For the phase alone."""
    sentences: int
    """The length to ask for, in sentences because a model can count them."""
    through_tokens: int
    """For the phase and all sections after it together."""


class Pace(NamedTuple):
    """The state of the controller for one answer."""

    deadline_seconds: float
    """The time from admission to the deadline."""
    rates: Rates = Rates()
    """How fast the model reads and writes, updated during the answer."""
    lengths: Lengths = GROWING
    """The lengths of the phases."""
    thoughts: Mapping[Phase, float] = BRIEF
    """How long each phase may think, in seconds of a 120 s answer."""
    can_end_thought: bool = False
    """Whether a thought can be ended; if not, the model thinks as long as it likes, up to the end of the phase."""

    phase: Phase = "strategy"
    """The current phase; the fields up to `is_continued` belong to it."""
    began: float = 0.0
    """When the phase started."""
    called: float = 0.0
    """When its latest call was sent."""
    sign: float = 0.0
    """When the service last showed progress: a token, or a further part of the prompt."""
    first_text: float | None = None
    """When the first text of the phase arrived."""
    last_text: float | None = None
    """When the latest token of the call's text arrived; None before its first."""
    first_thought: float | None = None
    """When the thinking of the latest call began; None before that."""
    last_thought: float | None = None
    """When the latest token of its thinking arrived; None before its first."""
    tokens: int = 0
    """The number of tokens that the phase has written."""
    limit: int = 0
    """The number of tokens that it may write."""
    is_retried: bool = False
    """Whether it was tried a second time; there is no third."""
    is_continued: bool = False
    """Whether the prompt of the latest call ends with text that the model had just written."""

    is_promise_void: bool = False
    """Whether a section was skipped, or a prompt was read too slowly for the promise that every section ends whole."""

    next_first: float | None = None
    """The expected wait of the next call for its first text, from the calls of this answer."""
    is_next_measured: bool = False
    """Whether it was measured on a continued call; if not, it is the wait of the first section, a careful guess."""
    decode_seconds: float = 0.0
    """The time this answer has spent writing and thinking, without the waits for a first text."""
    decoded: int = 0
    """The number of tokens written in `decode_seconds`, those of thinking included."""

    # Observations.

    def after_phase(self, phase: Phase, at: float) -> "Pace":
        """Return the state after the start of a phase."""
        is_void = self.is_promise_void or (phase == "conclusion" and self.phase == "core")
        return self._replace(
            phase=phase,
            began=at,
            first_text=None,
            last_text=None,
            first_thought=None,
            last_thought=None,
            tokens=0,
            limit=self.lengths[phase].most,
            is_retried=False,
            is_promise_void=is_void,
        )

    def after_handover(self, phase: Phase, at: float, tokens_left: int) -> "Pace":
        """Return the state after a section has taken over an open call: there is no wait, and the gaps continue."""
        limit = min(self.lengths[phase].most, tokens_left)
        return self.after_phase(phase, at)._replace(first_text=at, last_text=self.last_text, limit=limit)

    def after_call(self, at: float, budget: Budget, *, is_continued: bool) -> "Pace":
        """Return the state after a call was sent; `is_continued`: its prompt ends with what the model just wrote."""
        limit = self.tokens + budget.max_tokens
        silent = self._replace(last_text=None, first_thought=None, last_thought=None)
        return silent._replace(called=at, sign=at, limit=limit, is_continued=is_continued)

    def after_sign(self, at: float) -> "Pace":
        """Return the state after the service has read a part of the prompt."""
        return self._replace(sign=at)

    def after_tokens(self, at: float, tokens: int) -> "Pace":
        """Return the state after the arrival of `tokens` new tokens of text."""
        if self.last_text is None:
            return self._after_first_text(at, tokens)
        gap = at - max(self.last_text, self.last_thought or 0.0)
        return self._replace(last_text=at, sign=at, tokens=self.tokens + tokens)._after_gap(gap, tokens)

    def after_thought(self, at: float, tokens: int) -> "Pace":
        """Return the state after the arrival of `tokens` new tokens of thinking.

        They take the same time as those of a text, so the rates learn from them. They are no text of the phase: they
        count neither for its length nor as its first text.
        """
        latest = max((each for each in (self.last_text, self.last_thought) if each is not None), default=None)
        first = at if self.first_thought is None else self.first_thought
        moved = self._replace(first_thought=first, last_thought=at, sign=at)
        return moved if latest is None else moved._after_gap(at - latest, tokens)

    def after_trouble(self) -> "Pace":
        """Return the state after a failed call: the phase is tried once more."""
        return self._replace(is_retried=True)

    # Decisions.

    @property
    def end(self) -> float:
        """When the answer must end, so that the model can be stopped and the last event sent by the deadline."""
        return self.deadline_seconds - margin(self.deadline_seconds)

    def has_time_for(
        self, phase: Phase, at: float, *, has_text: bool, prompt_characters: int, is_writing: bool = False
    ) -> bool:
        """Return whether there is time for a phase that starts now.

        `has_text`: whether an earlier section has text. `is_writing`: the phase takes over an open call.
        """
        if phase == "strategy":
            expected = self._expected_first(prompt_characters)
            return expected is None or at + expected < PHASE_ENDS["strategy"] * self._scale
        if not has_text:  # without any text yet, a section is always tried
            return at < self.end
        first, token = self._hoped_first, self._plan_seconds
        left = self.end - at + (first if is_writing else 0.0)
        if phase == "conclusion":  # nothing follows that needs a reserve: a few words are better than none
            return left >= first + _FEW_TOKENS * token or at < self._least_end
        later = SECTIONS[SECTIONS.index(phase) :]
        return left >= len(later) * (first + LEAST_TOKENS / 2 * token)

    def may_hand_over(self, at: float, tokens_left: int) -> bool:
        """Return whether a call that may write `tokens_left` more tokens suffices for the next section."""
        following, *_ = self._later()
        fresh = self.after_phase(following, at).budget(at).max_tokens
        return tokens_left >= min(fresh, self.lengths[following].usual + _LANDING_TOKENS)

    def budget(self, at: float) -> Budget:
        """Return how much the phase may write if its call is sent now."""
        length = self.lengths[self.phase]
        most = max(1, length.most - self.tokens)
        through = most + sum(self.lengths[phase].most for phase in self._later())
        token = self.rates.token_seconds
        if token is None:
            return Budget(most, sentences(length.usual), through)
        # The service's own limit stops the model if this program dies. It leaves room for one that is twice as fast,
        # and three times as fast as in an earlier answer.
        times = 2
        if self.decoded >= _FEW_TOKENS:
            token = min(token, self.decode_seconds / self.decoded)
        elif self.rates.gaps < ENOUGH_GAPS + _FEW_TOKENS:
            times = 3
        net, whole_net = (
            ceil(times * max(0.0, until - at) / max(token, 1e-9)) + 1 for until in (self._latest(), self.end)
        )
        budget = min(length.usual, (self._target(at) - at - self._next_first) / self._plan_seconds)
        return Budget(min(most, net), sentences(budget), min(through, whole_net))

    def thought_limit(self, at: float) -> ThoughtLimit:
        """Return how much the phase may think if its call is sent now.

        Half of the time that it has besides its least text, and not more than its share. A thought that nobody can end
        has all of that time, because without it the model writes nothing; the later sections keep their reserve.
        """
        least = _FEW_TOKENS if self.phase == "strategy" else LEAST_TOKENS
        room = max(0.0, self._latest() - at - self._next_first - least * self._plan_seconds)
        token = self.rates.token_seconds
        if not self.can_end_thought:
            fast = _FASTEST_TOKEN_SECONDS if token is None else token / 2
            return ThoughtLimit(tokens=1 + ceil(room / fast), seconds=room)
        seconds = min(self.thoughts[self.phase] * self._scale, room / 2)
        token = PROMISED_TOKEN_SECONDS * self._scale if token is None else token
        return ThoughtLimit(tokens=1 + ceil(seconds / token), seconds=seconds)

    def decision(self, at: float) -> tuple[Decision, LandingReason]:
        """Return whether the phase goes on, ends after the next block or sentence, or ends at once; and the reason."""
        if self.phase == "strategy":
            return self._strategy_decision(at)
        latest = self._latest()
        if at >= latest:
            return "cut", "time"
        if self.first_text is None:
            return "go_on", "time"
        length, token = self.lengths[self.phase], self._plan_seconds
        sentence, block = self._landing_times(self._target(self.first_text), token)
        # A section that has its usual length is not cut short, whatever ends it.
        by: LandingReason = "tokens" if self.tokens >= length.usual else "time"
        if at >= sentence:
            return "land_sentence", by
        if self.tokens >= self.limit + CONTINUED_TOKENS:  # reached only by a call that writes several sections
            return "cut", "tokens"
        if self.tokens >= self.limit - min(_LANDING_TOKENS, self.limit / 5):
            return "land_sentence", "tokens"
        if length.prose is not None and self.tokens >= length.prose:
            return "land_prose", "tokens"
        if at >= block:
            return "land_block", by
        if self.tokens >= length.block:
            return "land_block", "tokens"
        return "go_on", "time"

    def is_stalled(self, at: float) -> bool:
        """Return whether the call has been silent for so long that it should be tried again."""
        if self.is_retried or self.phase == "strategy":
            return False
        if self.last_text is None:
            return at - self.sign > max(self.deadline_seconds * 0.3, 3 * self._next_first)
        return at - self.sign > max(self.deadline_seconds / 20, 20 * self._plan_seconds)

    def may_retry(self, at: float) -> bool:
        """Return whether the phase may be tried again after trouble."""
        return not self.is_retried and self.has_time_to_wait(at, 0.0)

    def has_time_to_wait(self, at: float, seconds: float) -> bool:
        """Return whether a phase that is tried again may first wait for `seconds`."""
        return at + seconds + self._next_first < self._latest()

    # Estimates that the decisions use.

    @property
    def _scale(self) -> float:
        return self.deadline_seconds / WHOLE_SECONDS

    @property
    def _plan_seconds(self) -> float:
        """The time per token to plan with: a pessimistic one, at least the mean of this answer including its stalls."""
        careful = self.rates.careful_token_seconds
        promised = PROMISED_TOKEN_SECONDS * self._scale
        if careful is None:
            return promised
        if self.rates.gaps < ENOUGH_GAPS:  # too few gaps: a pause among the first words is not a rate
            return min(careful, promised)
        own = self.decode_seconds / self.decoded if self.decoded >= _SENTENCE_TOKENS else 0.0
        return max(careful, own)

    @property
    def _next_first(self) -> float:
        """The expected wait for the first text of a later section, from this answer or else from earlier ones."""
        if self.next_first is not None:
            return self.next_first
        return self._scale if self.rates.first_seconds is None else self.rates.first_seconds

    @property
    def _hoped_first(self) -> float:
        """The same wait if the service has the prompt in its cache; a measured wait stays as it is."""
        is_measured = self.next_first is not None and self.is_next_measured
        return self._next_first if is_measured else min(self._next_first, _HOPED_FIRST_SECONDS * self._scale)

    def _later(self) -> tuple[Phase, ...]:
        return () if self.phase == "strategy" else SECTIONS[SECTIONS.index(self.phase) + 1 :]

    def _kept(self, first: float, tokens: int, sections: int) -> float:
        """Return the time to reserve for later sections of `tokens` tokens each; `first` is their wait for text."""
        token = max(self._plan_seconds, PROMISED_TOKEN_SECONDS * self._scale)
        return sections * (first + tokens * token)

    def _keeping(self) -> tuple[float, int]:
        """Return the assumed wait for the first text of a later section, and for how many sections time is reserved.

        If there is not enough time for all sections, it is reserved for the last ones. A wait with a full reading of
        the prompt is assumed first, and a wait with the prompt in the cache only if the other leaves no time.
        """
        started = self.began if self.first_text is None else self.first_text
        least = started + LEAST_TOKENS * self._plan_seconds
        for first in (self._next_first, self._hoped_first):
            for sections in range(len(self._later()), 0, -1):
                if self.end - self._kept(first, LEAST_TOKENS, sections) >= least:
                    return first, sections
        return self._hoped_first, 0

    def _latest(self) -> float:
        """Return when the phase must end, even in mid-sentence."""
        if self.phase == "strategy":
            return PHASE_ENDS["strategy"] * self._scale
        first, sections = self._keeping()
        if sections == 0 and self._later():
            # Too slow for a reserve: the conclusion gets half of the remaining time, if it can write anything in it.
            started = self.began if self.first_text is None else self.first_text
            half = started + (self.end - started) / 2
            return half if self.end - half > first else self.end
        return self.end - self._kept(first, LEAST_TOKENS, sections)

    def _target(self, first_text: float) -> float:
        """Return when the phase should end: after its share of the remaining time, at the latest at `_latest`."""
        if self.phase == "strategy":
            return self._latest()
        later = self._later()
        if not later:
            return self.end
        first, sections = self._keeping()
        kept = self.end - self._kept(first, _RESERVED_TOKENS, sections)
        latest = min(self._latest(), max(first_text, kept))
        weights = sum(_WEIGHTS[phase] for phase in later) + _WEIGHTS[self.phase]
        left = self.end - first_text - len(later) * first
        share = first_text + left * _WEIGHTS[self.phase] / weights
        return min(max(PHASE_ENDS[self.phase] * self._scale, share), latest)

    def _landing_times(self, target: float, token: float) -> tuple[float, float]:
        """Return when the section starts to end after the next sentence, and when after the next block.

        A section before the last may end a little after its window, because of the reserve. The end of the answer is
        hard, and a stall may come before it. On a machine that is too slow for the promise the last section goes on: it
        may be cut in mid-sentence, but the time is used.
        """
        if self.phase != "conclusion":
            sentence = target - _SENTENCE_TOKENS / 2 * token
        else:
            token = min(token, PROMISED_TOKEN_SECONDS * self._scale)
            sentence = target - self.deadline_seconds / _STALL_SHARE - _SENTENCE_TOKENS * token
        block = sentence - _SENTENCE_TOKENS / 2 * token
        if self.phase == "conclusion" and self._is_too_slow:
            return max(sentence, self._least_end), max(block, self._least_end)
        return sentence, block

    @property
    def _is_too_slow(self) -> bool:
        """Whether this answer is not promised to be whole, by its own mean including its stalls."""
        if self.is_promise_void:
            return True
        if self.decoded < _FEW_TOKENS:
            return False
        return self.decode_seconds / self.decoded > PROMISED_TOKEN_SECONDS * self._scale

    @property
    def _least_end(self) -> float:
        return self.deadline_seconds * SHORTENED_SHARE

    def _strategy_decision(self, at: float) -> tuple[Decision, LandingReason]:
        end = self._latest()
        if at >= end:
            return "cut", "time"
        if self.first_text is not None and at >= end - _SENTENCE_TOKENS / 3 * self._plan_seconds:
            return "land_sentence", "time"
        if self.tokens >= self.limit - _LANDING_TOKENS / 2:
            return "land_sentence", "tokens"
        return "go_on", "time"

    def _expected_first(self, prompt_characters: int) -> float | None:
        character = self.rates.character_seconds
        return None if character is None else character * prompt_characters

    def _spare_thought(self, at: float) -> float:
        """Return how much longer the model has thought up to its text than a later section may."""
        if self.first_thought is None or not self.can_end_thought:
            return 0.0
        return max(0.0, at - self.first_thought - self.thoughts["conclusion"] * self._scale)

    def _after_gap(self, gap: float, tokens: int) -> "Pace":
        return self._replace(
            rates=self.rates.after_gap(gap, tokens),
            decode_seconds=self.decode_seconds + gap,
            decoded=self.decoded + tokens,
        )

    def _after_first_text(self, at: float, tokens: int) -> "Pace":
        waited = at - self.called - self._spare_thought(at)
        first = at if self.first_text is None else self.first_text
        is_slow = self.first_text is None and at - self.began > _PROMISED_FIRST_SECONDS * self._scale
        is_void = self.is_promise_void or is_slow
        moved = self._replace(
            first_text=first, last_text=at, sign=at, tokens=self.tokens + tokens, is_promise_void=is_void
        )
        if self.phase == "strategy":
            return moved
        # Until a section was continued, the wait of the first section is a careful guess for the next one.
        rates = self.rates.after_first(waited) if self.is_continued else self.rates
        guess = waited if self.is_continued or self.rates.first_seconds is None else self.next_first
        is_measured = self.is_next_measured or self.is_continued
        return moved._replace(rates=rates, next_first=guess, is_next_measured=is_measured)
