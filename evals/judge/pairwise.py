"""Decides which of two answers follows an instruction better, by one of five protocols.

- `llmfirst`, the protocol of this project: reads each answer alone and asks three questions of one token.
- `length_controlled`: the same, less what a weak judge gives a text for being longer.
- `both`: shows the answers side by side in both orders and takes the mean.
- `single`: shows them side by side once.
- `score`: asks for a score from 1 to 10 for each answer alone.
"""

import asyncio
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Annotated, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from evals.judge.judge import YES_OR_NO, Judge, Words, quoted
from evals.judge.queue import PauseGate
from evals.judge.verdicts import TIE, log_odds
from evals.records.archive import Archive
from evals.records.opinions import YesNo
from evals.suite.cases import Text
from llmfirst import (
    Difference,
    LlmfirstError,
    Message,
    Proportion,
    UndecodableText,
    Value,
    decode_text,
    generator,
    paired_difference,
    proportion,
)

Protocol = Literal["llmfirst", "length_controlled", "both", "single", "score"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)
# The order of the answers cannot change the result of these.
PAIRWISE: Final[tuple[Protocol, ...]] = ("llmfirst", "length_controlled", "both")
_COMPARE: Final = "You compare two responses to an instruction. Reply with one letter: A or B."
_WHICH: Final = "Which response follows the instruction better? Reply with A or B."
# All questions about one response share this beginning, so that the KV cache holds the response.
_ALONE: Final = "You read a response to an instruction and answer a question about it. Reply with one word or number."
# The sign is 1 if yes speaks for the response and -1 if it speaks against it (docs/decisions/0010).
_QUESTIONS: Final = (
    (1, "Does the response follow the instruction? Reply with Yes or No."),
    (1, "Is the response correct and complete for this instruction? Reply with Yes or No."),
    (-1, "Is there a part of the instruction that the response does not do? Reply with Yes or No."),
)
_RATE: Final = (
    "How well does the response follow the instruction, from 1 (very badly) to 10 (very well)? Reply with the number."
)
# By how much a judge prefers, of two equally good texts, one that is e times as long (docs/decisions/0023).
_LENGTH_BIAS: Final = 0.2
_SEED: Final = 1
_LETTERS: Final[Words] = (("a",), ("b",))


class PairsError(LlmfirstError):
    """A file of pairs cannot be read; the message says why."""


class LabelledPair(Value):
    """An instruction and two outputs, labelled with the better one."""

    model_config = ConfigDict(strict=True)
    input: Text
    output_1: Text
    output_2: Text
    label: Annotated[int, Field(ge=1, le=2)]
    """The number of the better output."""


@dataclass(frozen=True)
class PairVerdict:
    """The decision of a protocol on one pair."""

    label: int
    """The number of the better output according to the pair."""
    margin: float
    """By how much the first output is better: in log-odds or, for the protocol `score`, in points."""
    is_tie: bool

    @property
    def is_right(self) -> bool:
        return not self.is_tie and (self.margin > 0) == (self.label == 1)

    @property
    def worth(self) -> float:
        """1 if the decision is right, 0.5 for a tie, otherwise 0."""
        return 0.5 if self.is_tie else float(self.is_right)


@dataclass(frozen=True)
class PairsResult:
    """How often a protocol found the better output."""

    accuracy: Proportion
    """Of all pairs; a tie counts as wrong."""
    decided: Proportion
    """Of the pairs that are not ties."""
    ties: int
    by_position: dict[int, Proportion]
    """The accuracy over the pairs whose better output is number 1, and over those where it is number 2."""

    @property
    def with_ties_as_half(self) -> float | None:
        """The expected accuracy if each tie were decided by a coin, 0 to 1; None without pairs."""
        total = self.accuracy.total
        return (self.accuracy.passed + self.ties / 2) / total if total else None


