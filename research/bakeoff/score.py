"""Tables of a round: preferences of the readers with intervals, their agreement, faults of form, and cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import mean, median
from typing import Final

from llmfirst.events import SECTIONS
from llmfirst.stats import Interval, cohen_kappa, cross_table, generator, paired_difference, proportion, wilson
from research.bakeoff.blind import Key, Pair
from research.bakeoff.faults import FAULTS, Fault, count_faults
from research.bakeoff.points import ItemKey, as_pairs, read_points
from research.bakeoff.protocol_list import PROTOCOLS
from research.bakeoff.round import read_answers
from research.bakeoff.shown import panels
from research.bakeoff.values import AnswerRecord
from research.bakeoff.verdicts import Said, Verdict, read_verdicts

LANGUAGES: Final = ("ko", "en")
# The bar: this share of preferences, no kind of question significantly worse, and none of these faults.
_BAR: Final = {"en": 0.6, "ko": 0.5}
_LEAST_OF_A_KIND: Final = 0.45
_NEVER: Final[tuple[Fault, ...]] = ("wrong language", "loop", "leak", "dangling marker", "open fence")
_TIE: Final = 0.5
_SEED: Final = 7


@dataclass(frozen=True)
class Share:
    """How often a protocol was preferred to the plain call, with ties as half."""

    share: float
    interval: Interval | None
    questions: int
    """The sample size of the interval."""

    pairs: int


def preference(values_by_question: Mapping[str, Sequence[float]]) -> Share | None:
    """Return the share with an interval whose sample is the questions, not the verdicts.

    Below six questions, or if all give the same result, the interval is Wilson's for this share of the questions.
    """
    values = [value for each in values_by_question.values() for value in each]
    if not values:
        return None
    pairs = {name: [(_TIE, value) for value in each] for name, each in values_by_question.items()}
    found = paired_difference(pairs, generator(_SEED))
    share, questions = mean(values), sum(1 for each in values_by_question.values() if each)
    if found is None or found.interval is None:
        interval = wilson(round(share * questions), questions)
    else:
        interval = Interval(max(0.0, found.interval.low + _TIE), min(1.0, found.interval.high + _TIE))
    return Share(share, interval, questions, len(values))


def values_of(key: Sequence[Pair], verdicts: Sequence[Verdict]) -> dict[str, list[float]]:
    """Return the values of each pair for its protocol, one per reader; a pair of identical texts is one tie."""
    by_pair = {pair.pair: pair for pair in key}
    values: dict[str, list[float]] = {pair.pair: [_TIE] for pair in key if pair.side is None}
    for verdict in verdicts:
        side = by_pair[verdict.pair].side
        worth = _TIE if verdict.verdict == "tie" else float(verdict.verdict == side)
        values.setdefault(verdict.pair, []).append(worth)
    return values


def groups_of(pair: Pair, *, with_moment: bool = False) -> tuple[str, ...]:
    """Return the names of the groups that a pair is counted in."""
    moments = (f"at {pair.cut}", f"{pair.language} at {pair.cut}") if with_moment else ()
    return ("all", pair.language, pair.kind, f"{pair.language} {pair.kind}", *moments)


def score(answers: Path, key_path: Path | None, verdicts_path: Path | None, points_path: Path | None = None) -> str:
    """Return the tables of a round; without a key and verdicts or points, only faults of form and cost."""
    records = [*read_answers(answers)]
    tables: list[str] = []
    if key_path is not None and (verdicts_path is not None or points_path is not None):
        text = key_path.read_text(encoding="utf-8")
        if verdicts_path is not None:
            key, verdicts = Key.model_validate_json(text).root, read_verdicts(verdicts_path)
        elif points_path is not None:
            key, verdicts = as_pairs(ItemKey.model_validate_json(text).root, read_points(points_path))
        tables += [preference_table(key, verdicts), bar_table(key, verdicts, records), agreement_table(key, verdicts)]
    return "\n\n".join([*tables, fault_table(records), cost_table(records)])


def shares_of(protocol: str, key: Sequence[Pair], values: Mapping[str, Sequence[float]]) -> dict[str, Share]:
    """Return the shares of one protocol: for all pairs, per language, per kind, and per language and kind.

    All pairs have the same weight, however many readers they had; pairs of identical texts had none.
    """
    grouped: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    has_moments = len({pair.cut for pair in key}) > 1
    for pair in key:
        for name in groups_of(pair, with_moment=has_moments) if pair.protocol == protocol else ():
            grouped[name][pair.question_id].extend([mean(said)] if (said := values.get(pair.pair)) else [])
    ordered = sorted(grouped, key=lambda name: (name.count(" "), name != "all", name not in LANGUAGES, name))
    return {name: share for name in ordered if (share := preference(grouped[name])) is not None}


def bar_table(key: Sequence[Pair], verdicts: Sequence[Verdict], records: Sequence[AnswerRecord]) -> str:
    """Return a table of where each protocol falls short of the bar."""
    values = values_of(key, verdicts)
    rows = ["| protocol | short of the bar by |", "|---|---|"]
    for protocol in _in_order({pair.protocol for pair in key}):
        shares = shares_of(protocol, key, values)
        lacks = [
            f"{language} {_percent(shares[language].share)} of {_percent(least)}"
            for language, least in _BAR.items()
            if language in shares and shares[language].share < least
        ]
        for name, share in shares.items():
            is_kind = name not in ("all", *LANGUAGES) and "at " not in name
            if is_kind and share.interval is not None and share.interval.high < _LEAST_OF_A_KIND:
                lacks.append(f"{name} ends at {_percent(share.interval.high)}")
        counts = count_faults(record for record in records if record.protocol == protocol)
        lacks += [f"{fault} {counts[fault]}" for fault in _NEVER if counts[fault]]
        rows.append(f"| {protocol} | {'; '.join(lacks) or 'nothing'} |")
    return "\n".join(rows)


def preference_table(key: Sequence[Pair], verdicts: Sequence[Verdict]) -> str:
    """Return a table of the shares: all, per language, per kind, per language and kind."""
    values = values_of(key, verdicts)
    rows = ["| protocol | of | preferred to plain | 95 % | questions | pairs |", "|---|---|---|---|---|---|"]
    for protocol in _in_order({pair.protocol for pair in key}):
        for name, share in shares_of(protocol, key, values).items():
            rows.append(
                f"| {protocol} | {name} | {_percent(share.share)} | {_interval(share.interval)} "
                f"| {share.questions} | {share.pairs} |"
            )
    return "\n".join(rows)


def agreement_table(key: Sequence[Pair], verdicts: Sequence[Verdict]) -> str:
    """Return a table of how well each two readers agree: on all pairs, and beyond chance where neither said tie."""
    sides = {pair.pair: pair.side for pair in key}
    said: defaultdict[str, dict[str, Said]] = defaultdict(dict)
    for verdict in verdicts:
        said[verdict.reader][verdict.pair] = verdict.verdict
    rows = [
        "| readers | pairs | same verdict | 95 % | kappa without ties | 95 % | of |",
        "|---|---|---|---|---|---|---|",
    ]
    for one, other in combinations(sorted(said), 2):
        both = [(said[one][pair], said[other][pair], sides[pair]) for pair in said[one] if pair in said[other]]
        same = proportion(sum(mine == its for mine, its, _ in both), len(both))
        decided = [(mine == side, its == side) for mine, its, side in both if "tie" not in (mine, its)]
        kappa = cohen_kappa(cross_table(decided)) if decided else None
        rows.append(
            f"| {one}, {other} | {len(both)} | {_percent(same.rate)} | {_interval(same.interval)} "
            f"| {'-' if kappa is None else f'{kappa.value:.2f}'} "
            f"| {'-' if kappa is None else f'{kappa.interval.low:.2f} to {kappa.interval.high:.2f}'} | {len(decided)} |"
        )
    return "\n".join(rows) if len(rows) > 2 else "agreement: one reader only"


def fault_table(records: Sequence[AnswerRecord]) -> str:
    """Return a table of the number of answers with each fault, per protocol and language."""
    rows = [f"| protocol | language | answers | {' | '.join(FAULTS)} |", "|---|---|---|" + "---|" * len(FAULTS)]
    for protocol in _in_order({record.protocol for record in records}):
        for language in LANGUAGES:
            own = [each for each in records if each.protocol == protocol and each.language == language]
            if own:
                counts = count_faults(own)
                cells = " | ".join(str(counts[fault]) for fault in FAULTS)
                rows.append(f"| {protocol} | {language} | {len(own)} | {cells} |")
    return "\n".join(rows)


def cost_table(records: Sequence[AnswerRecord]) -> str:
    """Return a table of what an answer costs: tokens shown and unseen, the longest wait, prompt tokens read.

    The last column counts the answers that fill all three panels when cut like a growing reply in today's engine.
    """
    rows = [
        "| protocol | answers | letters shown | tokens, median | most | unseen before core, most | calls "
        "| prompt tokens read | longest wait, s | fill three panels |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for protocol in _in_order({record.protocol for record in records}):
        own = [each for each in records if each.protocol == protocol]
        tokens = [sum(call.reply.tokens for call in each.calls) for each in own]
        unseen = [each.times["core"].hidden_tokens for each in own if "core" in each.times]
        prompts = [sum(_read_anew(each)) for each in own]
        full = sum(_panels_filled(each) == len(SECTIONS) for each in own)
        waits = [time.wait_seconds for each in own for time in each.times.values()]
        rows.append(
            f"| {protocol} | {len(own)} | {median(len(each.text) for each in own):.0f} | {median(tokens):.0f} "
            f"| {max(tokens)} | {max(unseen, default=0)} | {mean(len(each.calls) for each in own):.1f} "
            f"| {median(prompts):.0f} | {max(waits, default=0.0):.1f} | {full} |"
        )
    return "\n".join(rows)


def _panels_filled(record: AnswerRecord) -> int:
    if not record.calls:
        return len(record.sections)
    reply = max((call.reply for call in record.calls), key=lambda each: each.tokens)
    return len(panels(record.text, round(reply.tokens * len(record.text) / max(1, len(reply.text)))))


def _read_anew(record: AnswerRecord) -> Iterable[int]:
    return ((call.reply.prompt_tokens or 0) - (call.reply.cached_tokens or 0) for call in record.calls)


def _in_order(names: set[str]) -> list[str]:
    return [name for name in PROTOCOLS if name in names]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _interval(interval: Interval | None) -> str:
    return "-" if interval is None else f"{100 * interval.low:.0f} to {100 * interval.high:.0f} %"
