"""The controller that keeps the deadline: it decides when a section lands, is cut, is left out or is tried again.

It is pure: observations in, decisions out.

All times are seconds since admission. What it promises: no answer ends after its deadline, and where the model writes
2 tokens a second (of 120; a shorter deadline asks for proportionally more) every section ends whole. The estimator and
the reserves follow `TimeBill` (arXiv 2512.21859: plan with the pessimistic time) and `Elastic Reasoning` (arXiv
2505.05315: keep the conclusion's budget first). See docs/decisions/0006-pace.md.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final, Literal, NamedTuple

from llmfirst.engine.lengths import GROWING, Lengths, sentences
from llmfirst.engine.rates import ENOUGH_GAPS, Rates
from llmfirst.engine.windows import PHASE_ENDS, WHOLE_SECONDS, margin
from llmfirst.events import SECTIONS, Phase

Decision = Literal["go_on", "land_block", "land_prose", "land_sentence", "cut"]
LandingReason = Literal["tokens", "time"]

PROMISED_TOKEN_SECONDS: Final = 0.5
# An answer that says that it was shortened has used this share of the deadline, where it was not promised to be whole.
SHORTENED_SHARE: Final = 0.85
_PROMISED_FIRST_SECONDS: Final = 20.0
# What is kept for a later section: a long sentence has about 40 tokens (one of 14 words 20). Less is kept when needed.
_RESERVED_TOKENS: Final = 44
LEAST_TOKENS: Final = 30
_FEW_TOKENS: Final = 6
_SENTENCE_TOKENS: Final = 30
_HOPED_FIRST_SECONDS: Final = 2.0
# The last section keeps this part of the deadline for a stall.
_STALL_SHARE: Final = 12
# The last tokens before a section's limit, in which it looks for the end of a sentence.
_LANDING_TOKENS: Final = 60
# How many more tokens a section gets that its limit cut in mid-sentence.
CONTINUED_TOKENS: Final = 40
# Share of the time after the first text: the windows of a 120 s answer are 25, 30 and 60 s long.
_WEIGHTS: Final[dict[Phase, float]] = {"core": 25.0, "details": 30.0, "conclusion": 60.0}


@dataclass(frozen=True)
class Budget:
    """How much a phase may write."""

    max_tokens: int
    """What the phase alone may have."""
    sentences: int
    """The length to ask for, in a unit that a model can count."""
    through_tokens: int
    """What the phase and all sections after it may have together."""


class Pace(NamedTuple):
    """What is known of an answer's time."""

    deadline_seconds: float
    """How long after admission the answer must have ended."""
    rates: Rates = Rates()
    """How fast the model reads and writes, learned as it does."""
    lengths: Lengths = GROWING
    """How long each phase is to be."""

    phase: Phase = "strategy"
    """The phase that is written now; the fields up to `is_continued` are about it."""
    began: float = 0.0
    """When the phase began."""
    called: float = 0.0
    """When its latest call went out."""
    sign: float = 0.0
    """When the service last showed that it works: by a token, or by reading on in the prompt."""
    first_text: float | None = None
    """When the first text of the phase came."""
    last_text: float | None = None
    """When the latest token of the call came; None before its first."""
    tokens: int = 0
    """How many tokens the phase has written."""
    limit: int = 0
    """How many tokens it may write."""
    is_retried: bool = False
    """Whether it has been tried a second time, and may not be again."""
    is_continued: bool = False
    """Whether the prompt of the latest call ends with what the model had just written."""

    is_promise_void: bool = False
    """Whether a section was left out, or a prompt was read too slowly for the promise that every section ends whole."""

    next_first: float | None = None
    """How long the next call is expected to wait for its first text, by the calls of this answer."""
    is_next_measured: bool = False
    """Whether that was measured on a continued call; else it is the wait of the first section, a careful guess."""
    decode_seconds: float = 0.0
    """How long this answer has been written so far, without the waits for a first text."""
    decoded: int = 0
    """How many tokens were written in those seconds."""

    # Observations.

    def after_phase(self, phase: Phase, at: float) -> "Pace":
        """A phase begins."""
        is_void = self.is_promise_void or (phase == "conclusion" and self.phase == "core")
        return self._replace(
            phase=phase,
            began=at,
            first_text=None,
            last_text=None,
            tokens=0,
            limit=self.lengths[phase].most,
            is_retried=False,
            is_promise_void=is_void,
        )

    def after_handover(self, phase: Phase, at: float, tokens_left: int) -> "Pace":
        """A section begins with what the model is writing already: no call, no wait, and the gaps go on."""
        limit = min(self.lengths[phase].most, tokens_left)
        return self.after_phase(phase, at)._replace(first_text=at, last_text=self.last_text, limit=limit)

    def after_call(self, at: float, budget: Budget, *, is_continued: bool) -> "Pace":
        """A call of the phase goes out; `is_continued`: its prompt ends with what the model has just written."""
        limit = self.tokens + budget.max_tokens
        return self._replace(called=at, sign=at, last_text=None, limit=limit, is_continued=is_continued)

    def after_sign(self, at: float) -> "Pace":
        """The service shows that it works: part of the prompt was read."""
        return self._replace(sign=at)

    def after_tokens(self, at: float, tokens: int) -> "Pace":
        """So many more tokens have come."""
        if self.last_text is None:
            return self._after_first_text(at, tokens)
        gap = at - self.last_text
        return self._replace(
            rates=self.rates.after_gap(gap, tokens),
            last_text=at,
            sign=at,
            tokens=self.tokens + tokens,
            decode_seconds=self.decode_seconds + gap,
            decoded=self.decoded + tokens,
        )

    def after_trouble(self) -> "Pace":
        """The call came to nothing, and the phase is tried again: once."""
        return self._replace(is_retried=True)

    # Decisions.

    @property
    def end(self) -> float:
        """When the answer must be over, so that the model is stopped and all is told by the deadline."""
        return self.deadline_seconds - margin(self.deadline_seconds)

    def has_time_for(
        self, phase: Phase, at: float, *, has_text: bool, prompt_characters: int, is_writing: bool = False
    ) -> bool:
        """Tell whether a phase that begins now can come to something; `is_writing`: it need not wait for a call."""
        if phase == "strategy":
            expected = self._expected_first(prompt_characters)
            return expected is None or at + expected < PHASE_ENDS["strategy"] * self._scale
        if not has_text:  # sections always try
            return at < self.end
        first, token = self._hoped_first, self._plan_seconds
        left = self.end - at + (first if is_writing else 0.0)
        if phase == "conclusion":  # it has nothing after it to spare for: some words are better than none
            return left >= first + _FEW_TOKENS * token or at < self._least_end
        later = SECTIONS[SECTIONS.index(phase) :]
        return left >= len(later) * (first + LEAST_TOKENS / 2 * token)

    def may_hand_over(self, at: float, tokens_left: int) -> bool:
        """Tell whether a call that may write so many more tokens is enough for the next section."""
        following, *_ = self._later()
        fresh = self.after_phase(following, at).budget(at).max_tokens
        return tokens_left >= min(fresh, self.lengths[following].usual + _LANDING_TOKENS)

    def budget(self, at: float) -> Budget:
        """Return what the phase may write if its call goes out now."""
        length = self.lengths[self.phase]
        most = max(1, length.most - self.tokens)
        through = most + sum(self.lengths[phase].most for phase in self._later())
        token = self.rates.token_seconds
        if token is None or token == 0:
            return Budget(most, sentences(length.usual), through)
        # The service's own limit is a net for the case that we are gone: twice as fast as expected must still fit, and
        # thrice as fast as an earlier answer was.
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

    def decision(self, at: float) -> tuple[Decision, LandingReason]:
        """Say whether the phase goes on, ends with the next block or sentence (of running text), or ends at once."""
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
        if self.tokens >= self.limit + CONTINUED_TOKENS:  # of a call that goes on through the sections
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
        """Tell whether the present call has been silent for so long that another may do better."""
        if self.is_retried or self.phase == "strategy":
            return False
        if self.last_text is None:
            return at - self.sign > max(self.deadline_seconds * 0.3, 3 * self._next_first)
        return at - self.sign > max(self.deadline_seconds / 20, 20 * self._plan_seconds)

    def may_retry(self, at: float) -> bool:
        """Tell whether the phase goes on once more after trouble."""
        return not self.is_retried and self.has_time_to_wait(at, 0.0)

    def has_time_to_wait(self, at: float, seconds: float) -> bool:
        """Tell whether a phase that is tried again may first wait so long."""
        return at + seconds + self._next_first < self._latest()

    # Estimates that the decisions use.

    @property
    def _scale(self) -> float:
        return self.deadline_seconds / WHOLE_SECONDS

    @property
    def _plan_seconds(self) -> float:
        """Return the time per token to plan with: a careful one, at least the mean of this answer with its stalls."""
        careful = self.rates.careful_token_seconds
        promised = PROMISED_TOKEN_SECONDS * self._scale
        if careful is None:
            return promised
        if self.rates.gaps < ENOUGH_GAPS:  # a pause among the first words is no rate
            return min(careful, promised)
        own = self.decode_seconds / self.decoded if self.decoded >= _SENTENCE_TOKENS else 0.0
        return max(careful, own)

    @property
    def _next_first(self) -> float:
        """Return the expected wait for the first text of a later section: as measured now, else in earlier answers."""
        if self.next_first is not None:
            return self.next_first
        return self._scale if self.rates.first_seconds is None else self.rates.first_seconds

    @property
    def _hoped_first(self) -> float:
        """Return that wait if the service has what it read in its cache; a wait that was measured stays as it is."""
        is_measured = self.next_first is not None and self.is_next_measured
        return self._next_first if is_measured else min(self._next_first, _HOPED_FIRST_SECONDS * self._scale)

    def _later(self) -> tuple[Phase, ...]:
        return () if self.phase == "strategy" else SECTIONS[SECTIONS.index(self.phase) + 1 :]

    def _kept(self, first: float, tokens: int, sections: int) -> float:
        token = max(self._plan_seconds, PROMISED_TOKEN_SECONDS * self._scale)
        return sections * (first + tokens * token)

    def _keeping(self) -> tuple[float, int]:
        """Return the expected first text of a later section, and for how many sections time can be kept.

        What cannot be kept for all of them is kept for the conclusion; what cannot be kept if they read everything
        again is kept in the hope that they do not.
        """
        started = self.began if self.first_text is None else self.first_text
        least = started + LEAST_TOKENS * self._plan_seconds
        for first in (self._next_first, self._hoped_first):
            for sections in range(len(self._later()), 0, -1):
                if self.end - self._kept(first, LEAST_TOKENS, sections) >= least:
                    return first, sections
        return self._hoped_first, 0

    def _latest(self) -> float:
        """Return when the phase must be over, even in mid-sentence."""
        if self.phase == "strategy":
            return PHASE_ENDS["strategy"] * self._scale
        first, sections = self._keeping()
        if sections == 0 and self._later():
            # Too slow for a reserve: the conclusion has half of what is left, if a word of it can come in that.
            started = self.began if self.first_text is None else self.first_text
            half = started + (self.end - started) / 2
            return half if self.end - half > first else self.end
        return self.end - self._kept(first, LEAST_TOKENS, sections)

    def _target(self, first_text: float) -> float:
        """Return when the phase should be over: at its latest time, or after its share of what is left."""
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
        """Return from when on the section ends with a sentence, and from when on with a block.

        A section before the last may end a little after its window: the reserve is there. The end itself is hard, and a
        stall may come before it. A machine that is too slow for the promise goes on: it may be cut in mid-sentence, but
        the time that is there is used.
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
        """Whether this answer is not promised to be whole; the mean is of this answer, with its stalls."""
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

    def _after_first_text(self, at: float, tokens: int) -> "Pace":
        waited = at - self.called
        first = at if self.first_text is None else self.first_text
        is_slow = self.first_text is None and at - self.began > _PROMISED_FIRST_SECONDS * self._scale
        is_void = self.is_promise_void or is_slow
        moved = self._replace(
            first_text=first, last_text=at, sign=at, tokens=self.tokens + tokens, is_promise_void=is_void
        )
        if self.phase == "strategy":
            return moved
        # Before a section was continued, the wait for the first one is the careful guess.
        rates = self.rates.after_first(waited) if self.is_continued else self.rates
        guess = waited if self.is_continued or self.rates.first_seconds is None else self.next_first
        is_measured = self.is_next_measured or self.is_continued
        return moved._replace(rates=rates, next_first=guess, is_next_measured=is_measured)
