"""What is said of answers that a reader does not read to the end: one sentence, one table, the same everywhere."""

import json
from dataclasses import replace
from html import unescape

import pytest

from evals.analysis.summary import Summary
from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence
from evals.cli.outcome import scorecards_json, value_text
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import Unscored
from evals.records.evaluation import EvaluatedModel
from evals.report.page import report_html
from evals.report.value import value_view
from evals.suite.cases import Language
from tests.evals.made import calibrated
from tests.evals.report.made import FAILED, MODEL, OTHER, PASSED, attempt, case, evaluation, result

A, B = MODEL.key, OTHER.key
ITEMS = [case(number) for number in range(30)]
TRUSTED = JudgeEvidence({"en": calibrated(0.9, 0.9)})
OPEN = dict.fromkeys((10.0, 20.0), "some of it")


def answers(target: EvaluatedModel, good: int, *, is_open: bool = True, empty: int = 0) -> tuple[JudgedAnswer, ...]:
    """Return answers to all items: the first `good` passed, and the last `empty` have no text."""
    made = []
    for number, item in enumerate(ITEMS):
        one = attempt(item, number, target, shown=OPEN if is_open else {})
        is_empty = number >= len(ITEMS) - empty
        stood = one.model_copy(update={"text": ""}) if is_empty else one
        made.append(result(item, stood, () if is_empty else (PASSED if number < good else FAILED, PASSED)))
    return tuple(made)


def of_two(known: JudgeEvidence = TRUSTED) -> Summary:
    """Return an evaluation in which A is ahead at 10 s, B at the end, and at 60 s everything had ended."""
    moments: dict[float | None, tuple[JudgedAnswer, ...]] = {
        10.0: answers(MODEL, 22) + answers(OTHER, 6, empty=20),
        20.0: answers(MODEL, 20) + answers(OTHER, 18),
        60.0: answers(MODEL, 12, is_open=False) + answers(OTHER, 28, is_open=False),
    }
    end = answers(MODEL, 12) + answers(OTHER, 28)
    return Summary(evaluation(*ITEMS, models=(MODEL, OTHER)), end, known, stood=moments)


def of_one(at_10: int, at_20: int, at_end: int, *, is_open: bool = True) -> Summary:
    ten, twenty = (answers(MODEL, good, is_open=is_open) for good in (at_10, at_20))
    return Summary(evaluation(*ITEMS), answers(MODEL, at_end), TRUSTED, stood={10.0: ten, 20.0: twenty})


def sentence(summary: Summary, language: Language = "en") -> str:
    view = value_view(summary, language)
    assert view is not None
    return view.sentence


def test_one_sentence_says_who_is_ahead_when_and_where_it_cannot_be_told() -> None:
    assert sentence(of_two()) == (
        f"Stopped at 10 s, {A} is ahead (79.2 % against 20.8 %); read to the end, {B} is ahead (100 % against 37.5 %); "
        "stopped at 20 s, it cannot be told which is ahead."
    )
    assert sentence(of_two(), "ko") == (
        f"10초에 멈추면 {A} 쪽이 앞섭니다(79.2% 대 20.8%). 끝까지 읽으면 {B} 쪽이 앞섭니다(100% 대 37.5%). "
        "20초에 멈추면 어느 쪽이 앞서는지 알 수 없습니다."
    )


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        (of_one(2, 20, 24), "Stopped at 10 s, the answers are worth less than at their end (0 % against 87.5 %); "),
        (of_one(2, 20, 24), "stopped at 20 s, no difference to the end can be told."),
        (of_one(28, 24, 12), "Stopped at 10 s or 20 s, the answers are worth more than at their end (100 % against "),
        (of_one(12, 12, 12, is_open=False), "All answers had ended before the first of these moments"),
        (of_two(NO_EVIDENCE), "Nobody has checked whether this judge can be believed"),
        (of_two(JudgeEvidence({"en": calibrated(0.9, 0.4)})), "This judge cannot be believed"),
    ],
)
def test_one_model_is_held_against_its_end_and_a_judge_that_is_not_believed_puts_nobody_ahead(
    summary: Summary, told: str
) -> None:
    assert told in sentence(summary)


def test_the_table_has_the_rates_with_their_counts_and_without_trust_what_was_read() -> None:
    view = value_view(of_two(), "en")
    assert view is not None
    assert view.models == (A, B)
    assert [moment for moment, _ in view.rows] == ["10 s", "20 s", "60 s", "End"]
    first, second = view.rows[0][1]
    assert (first.value, second.value) == ("79.2 %", "20.8 %")
    assert first.small.endswith(" %, n = 30")
    assert second.small.endswith(" %, n = 30, 20 without text")
    raw = value_view(of_two(NO_EVIDENCE), "en")
    assert raw is not None
    assert [cell.value for cell in raw.rows[0][1]] == ["22 of 30 passed as read", "6 of 30 passed as read"]


def test_as_long_as_the_judge_reads_nothing_is_told() -> None:
    whole = of_two()
    unread = replace(whole.stood[20.0][0], verdicts={0: Unscored(cause="not_reached")}, item="abstained")
    reading = replace(whole, stood={**whole.stood, 20.0: (unread, *whole.stood[20.0][1:])})
    assert sentence(reading) == "The judge has yet to read 1 texts. What can be told is said after that."
    view = value_view(reading, "en")
    assert view is not None
    assert (view.rows[1][1][0].value, view.rows[1][1][0].small) == ("–", "1 to be read")


def test_report_json_and_terminal_say_the_same_and_nothing_without_moments() -> None:
    summary = of_two()
    report = report_html(summary, [], "en")
    assert sentence(summary) in unescape(report)
    assert sentence(summary) in value_text(summary)
    assert "10 s: ollama/qwen3:4b 79.2 % (" in value_text(summary)
    data = json.loads(report.partition('id="data">')[2].partition("</script>")[0])
    told = json.loads(json.dumps(scorecards_json(summary)))["value"]
    assert data["value"] == told
    assert [(one["seconds"], one["ahead"]) for one in told] == [(10, A), (20, None), (60, None), (None, B)]
    assert told[-1]["models"][0]["rate"] == scorecards_json(summary)["models"][0]["quality"]["rate"]
    without = replace(summary, stood={})
    assert (value_view(without, "en"), value_text(without), scorecards_json(without)["value"]) == (None, "", [])
    assert "value-by-second" not in report_html(without, [], "en")