def load_pairs(path: Path) -> tuple[LabelledPair, ...]:
    """Read a JSON file with a list of pairs. Raises PairsError."""
    try:
        text = decode_text(path.read_bytes()).text
        pairs = TypeAdapter(tuple[LabelledPair, ...]).validate_python(json.loads(text), strict=False)
    except (OSError, UndecodableText, json.JSONDecodeError) as error:
        raise PairsError(f"{path} cannot be read ({error}): it must be a JSON list of pairs.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part) for part in first["loc"])
        raise PairsError(
            f"{path}, {place}: {first['msg']}. Each pair has `input`, `output_1`, `output_2` and `label` (1 or 2)."
        ) from error
    if not pairs:
        raise PairsError(f"{path} holds no pair: write at least one.")
    return pairs


class PairJudge:
    """Compares answers with a judge. Its readings are stored in the archive, so no question is asked twice.

    With a `pace`, it gives way to the questions of people.
    """

    def __init__(self, judge: Judge, archive: Archive, pace: PauseGate | None = None) -> None:
        self._judge = judge
        self._archive = archive
        self._pace = pace
        self._readings = dict(archive.readings(judge.card))

    @property
    def key(self) -> str:
        """The name of the judge, as `provider/model`."""
        return self._judge.card.key

    async def judge(self, pair: LabelledPair, protocol: Protocol) -> PairVerdict:
        """Compare two outputs by a protocol. Raises the same errors as `Judge.ask`."""
        match protocol:
            case "single":
                margin = await self._preference(pair.input, pair.output_1, pair.output_2)
                return PairVerdict(pair.label, margin, is_tie=margin == 0)
            case "both":
                margin = await self._in_both_orders(pair.input, pair.output_1, pair.output_2)
                return PairVerdict(pair.label, margin, is_tie=abs(margin) < TIE / 2)
            case "score":
                first = await self._score(pair.input, pair.output_1)
                second = await self._score(pair.input, pair.output_2)
                is_tie = first is None or second is None or first == second
                return PairVerdict(pair.label, (first or 0) - (second or 0), is_tie=is_tie)
            case "llmfirst" | "length_controlled":
                margin = await self.margin(pair.input, pair.output_1, pair.output_2)
                if protocol == "length_controlled":
                    margin -= _LENGTH_BIAS * _times_as_long(pair.output_1, pair.output_2)
                return PairVerdict(pair.label, margin, is_tie=abs(margin) < TIE / 2)

    async def margin(self, instruction: str, first: str, second: str) -> float:
        """Return by how much the first output is better, in log-odds.

        The judge reads each output alone, so the order has no influence and a bias towards yes cancels out. Side by
        side, a small judge prefers the more polished text (docs/decisions/0010).
        """
        return await self._alone(instruction, first) - await self._alone(instruction, second)

    async def _in_both_orders(self, instruction: str, first: str, second: str) -> float:
        in_order = await self._preference(instruction, first, second)
        reversed_order = await self._preference(instruction, second, first)
        return (in_order - reversed_order) / 2

    async def _preference(self, instruction: str, first: str, second: str) -> float:
        parts = [quoted("Instruction:", instruction), quoted("Response A:", first), quoted("Response B:", second)]
        return log_odds(await self._ask(_messages(_COMPARE, [*parts, _WHICH]), _LETTERS))

    async def _alone(self, instruction: str, output: str) -> float:
        parts = [quoted("Instruction:", instruction), quoted("Response:", output)]
        scores = [
            sign * log_odds(await self._ask(_messages(_ALONE, [*parts, question]), YES_OR_NO))
            for sign, question in _QUESTIONS
        ]
        return fmean(scores)

    async def _ask(self, messages: tuple[Message, ...], words: Words) -> YesNo:
        key = said_key(messages, words)
        if key not in self._readings:
            ask = partial(self._judge.ask, messages, words)
            self._readings[key] = await (ask() if self._pace is None else self._pace.undisturbed(ask))
            await asyncio.to_thread(self._archive.keep_reading, self._judge.card, key, self._readings[key])
        return self._readings[key]

    async def _score(self, instruction: str, output: str) -> int | None:
        parts = [quoted("Instruction:", instruction), quoted("Response:", output), _RATE]
        reply = (await self._judge.write(_messages(_ALONE, parts), max_tokens=3)).strip().rstrip(".")
        return int(reply) if reply.isdecimal() and 1 <= int(reply) <= 10 else None


def pairs_result(verdicts: Sequence[PairVerdict]) -> PairsResult:
    """Count how often the verdicts are right. Pure."""
    decided = [verdict for verdict in verdicts if not verdict.is_tie]

    def accuracy(some: Sequence[PairVerdict]) -> Proportion:
        return proportion(sum(verdict.is_right for verdict in some), len(some))

    by_position = {label: accuracy([verdict for verdict in verdicts if verdict.label == label]) for label in (1, 2)}
    return PairsResult(accuracy(verdicts), accuracy(decided), len(verdicts) - len(decided), by_position)


def ahead(verdicts: Sequence[PairVerdict], others: Sequence[PairVerdict]) -> Difference | None:
    """Return by how much `verdicts` are more often right than `others` on the same pairs; a tie counts as half."""
    pairs = zip(others, verdicts, strict=True)
    by_pair = {str(number): [(other.worth, verdict.worth)] for number, (other, verdict) in enumerate(pairs)}
    return paired_difference(by_pair, generator(_SEED))


def said_key(messages: tuple[Message, ...], words: Words) -> str:
    """Return the key under which the archive stores the reply to a question."""
    question = [*([message.role, message.content] for message in messages), list(words)]
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()


def _times_as_long(first: str, second: str) -> float:
    """Return the logarithm of how many times as long the first text is, in bytes: a Hangul syllable is three."""
    return math.log((len(first.encode()) + 1) / (len(second.encode()) + 1))


def _messages(system: str, parts: Sequence[str]) -> tuple[Message, ...]:
    return (Message(role="system", content=system), Message(role="user", content="\n\n".join(parts)))
