"""How the Evaluate tab looks in a real browser: nothing over anything else, on a wide and on a narrow screen."""

import pytest
from playwright.sync_api import expect

from llmfirst.providers.base import ModelCard
from tests.browser.conftest import Open, Serve
from tests.evals.answering import AnsweringProvider

pytestmark = pytest.mark.browser
# How far the text of each dropdown with one value reaches into its caret, in pixels.
_OVER = """() => [...document.querySelectorAll("#evaluation-tab .block")].flatMap((block) => {
  const text = block.querySelector("input[role=combobox]"), caret = block.querySelector(".icon-wrap");
  if (!text?.offsetParent || !caret || ["targets", "target-thinks"].includes(block.id)) return [];
  return [[block.id, Math.round(text.getBoundingClientRect().right - caret.getBoundingClientRect().left)]];
})"""
_HEIGHTS = """() => Object.fromEntries(["evaluate-what", "targets", "mode", "repeats"].map(
  (id) => [id, document.getElementById(id).getBoundingClientRect().height]))"""


class LongNames(AnsweringProvider):
    """A model whose name is longer than any field."""

    async def models(self) -> tuple[ModelCard, ...]:
        return (ModelCard(name="qwen2.5-coder:1.5b-instruct-q4_K_M-with-a-name-that-goes-on-and-on"),)


@pytest.mark.parametrize(
    ("width", "locale", "name"),
    [pytest.param(1280, "ko-KR", "평가", marks=pytest.mark.slow), (390, "en-US", "Evaluate")],
)
def test_a_long_choice_ends_before_its_caret_and_the_order_takes_one_line(
    serve: Serve, visit: Open, width: int, locale: str, name: str
) -> None:
    page = visit(serve(LongNames()).url, width=width, locale=locale).page
    page.get_by_role("tab", name=name).click()
    expect(page.locator("#judge input")).to_have_value(
        "ollama/qwen2.5-coder:1.5b-instruct-q4_K_M-with-a-name-that-goes-on-and-on"
    )
    over = dict(page.evaluate(_OVER))
    assert over.keys() == {"suite", "judge", "mode", "evaluation", "compared"}
    assert max(over.values()) <= 0
    assert page.evaluate("() => getComputedStyle(document.querySelector('#judge input')).textOverflow") == "ellipsis"
    heights = page.evaluate(_HEIGHTS)
    assert heights["mode"] == heights["repeats"]
    if width == 1280:
        assert heights["evaluate-what"] <= heights["targets"] + 4
