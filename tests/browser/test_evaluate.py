"""The Evaluate tab in a real browser, on a scripted model that answers and judges."""

from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from evals.plots import FigureName
from tests.browser.conftest import Open, Serve
from tests.browser.visit import Visit
from tests.evals.answering import AnsweringProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_SUITE = """{"id": "one", "question": "Is the <b>sky</b> blue?", "language": "en", "reference": "yes", \
"criteria": [{"claim": "The point is there.", "critical": true}], \
"good": "the good anchor 1", "bad": "the bad anchor 1"}
{"id": "two", "question": "Only timed?"}
"""
# The middle of the last point of the plot; a legend's entry has none.
_POINT = """() => {
  const points = [...document.querySelectorAll("#plot-drift .scatterlayer .points path")];
  const box = points.map((point) => point.getBoundingClientRect()).filter((box) => box.width > 0).at(-1);
  return {x: box.x + box.width / 2, y: box.y + box.height / 2};
}"""


def evaluate(visit: Visit) -> Page:
    visit.page.get_by_role("tab", name="Evaluate").click()
    visit.page.locator("#evaluate-new").click()
    expect(visit.page.locator("#estimate")).to_contain_text("questions")
    return visit.page


def open_part(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def give_suite(page: Page, folder: Path, text: str, name: str = "own.jsonl") -> None:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    page.locator("#evaluate-setup input[type=file]").first.set_input_files(file)


def test_an_evaluation_is_carried_out_shown_and_found_again_by_its_address(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    provider = AnsweringProvider()
    first = visit(serve(provider).url)
    page = evaluate(first)
    give_suite(page, tmp_path, _SUITE)
    expect(page.locator("#estimate")).to_contain_text("2 questions")
    page.locator("#evaluate-start").click()
    expect(page.locator("#evaluate-progress")).to_contain_text("Done", timeout=40_000)
    expect(page.locator("#scorecard")).to_contain_text("UNPROVEN")
    expect(page.locator("#scorecard")).to_contain_text("The model under test judges its own answers.")
    open_part(page, "Answers")
    expect(page.locator("#answers")).to_contain_text("one")

    page.get_by_role("link", name="Is the <b>sky</b> blue?").click()
    expect(page.locator("#detail")).to_contain_text("Is the <b>sky</b> blue?")
    expect(page.locator("#detail")).to_contain_text("The point is there.")

    page.locator("#report").click()
    for ending in (".html", ".csv", ".jsonl", ".evaluation"):
        expect(page.locator("#files")).to_contain_text(ending)
    expect(page.locator("#files")).to_contain_text("_scripted_")  # the model, between the suite and the date

    evaluation_id = parse_qs(urlsplit(page.url).query)["evaluation"][0]
    again = visit(f"{first.url.rstrip('/')}/?evaluation={evaluation_id}", is_ready=False)
    expect(again.page.locator("#scorecard")).to_contain_text("UNPROVEN")
    open_part(again.page, "Plots")
    for name in get_args(FigureName):
        expect(again.page.locator(f"#plot-{name} .main-svg").first).to_be_visible()

    again.page.locator("#plot-drift").scroll_into_view_if_needed()
    place = again.page.evaluate(_POINT)
    with again.page.context.expect_page() as opened:
        again.page.mouse.move(place["x"] - 1, place["y"])
        again.page.mouse.move(place["x"], place["y"], steps=3)
        again.page.wait_for_function("document.querySelector('#plot-drift .js-plotly-plot')._hoverdata")
        again.page.mouse.click(place["x"], place["y"])
    assert "run=" in opened.value.url


def test_a_file_that_is_no_suite_is_explained_and_changes_nothing(serve: Serve, visit: Open, tmp_path: Path) -> None:
    page = evaluate(visit(serve(AnsweringProvider()).url))
    give_suite(page, tmp_path, '{"question": ""}\n{"frage": "Warum?"}\n')
    notice = page.locator("#evaluate-notice")
    expect(notice).to_contain_text("line 1")
    expect(notice).to_contain_text("line 2")
    assert str(tmp_path) not in notice.inner_text()
    expect(page.locator("#estimate")).to_contain_text("4 questions")


def test_an_evaluation_that_is_stopped_can_be_taken_up_again(serve: Serve, visit: Open, tmp_path: Path) -> None:
    provider = AnsweringProvider(pause=0.3)
    page = evaluate(visit(serve(provider).url))
    give_suite(page, tmp_path, _SUITE)
    expect(page.locator("#estimate")).to_contain_text("2 questions")
    page.locator("#evaluate-start").click()
    expect(page.locator("#evaluate-progress")).to_contain_text("Asking", timeout=20_000)
    page.locator("#evaluate-stop").click()
    expect(page.locator("#evaluate-progress")).to_contain_text("Stopped")
    assert provider.opened == provider.closed
    page.locator("#evaluate-go-on").click()
    expect(page.locator("#evaluate-progress")).to_contain_text("Done", timeout=40_000)
    open_part(page, "Answers")
    expect(page.locator("#answers")).to_contain_text("two")


def test_a_judge_is_checked_on_known_answers_from_the_page(serve: Serve, visit: Open, tmp_path: Path) -> None:
    page = evaluate(visit(serve(AnsweringProvider()).url))
    give_suite(page, tmp_path, _SUITE)
    expect(page.locator("#estimate")).to_contain_text("2 questions")
    page.locator("#check-judge").click()
    card = page.locator("#evaluate-notice .judge-card")
    expect(card.locator("li.not_believed")).to_contain_text("of 144 known answers were enough to see", timeout=60_000)
    expect(card.locator("li.not_believed")).to_contain_text("English")
    expect(card.locator("li.unchecked")).to_contain_text("Korean")
    page.locator("#evaluate-start").click()
    expect(page.locator("#evaluate-progress")).to_contain_text("Done", timeout=40_000)
    expect(page.locator("#scorecard")).to_contain_text("JUDGE NOT TRUSTWORTHY")
