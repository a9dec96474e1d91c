"""The quality of a model is one figure with one count, wherever it stands."""

import json
from html import unescape
from typing import Any

import plotly.graph_objects as go
import pytest

from evals.analysis.summary import Summary
from evals.analysis.trend import trend_rows
from evals.analysis.trust import JudgeEvidence
from evals.cli.outcome import card_text, scorecards_json
from evals.plots import FigureName, figures
from evals.report.page import report_html
from evals.suite.cases import Language
from evals.ui.render import scorecard_html
from tests.evals.made import calibrated
from tests.evals.report.made import FAILED, PASSED, UNSURE, attempt, case, evaluation, failure, result, timing

HEADLINE = "74.2 % (43.1 to 98.6 %, n = 16)"
ON_TIME = "54.0 % (18.7 to 89.0 %, n = 16); as judged 8 of 16"
AS_JUDGED = "11 of 16 decided items passed"


@pytest.fixture(scope="module")
def made() -> Summary:
    """Return 11 items that passed (3 of them late), 4 that did not, one that failed, and 4 undecided ones."""
    items = [case(number) for number in range(20)]
    late = timing(total=130.0)
    results = [
        *(result(item, attempt(item, number)) for number, item in enumerate(items[:8])),
        *(result(item, attempt(item, number, timing=late)) for number, item in enumerate(items[8:11], 8)),
        *(result(item, attempt(item, number), (FAILED, PASSED)) for number, item in enumerate(items[11:15], 11)),
        result(items[15], failure(items[15], 15), ()),
        *(result(item, attempt(item, number), (PASSED, UNSURE)) for number, item in enumerate(items[16:], 16)),
    ]
    return Summary(evaluation(*items), tuple(results), JudgeEvidence({"en": calibrated(0.9, 0.9)}))


def figure(summary: Summary, name: FigureName, language: Language = "en") -> go.Figure:
    return next(one.figure for one in figures(summary, trend_rows([summary]), language) if one.name == name)


def test_page_report_and_terminal_say_the_same_quality(made: Summary) -> None:
    report = unescape(report_html(made, trend_rows([made]), "en")).partition("<section>\n<h2>Figures")[0]
    for told in (unescape(scorecard_html(made, "en")), report, card_text(made.scorecards[0])):
        told = told.replace("\u00a0", " ")
        assert HEADLINE in told
        assert told.count(ON_TIME) == told.count(AS_JUDGED) == 1


def test_json_has_the_quality_and_what_it_was_computed_from(made: Summary) -> None:
    (model,) = scorecards_json(made)["models"]
    quality: dict[str, Any] = model["quality"]
    assert f"{quality['rate']['value']:.3f}" == "0.742"
    assert (quality["passed"]["passed"], quality["passed"]["total"], quality["abstained"]) == (11, 16, 4)
    assert f"{model['on_time_and_passed']['value']:.3f}" == "0.540"
    assert (model["in_target"]["passed"], model["in_target"]["total"]) == (8, 16)
    rows = [row for tier in model["tiers"] for row in tier["rows"] if row["name"] == "quality"]
    assert {(row["value"], row["count"]) for row in rows} == {(quality["rate"]["value"], 16)}
    data = report_html(made, [], "en").partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data)["scorecards"][0]["quality"]["rate"] == quality["rate"]


def test_figures_have_the_quality_or_count_what_it_was_computed_from(made: Summary) -> None:
    (entry,) = next(one.legend for one in figures(made, trend_rows([made]), "en") if one.name == "quality")
    assert entry.lines == ("quality 74% (43–99%), n = 16", "4 abstained")
    rate = made.scorecards[0].quality.rate
    assert rate is not None
    trend = next(trace for trace in figure(made, "trend").data if trace.yaxis == "y3")
    assert (list(trend.y), trend.customdata[0][3]) == ([rate.value], "74% (43–99%), n = 16")
    corners = [one.text.rpartition(">")[2] for one in figure(made, "corners").layout.annotations[:4]]
    assert corners == ["8/16", "3/16", "4/16", "1/16"]
