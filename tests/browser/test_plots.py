"""The Plots part in a real browser: the theme of the page, where things stand, keys, and what axe finds."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import FloatRect, Locator, Page, expect

from evals.records.archive import Archive
from llmfirst.store import DocumentStore, RunStore, open_database
from tests.browser.conftest import Open, Serve
from tests.evals.answering import AnsweringProvider
from tests.evals.made import OTHER, TARGET, case, evaluation, keep_answers

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_INK = "#plot-total .xtick text"
_COLOUR = "(selector) => getComputedStyle(document.querySelector(selector)).fill"
_HIDDEN = (
    "() => document.querySelector('#plot-total .js-plotly-plot').data.filter((one) => one.visible === false).length"
)


def keep(folder: Path) -> None:
    """Keep an evaluation of two models, and one of which nothing was asked yet."""
    database = open_database(folder)
    archive = Archive(DocumentStore(database), RunStore(database))
    keep_answers(archive, evaluation(*map(case, range(3)), evaluation_id="aaa111", models=(TARGET, OTHER)))
    archive.add(evaluation(case(9), evaluation_id="bbb222"))
    database.dispose()


def box(part: Locator) -> FloatRect:
    found = part.bounding_box()
    assert found is not None
    return found


def card_parts(page: Page, name: str) -> tuple[FloatRect, FloatRect]:
    return box(page.locator(f"#plot-{name} .js-plotly-plot")), box(page.locator(f"#card-{name} .figure-legend"))


def test_figures_have_the_theme_their_legends_and_the_keyboard_on_every_screen(
    serve: Serve, visit: Open, tmp_path: Path
) -> None:
    keep(tmp_path)
    url = serve(AnsweringProvider()).url
    page = visit(f"{url}/?evaluation=aaa111&part=plots", is_dark=True, is_ready=False).page
    expect(page.locator("#plot-self_knowledge .main-svg").first).to_be_visible(timeout=60_000)

    # The words of a figure are those of the page, also when its theme changes.
    assert page.evaluate(_COLOUR, _INK) == "rgb(244, 244, 245)"
    page.evaluate("() => document.body.classList.remove('dark')")
    assert page.evaluate(_COLOUR, _INK) == "rgb(39, 39, 42)"
    page.evaluate("() => document.body.classList.add('dark')")

    # Two in a row, the legend at the right; on a phone one, the legend below.
    first, total = (box(page.locator(f"#card-{name}")) for name in ("first_text", "total"))
    assert first["y"] == total["y"]
    assert first["x"] + first["width"] <= total["x"]
    plot, legend = card_parts(page, "total")
    assert plot["x"] + plot["width"] <= legend["x"]
    assert plot["width"] > legend["width"]
    expect(page.locator("#evaluate-plots .modebar:visible")).to_have_count(0)

    # A name hides its model. Arrows go from answer to answer, Enter opens one.
    name = page.locator("#card-total .figure-legend button").first
    name.click()
    expect(name).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(_HIDDEN) == 2  # the stair and its end
    name.press("Enter")
    assert page.evaluate(_HIDDEN) == 0
    page.locator("#plot-total .js-plotly-plot").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#card-total .stepped")).to_contain_text("Question")
    expect(page.locator("#card-total .stepped")).to_contain_text("the core")
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    assert "?run=" in opened.value.url
    opened.value.close()

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("() => document.querySelector('#plot-total .main-svg').clientWidth < 380")
    plot, legend = card_parts(page, "total")
    assert plot["y"] + plot["height"] <= legend["y"]
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator("#evaluate-list a[data-evaluation=bbb222]").click()
    expect(page).to_have_url(re.compile("bbb222"))
    expect(page.locator("#no-plots")).to_contain_text("No answer has been measured yet")
    expect(page.locator("#evaluate-plots .figure-head")).to_have_count(0)
