"""Labelled pairs: what each protocol asks, and what is counted of it."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from evals.judge.judge import Judge
from evals.judge.pairwise import (
    PROTOCOLS,
    LabelledPair,
    PairJudge,
    PairsError,
    PairVerdict,
    Protocol,
    ahead,
    load_pairs,
    pairs_result,
)
from evals.records.archive import Archive
from evals.report.trust import lead_line
from llmfirst.providers.base import Chunk, Request, TokenLogprob
from llmfirst.stats import proportion
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.evals.made import JUDGE
from tests.scripted import PerSection

BETTER_FIRST = LabelledPair(input="Name a river.", output_1="RIGHT: the Rhine", output_2="a mountain", label=1)
BETTER_SECOND = LabelledPair(input="Name a river.", output_1="a mountain", output_2="RIGHT: the Rhine", label=2)


class Asked(PerSection):
    """Replies with what a function makes of the question: the log-odds of the first word over the second, or text."""

    def __init__(self, answer: Callable[[str], float | str]) -> None:
        super().__init__()
        self.answer = answer
        self.count = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.count += 1
        asked = request.messages[-1].content
        found = self.answer(asked)
        if isinstance(found, str):
            yield Chunk(text=found)
        else:
            share = 1 / (1 + math.exp(-found))
            words = ("A", "B") if "Response B:" in asked else ("Yes", "No")
            top = tuple(
                TokenLogprob(token=word, logprob=math.log(p)) for word, p in zip(words, (share, 1 - share), strict=True)
            )
            yield Chunk(text=words[0], logprobs=(TokenLogprob(token=words[0], logprob=0.0, top=top),))
        yield Chunk(finish_reason="stop")


def verdict(answer: Callable[[str], float | str], pair: LabelledPair, protocol: Protocol = "llmfirst") -> PairVerdict:
    with TemporaryDirectory() as folder:
        return asyncio.run(PairJudge(Judge(Asked(answer), JUDGE), opened(Path(folder))).judge(pair, protocol))


def opened(folder: Path) -> Archive:
    database = open_database(folder)
    return Archive(DocumentStore(database), RunStore(database))


def knows(asked: str) -> float:
    """Say what is right, whatever its place and however it is asked."""
    if "Response B:" in asked:
        return 2.0 if "RIGHT" in asked.partition("Response A:")[2].partition("Response B:")[0] else -2.0
    is_true = ("RIGHT" in asked) != ("does not do" in asked)
    return 2.0 if is_true else -2.0


@pytest.mark.parametrize("protocol", ["llmfirst", "length_controlled", "both", "single"])
@pytest.mark.parametrize("pair", [BETTER_FIRST, BETTER_SECOND])
def test_who_knows_is_right_in_both_orders(pair: LabelledPair, protocol: Protocol) -> None:
    assert verdict(knows, pair, protocol).is_right


def test_favouring_the_first_place_cancels_out_in_both_orders_and_alone_there_is_none() -> None:
    for protocol in ("both", "llmfirst"):
        favours = [verdict(lambda asked: 3.0, pair, protocol) for pair in (BETTER_FIRST, BETTER_SECOND)]
        assert [(one.margin, one.is_tie) for one in favours] == [(0.0, True), (0.0, True)]
    single = [verdict(lambda asked: 3.0, pair, "single") for pair in (BETTER_FIRST, BETTER_SECOND)]
    assert [one.is_right for one in single] == [True, False]


def test_the_margin_is_the_difference_of_the_mean_of_the_questions_a_fault_turned_round() -> None:
    assert verdict(knows, BETTER_FIRST).margin == pytest.approx(4.0)
    assert verdict(knows, BETTER_SECOND).margin == pytest.approx(-4.0)
    assert verdict(knows, BETTER_FIRST, "both").margin == pytest.approx(2.0)


def test_a_longer_text_is_not_better_for_its_length() -> None:
    short, long = "the Rhine", "the Rhine, which " * 20
    for first, second in ((short, long), (long, short)):
        pair = LabelledPair(input="Name a river.", output_1=first, output_2=second, label=1)
        found = verdict(lambda asked: 1.0, pair, "length_controlled")
        assert verdict(lambda asked: 1.0, pair, "llmfirst").is_tie
        assert (found.margin > 0) == (first == short)
        twice = LabelledPair(input="Name a river.", output_1=second, output_2=first, label=1)
        assert verdict(lambda asked: 1.0, twice, "length_controlled").margin == pytest.approx(-found.margin)


def test_a_hangul_syllable_is_as_long_as_three_letters() -> None:
    pair = LabelledPair(input="강 하나", output_1="라인강", output_2="the Rhine", label=1)
    assert verdict(lambda asked: 1.0, pair, "length_controlled").margin == 0.0


@pytest.mark.parametrize(
    ("scores", "right"),
    [(("9", "3"), True), (("3", "9"), False), (("8", "8"), False), (("8.", "7"), True), (("good", "1"), False)],
)
def test_scores_decide_where_they_differ_and_are_scores(scores: tuple[str, str], right: bool) -> None:
    replies = iter(scores)
    assert verdict(lambda asked: next(replies), BETTER_FIRST, "score").is_right == right


def test_no_protocol_is_told_the_label() -> None:
    for protocol in PROTOCOLS:
        seen: list[str] = []

        def note(asked: str, seen: list[str] = seen) -> float:
            seen.append(asked)
            return 1.0

        verdict(note, BETTER_FIRST, protocol)
        other = BETTER_FIRST.model_copy(update={"label": 2})
        first, seen[:] = list(seen), []
        verdict(note, other, protocol)
        assert seen == first


def test_what_was_said_once_is_not_asked_again_after_a_new_start(tmp_path: Path) -> None:
    provider = Asked(knows)
    for expected in (6, 6):
        judge = PairJudge(Judge(provider, JUDGE), opened(tmp_path))
        assert asyncio.run(judge.judge(BETTER_FIRST, "llmfirst")).is_right
        assert provider.count == expected


def test_ties_are_counted_apart_and_accuracy_by_the_place_of_the_better() -> None:
    found = pairs_result(
        [
            PairVerdict(1, 1.0, is_tie=False),
            PairVerdict(1, 0.0, is_tie=True),
            PairVerdict(2, 1.0, is_tie=False),
            PairVerdict(2, -1.0, is_tie=False),
        ]
    )
    assert (found.accuracy, found.decided, found.ties) == (proportion(2, 4), proportion(2, 3), 1)
    assert found.by_position == {1: proportion(1, 2), 2: proportion(1, 2)}
    assert found.with_ties_as_half == 2.5 / 4


def test_how_far_a_protocol_is_ahead_counts_ties_as_half() -> None:
    right, tied, wrong = PairVerdict(1, 1.0, is_tie=False), PairVerdict(1, 0.0, is_tie=True), PairVerdict(2, 1.0, False)
    assert [one.worth for one in (right, tied, wrong)] == [1.0, 0.5, 0.0]
    lead = ahead([right] * 8 + [wrong], [tied] * 8 + [right])
    assert lead is not None
    assert lead.interval is not None
    assert lead.mean == pytest.approx((8 * 0.5 - 1) / 9)
    assert lead.interval.low < lead.mean < lead.interval.high
    assert lead_line(lead, "llmfirst", "score").startswith("llmfirst minus score, undecided as half right: +0.33 (")


def test_a_file_of_pairs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps([BETTER_FIRST.model_dump()]), encoding="utf-8")
    assert load_pairs(path) == (BETTER_FIRST,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "holds no pair"),
        ("{", "must be a JSON list"),
        ('[{"input": "a", "output_1": "b", "output_2": "c", "label": 3}]', "0 label"),
        ('[{"input": "a", "output_1": "b", "label": 1}]', "0 output_2"),
    ],
)
def test_a_file_of_no_pairs_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "pairs.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PairsError, match=told):
        load_pairs(path)
    with pytest.raises(PairsError, match="cannot be read"):
        load_pairs(tmp_path / "nothing.json")
