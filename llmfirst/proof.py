"""The proof that a model wrote everything a run shows, recomputed from the events of the run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, assert_never

from llmfirst.events import (
    PHASES,
    SECTIONS,
    SUPPLEMENT_BREAK,
    Admitted,
    AnswerEvent,
    CallFinished,
    Ending,
    Phase,
    PhaseFinished,
    PhaseResumed,
    PhaseStarted,
    ReviewAdded,
    ReviewFinished,
    ReviewJudged,
    SelfJudged,
    TextAdded,
    ThoughtAdded,
)
from llmfirst.ledger import GENESIS, Call, CallDraft, chain_holds, sealed
from llmfirst.values import Value

Guard = Literal[
    "deadline",
    "time",
    "token_budget",
    "repetition",
    "skipped",
    "stop",
    "prompt",  # the prompt holds only the end of the text shown so far
    "broken",  # this and the next two: the phase was continued with a second call
    "silent",
    "empty",
]
Place = Phase | Literal["review"]
_PLACES: Final[tuple[Place, ...]] = (*PHASES, "review")
_KINDS: Final[dict[Place, Literal["plan", "review"]]] = {"strategy": "plan", "review": "review"}


class Decision(Value):
    """A decision about meaning, and the model calls that made it."""

    kind: Literal["plan", "instruction", "content", "review", "verdict", "self_verdict"]
    phase: Place
    calls: tuple[str, ...]
    is_backed: bool
    """Whether the ledger has these calls and they were made for this purpose."""


class GuardActed(Value):
    """A mechanical guard ended, left out or resumed a phase. Guards look at clocks and form, never at meaning."""

    guard: Guard
    phase: Phase


class Proof(Value):
    """The result of `verify`: who wrote the shown text, and whether the ledger is complete."""

    chain_holds: bool
    head: str | None
    """The hash of the last call, as in the metrics."""

    shown_characters: int
    accounted_characters: int
    """How many of the shown characters are in the reply of the call that they name."""

    accounted_share: float | None
    """The share of `accounted_characters`; None if nothing is shown."""

    decisions: tuple[Decision, ...]
    unbacked_decisions: int
    guards: tuple[GuardActed, ...]
    problems: tuple[str, ...]
    """Sentences for people about broken records and unaccounted text."""

    @property
    def holds(self) -> bool:
        """Whether the chain is intact, every shown character accounted for, and every decision backed by a call."""
        return self.chain_holds and self.accounted_share in (None, 1.0) and self.unbacked_decisions == 0


@dataclass(frozen=True)
class _Shown:
    """One piece of shown text."""

    phase: Place
    text: str
    call_id: str
    is_late: bool
    """Whether the text came after the call that it names had ended."""


def verify(events: Iterable[AnswerEvent], *, expected_head: str | None = None) -> Proof:
    """Recompute the ledger of a run and attribute the shown text to its calls.

    The shown text of a call must be the beginning of its reply, and so its shown thinking; only the end may be left
    out. A call made for one section may continue through later sections, in their order. The blank line before a
    supplement is layout and is not counted.

    Pass the head from the metrics or an export as `expected_head`: without it, a removed last call that showed no text
    goes unnoticed.
    """
    events = tuple(events)
    calls = tuple(event.call for event in events if isinstance(event, CallFinished))
    shown = tuple(_shown(events, calls))
    thoughts = tuple(_thoughts(events))
    head = calls[-1].sha256 if calls else None
    broken = tuple(_broken_records(calls, head, expected_head))
    counted = Counter(call.call_id for call in calls)
    records = {call.call_id: call for call in calls if counted[call.call_id] == 1}
    written = {call_id: call.reply for call_id, call in records.items()}
    accounted, unaccounted = _accounted(shown, records, counted, written)
    thought = {call_id: call.thoughts for call_id, call in records.items()}
    accounted_thoughts, unaccounted_thoughts = _accounted(thoughts, records, counted, thought)
    total = sum(len(piece.text) for piece in (*shown, *thoughts))
    decisions = (*_decisions(shown, records), *_own_part(events, records))
    return Proof(
        chain_holds=not broken,
        head=head,
        shown_characters=total,
        accounted_characters=accounted + accounted_thoughts,
        accounted_share=(accounted + accounted_thoughts) / total if total else None,
        decisions=decisions,
        unbacked_decisions=sum(not decision.is_backed for decision in decisions),
        guards=tuple(_guards(events)),
        problems=(*broken, *unaccounted, *unaccounted_thoughts),
    )


def _shown(events: Iterable[AnswerEvent], calls: Iterable[Call]) -> Iterator[_Shown]:
    over: set[str] = set()
    breaks = {call.call_id for call in calls if call.purpose == "supplement"}
    for event in events:
        if isinstance(event, CallFinished):
            over.add(event.call.call_id)
        elif isinstance(event, TextAdded) and event.text == SUPPLEMENT_BREAK and event.call_id in breaks:
            breaks.remove(event.call_id)  # only one blank line per supplement is layout
        elif isinstance(event, TextAdded) and event.text:
            yield _Shown(event.phase, event.text, event.call_id, event.call_id in over)
        elif isinstance(event, ReviewAdded) and event.text:
            yield _Shown("review", event.text, event.call_id, event.call_id in over)


def _thoughts(events: Iterable[AnswerEvent]) -> Iterator[_Shown]:
    over: set[str] = set()
    for event in events:
        if isinstance(event, CallFinished):
            over.add(event.call.call_id)
        elif isinstance(event, ThoughtAdded):
            yield _Shown(event.phase, event.text, event.call_id, event.call_id in over)


def _broken_records(calls: Sequence[Call], head: str | None, expected_head: str | None) -> Iterator[str]:
    """Yield a sentence for each record that was changed, moved or removed; nothing if the chain holds."""
    if not chain_holds(calls):
        recorded = {call.sha256: call.call_id for call in calls}
        previous = GENESIS
        for call in calls:
            draft = CallDraft(**call.model_dump(exclude={"previous", "sha256"}))
            if sealed(draft, call.previous) != call:
                yield f"The record of call {call.call_id} was changed."
            if call.previous != previous:
                before = recorded.get(call.previous)
                if call.previous == GENESIS:
                    yield f"The record of call {call.call_id} was moved: it was the first."
                elif before is not None:
                    yield f"The record of call {call.call_id} was moved: it came right after that of call {before}."
                else:
                    yield f"The record before that of call {call.call_id} is missing or was changed."
            previous = call.sha256
    for call_id, count in Counter(call.call_id for call in calls).items():
        if count > 1:
            yield f"Call {call_id} has {count} records instead of one."
    if expected_head is not None and head != expected_head:
        yield f"The last record of the run ({expected_head}) is missing or was changed."


def _accounted(
    shown: Iterable[_Shown], records: Mapping[str, Call], counted: Mapping[str, int], written: Mapping[str, str]
) -> tuple[int, tuple[str, ...]]:
    """Return how many shown characters recorded calls wrote, and for each other call why its text does not count.

    `written` is what each call wrote of the kind that is shown.
    """
    taken: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    last: dict[str, Place] = {}
    for piece in shown:
        call_id, length = piece.call_id, len(piece.text)
        call = records.get(call_id)
        matching = 0
        if call_id in reasons:  # after a mismatch, the position in the reply is not known
            pass
        elif call is None:
            reasons[call_id] = "its record is missing" if counted[call_id] == 0 else "it has several records"
        elif piece.is_late:
            reasons[call_id] = "the text came after the call had ended"
        elif not _may_write(call.purpose, piece.phase):
            reasons[call_id] = f"the text is in {piece.phase}, but the call was made for {call.purpose}"
        elif not _may_write(before := last.get(call_id, piece.phase), piece.phase):
            reasons[call_id] = f"the text is in {piece.phase}, after text of the same call in {before}"
        else:
            last[call_id] = piece.phase
            start = taken[call_id]
            matching = _matching(piece.text, written[call_id][start : start + length])
            if matching < length:
                reasons[call_id] = f"the text differs from the reply from character {start + matching + 1} on"
        taken[call_id] += matching
        left_out[call_id] += length - matching
    problems = (
        f"{left_out[call_id]:,} shown characters attributed to call {call_id} are not accounted for: {reason}."
        for call_id, reason in reasons.items()
    )
    return taken.total(), tuple(problems)


def _may_write(made_for: str, phase: Place) -> bool:
    """Return whether a call may write here: in its own phase, a later section, or the conclusion as a supplement."""
    if made_for == phase or (made_for == "supplement" and phase == "conclusion"):
        return True
    return made_for in SECTIONS and phase in SECTIONS and PHASES.index(made_for) < PHASES.index(phase)


def _matching(text: str, reply: str) -> int:
    """Return the length of the common beginning of both texts."""
    return next((at for at, pair in enumerate(zip(text, reply, strict=False)) if pair[0] != pair[1]), len(reply))


def _decisions(shown: Iterable[_Shown], records: Mapping[str, Call]) -> Iterator[Decision]:
    pieces = tuple(shown)
    for phase in _PLACES:
        named = tuple(dict.fromkeys(piece.call_id for piece in pieces if piece.phase == phase))
        if named:
            yield Decision(
                kind=_KINDS.get(phase, "content"),
                phase=phase,
                calls=named,
                is_backed=all(call_id in records and _may_write(records[call_id].purpose, phase) for call_id in named),
            )


def _own_part(events: Iterable[AnswerEvent], records: Mapping[str, Call]) -> Iterator[Decision]:
    """Yield the instructions from the plan, the verdicts on the answer, and the verdict of the review.

    An instruction is backed by a plan that contains its words in the same order.
    """
    plans = [call for call in records.values() if call.purpose == "strategy"]
    for event in events:
        if isinstance(event, PhaseStarted) and event.instruction is not None:
            calls = tuple(call.call_id for call in plans if _has_in_order(call.reply, event.instruction))
            yield Decision(kind="instruction", phase=event.phase, calls=calls, is_backed=bool(calls))
        elif isinstance(event, ReviewJudged):
            yield _verdict("verdict", event, records)
        elif isinstance(event, SelfJudged):
            yield _verdict("self_verdict", event, records)


def _verdict(
    kind: Literal["verdict", "self_verdict"], event: ReviewJudged | SelfJudged, records: Mapping[str, Call]
) -> Decision:
    is_backed = event.call_id in records and records[event.call_id].purpose == kind
    return Decision(kind=kind, phase="review", calls=(event.call_id,), is_backed=is_backed)


def _has_in_order(text: str, part: str) -> bool:
    words = iter(text.split())
    return all(word in words for word in part.split())


def _guards(events: Iterable[AnswerEvent]) -> Iterator[GuardActed]:
    shown, before, earlier = "", dict.fromkeys(PHASES, ""), 0
    for event in events:
        if isinstance(event, TextAdded) and event.phase in SECTIONS:
            shown += event.text
        elif isinstance(event, Admitted) and event.earlier is not None:
            earlier = event.earlier.kept
        elif isinstance(event, PhaseStarted):
            before[event.phase] = shown
        elif isinstance(event, CallFinished):
            for phase in SECTIONS:
                if phase == event.call.purpose and _is_told_the_end(event.call, before[phase], earlier):
                    yield GuardActed(guard="prompt", phase=phase)
        if isinstance(event, PhaseResumed):
            yield GuardActed(guard=event.trouble, phase=event.phase)
        elif isinstance(event, PhaseFinished) and (guard := guard_of(event.ending)) is not None:
            yield GuardActed(guard=guard, phase=event.phase)
        elif isinstance(event, ReviewFinished) and (guard := guard_of(event.supplement)) is not None:
            yield GuardActed(guard=guard, phase="conclusion")


def _is_told_the_end(call: Call, shown: str, earlier: int) -> bool:
    """Return whether the prompt repeats only the end of the text `shown` before the call, spaces aside.

    The prompt begins with the replies of `earlier` turns of the conversation.
    """
    repeated = [message.content for message in call.request.messages if message.role == "assistant"][earlier:]
    return bool(repeated) and len("".join("".join(repeated).split())) < len("".join(shown.split()))


def guard_of(ending: Ending | None) -> Guard | None:
    match ending:
        case "timed" | "cut":
            return "time"
        case "landed" | "length":
            return "token_budget"
        case "repeated":
            return "repetition"
        case "stopped":
            return "stop"
        case "deadline" | "skipped":
            return ending
        case "stop" | "ended" | "failed" | None:  # the model ended it, an error ended it, or it never began
            return None
        case _:
            assert_never(ending)
