"""The report as one file: what stands in it, and that it stays text."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from playwright.sync_api import Dialog, Page, sync_playwright

from evals.analysis.trust import JudgeEvidence
from evals.judge.judged_answers import JudgedAnswer
from evals.plots import FigureName
from evals.records.evaluation import EvaluatedModel, Evaluation
from evals.records.local_time import local_time
from evals.suite.cases import Criterion, Language, Suite
from evals.suite.checks import CheckResult
from evals.texts import texts_in
from tests.chromium import chromium_path
from tests.evals.made import calibrated
from tests.evals.report.made import (
    FAILED,
    JUDGE,
    LANGUAGES,
    MODEL,
    OTHER,
    PASSED,
    START,
    UNSURE,
    attempt,
    case,
    evaluation,
    failure,
    report,
    result,
    timing,
)

FIGURES: tuple[FigureName, ...] = get_args(FigureName)
PAYLOAD = (
    '</script><script>window.ran = 1</script>"\'><img src=x onerror="window.ran = 1"><!-- ]]> <b>{{ 7 * 7 }}</b>'
    '<a href="javascript:window.ran = 1">a</a></details></textarea></style><svg onload="window.ran = 1">'
    '&lt;i&gt;\\u003c/script>","ran":1}'
)
PLAIN = "plain"
BELIEVED = JudgeEvidence({"en": calibrated(0.99, 0.99)})  # so that figures of quality hold the texts too
CLICK = "(run) => document.getElementById('figure-total').emit('plotly_click', {points: [{customdata: [run]}]})"


class Read(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.scripts: dict[str, str] = {}
        self._within = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        self._within = tag if tag != "script" else f"script#{dict(attrs).get('id')}"

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within.startswith("script"):
            self.scripts[self._within.partition("#")[2]] = data
        elif self._within != "style":
            self.text.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.text).replace("\u00a0", " ").split())


def hostile(text: str) -> tuple[Evaluation, list[JudgedAnswer]]:
    """Return an evaluation in which every string that somebody else writes holds the text."""
    line = text.replace("\n", " ")[:180]
    item = case(
        id=f"id {line}",
        question=text,
        category=line,
        reference=text,
        criteria=[Criterion(claim=text, critical=True), Criterion(claim=text, negative=True), Criterion(claim=text)],
    )
    model = EvaluatedModel(provider="openai", model=text, digest=text, size_bytes=1, parameters=text, quantization=text)
    judge = JUDGE.model_copy(update={"model": text, "digest": text, "address": text})
    machine = evaluation().machine.model_copy(
        update={"name": text, "system": text, "processor": text, "packages": {text: text}, "revision": text}
    )
    of = evaluation(suite=Suite(name=line, title=line, cases=(item,)), models=(model,), judge=judge, machine=machine)
    of = of.model_copy(update={"evaluation_id": text, "repeats": 3})
    unsure = UNSURE.model_copy(update={"figures": text})
    check = CheckResult(name="numbers", passed=True, found=text)
    answer = attempt(item, 1, model, text=text, guards=(text,), run_id=text)
    again = attempt(item, 2, model, text=text)
    lost = failure(item, 3, error=text)
    attempts = [
        one.model_copy(update={"trial": one.trial.model_copy(update={"model": model.key, "repeat": repeat})})
        for repeat, one in enumerate((answer, again, lost))
    ]
    return of, [result(item, one, () if one.is_error else (PASSED, FAILED, unsure), [check]) for one in attempts]


@pytest.fixture(scope="module")
def hostile_page() -> str:
    return report(*hostile(PAYLOAD), evidence=BELIEVED)


@pytest.fixture(scope="module")
def pages() -> dict[Language, str]:
    """The report of two models, in both languages: a good answer, a bad one, a failed one, one that was cold."""
    items = [case(number) for number in range(3)]
    of = evaluation(*items, models=(MODEL, OTHER), judge=JUDGE.model_copy(update={"model": MODEL.model}))
    cold = timing(was_cold=True, first_text=31.0, loading=29.8)
    results = [
        result(items[0], attempt(items[0], 1)),
        result(items[0], attempt(items[0], 2, OTHER, text="Start\n\non the last day."), (FAILED, PASSED)),
        result(items[1], failure(items[1], 3), ()),
        result(items[1], attempt(items[1], 4, OTHER, timing=cold), (PASSED, UNSURE)),
    ]
    return {language: report(of, results, language, given_up=3) for language in LANGUAGES}


def test_text_of_others_adds_no_element_and_no_attribute(hostile_page: str) -> None:
    policy = re.compile(r'content="default-src[^"]*"')
    ours = Read(policy.sub("", report(*hostile(PLAIN), evidence=BELIEVED)))
    theirs = Read(policy.sub("", hostile_page))
    assert theirs.elements == ours.elements
    assert " ".join(PAYLOAD.split()) in theirs.said


def test_the_data_holds_the_text_as_it_was(hostile_page: str) -> None:
    read = Read(hostile_page)
    data = json.loads(read.scripts["data"])
    assert data["evaluation"]["suite"]["cases"][0]["question"] == PAYLOAD
    assert [one["text"] for one in data["answers"]] == [PAYLOAD, PAYLOAD, ""]
    assert data["answers"][0]["verdicts"]["2"]["figures"] == PAYLOAD
    assert json.loads(read.scripts["drawn"])["answers"][PAYLOAD] == "answer-1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_element_names_a_place_to_ask(pages: dict[Language, str], language: Language) -> None:
    asking = {"src", "href", "action", "srcset", "data", "poster", "formaction", "background", "ping", "xlink:href"}
    elements = Read(pages[language]).elements
    assert [one for one in elements if asking & {name for name, _ in one[1]}] == []
    assert not {"link", "iframe", "img", "base", "form", "object", "embed"} & {tag for tag, _ in elements}
    assert "@import" not in pages[language]


def test_the_policy_lets_only_the_scripts_of_the_page_run(pages: dict[Language, str]) -> None:
    policies = [
        dict(found)["content"] for tag, found in Read(pages["en"]).elements if tag == "meta" and len(found) == 2
    ]
    policy = next(one for one in policies if one is not None and "default-src" in one)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    script_rule = policy.split(";")[1]
    assert "unsafe" not in script_rule
    assert script_rule.count("'sha256-") == 2
    assert "http" not in policy
    assert pages["en"].count("* plotly.js v") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_names_every_row_and_every_finding(pages: dict[Language, str], language: Language) -> None:
    said, words = Read(pages[language]).said, texts_in(language).names
    assert all(word in said for word in words.targets.values())
    assert all(words.findings[finding] in said for finding in ("pass", "fail", "cannot tell"))
    assert words.trust["unproven"] in said
    assert said.count(words.self_judged) == 1
    assert words.causes["too_close"] in said


def test_the_verdict_has_shapes_beside_colours(pages: dict[Language, str]) -> None:
    shapes = {dict(found)["class"] for tag, found in Read(pages["en"]).elements if tag == "svg"}
    assert {"icon pass", "icon fail", "icon unsure"} <= shapes


def test_the_fingerprint_says_what_was_measured_where_and_with_what(pages: dict[Language, str]) -> None:
    said = Read(pages["en"]).said
    for part in (
        "e55aed6fe643",
        "2.6 GB",
        "Q4_K_M",
        "4.0B",
        "laptop",
        "8 cores",
        "34.0 GB",
        "llmfirst 0.3.0",
        "dbe0956",
    ):
        assert part in said
    for part in (
        "5f1c0a9b77d2",
        "SHA-256",
        "120 s",
        "one model after the other",
        local_time(START),
        "a8cc1361f314",
    ):
        assert part in said
    assert "Disturbed and measured again: 3" in said


def test_a_failure_has_no_times_and_a_cold_answer_is_marked(pages: dict[Language, str]) -> None:
    said = Read(pages["en"]).said
    assert "ollama stopped in the middle" in said
    assert "9.00 s" not in said
    assert "31.0 s cold" in said


def test_line_breaks_of_an_answer_are_kept(pages: dict[Language, str]) -> None:
    assert "<p>Start</p>\n<p>on the last day.</p>" in pages["en"]
    assert "white-space: pre-wrap" in pages["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_before_the_first_answer_says_so(language: Language) -> None:
    read = Read(report(evaluation(), [], language))
    assert texts_in(language).names.findings["not measured"] in read.said
    assert "details" not in {tag for tag, _ in read.elements}
    assert [one["name"] for one in json.loads(read.scripts["drawn"])["figures"]] == [*FIGURES]


def test_one_answer_without_a_judge_is_a_whole_report() -> None:
    of = evaluation(judge=None)
    waiting = result(case(), attempt(case()), None)
    said = Read(report(of, [waiting])).said
    assert "no judge" in said
    assert "UNPROVEN" not in said
    assert "not judged" in said
    assert "On time and passed (times of tier 1): not measured" in said


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_shows_a_hostile_report_and_runs_and_asks_nothing(hostile_page: str, tmp_path: Path) -> None:
    place = tmp_path / "report.html"
    place.write_text(hostile_page, encoding="utf-8")
    for page, seen in opened(place):
        drawn = page.locator(".figure.js-plotly-plot")
        drawn.nth(len(FIGURES) - 1).wait_for()
        assert drawn.count() == len(FIGURES)
        page.evaluate(CLICK, PAYLOAD)
        assert page.locator("details[open]").get_attribute("id") == "answer-1"
        assert page.locator("details[open] .text").nth(1).inner_text() == PAYLOAD
        assert page.evaluate("window.ran") is None
        assert page.locator("a, img, iframe").count() == 0
        assert seen == [f"request {place.as_uri()}"]


def opened(place: Path) -> Iterator[tuple[Page, list[str]]]:
    """Open a file in a browser that is on this machine, with all that it asks, says or breaks."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium_path(playwright), args=["--no-sandbox"]) as chromium,
    ):
        page, seen = chromium.new_page(), list[str]()

        def on_dialog(dialog: Dialog) -> None:
            seen.append(f"dialog {dialog.message}")
            dialog.dismiss()

        page.on("request", lambda request: seen.append(f"request {request.url}"))
        page.on("console", lambda message: seen.append(f"console {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error {error}"))
        page.on("dialog", on_dialog)
        page.goto(place.as_uri())
        yield page, seen
