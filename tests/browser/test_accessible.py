"""What everybody can use: axe finds nothing of ours, the keyboard shows where it is, nothing leaves the machine."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, ShelfProvider
from tests.browser.visit import Visit
from tests.scripted import END

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Gradio's own, by rule and by what is found.
_OF_GRADIO = {"aria-prohibited-attr": "#plot-"}  # the label of a plot that is not drawn yet
_RICH = f"""A list:

- one
- two

```python
print("{"x" * 300}")
```

| a | b |
|---|---|
| 1 | {"wide " * 60} |

$$x^2 + y^2 = z^2$$ and [a link](https://example.org/page) and an image: ![image](https://example.org/image.png)
<img src="https://example.org/other.png"> <style>@import url(https://example.org/a.css);</style>
"""
_TABS = "#tabs [role=tab]:visible"
# Which elements the Tab key reaches without a ring around them or around what they are in.
_RINGLESS = """() => {
  const focused = document.activeElement;
  for (let one = focused, level = 0; one && level < 5; one = one.parentElement, level += 1) {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    if (outlineStyle === "solid" && parseFloat(outlineWidth) >= 2) return null;
  }
  return focused === document.body ? null : focused.outerHTML.slice(0, 200);
}"""


def found(page: Visit) -> list[str]:
    """Return what axe finds, without what is Gradio's own."""
    page.page.wait_for_timeout(300)  # colours that are still changing have another contrast
    violations = Axe().run(page.page).response["violations"]
    return [
        f"{violation['id']} {node['target']} {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
        if _OF_GRADIO.get(violation["id"], " ") not in str(node["target"])
    ]


@pytest.mark.parametrize(("locale", "is_dark"), [("ko-KR", False), ("en-US", True)])
def test_axe_finds_nothing_of_ours_on_any_tab_and_no_request_leaves_the_machine(
    serve: Serve, visit: Open, locale: str, is_dark: bool
) -> None:
    """The visit itself fails on any request to another origin."""
    provider = ShelfProvider(Gate(), ["plan", END], [_RICH, END], ["details.", END], ["The end.", END])
    page = visit(serve(provider).url, locale=locale, is_dark=is_dark)
    assert found(page) == []
    page.ask("why?")
    page.wait_for("#panel-conclusion", "The end.")
    page.page.locator("#why summary").first.click()
    assert found(page) == []
    for tab in page.page.locator(_TABS).all():
        tab.click()
        page.page.wait_for_timeout(1000)  # what comes with the tab has no end that all have
        assert found(page) == [], tab.inner_text()
        links = page.page.locator(".kin:visible a:not([aria-current])")
        for name in [link.get_attribute("data-tab") for link in links.all()]:
            page.page.locator(f".kin:visible [data-tab={name}]").click()
            expect(page.page.locator(f".kin:visible [data-tab={name}]")).to_have_attribute("aria-current", "page")
            page.page.wait_for_timeout(1000)
            assert found(page) == [], name


def test_the_keyboard_sees_where_it_is_and_leaves_no_list_open(serve: Serve, visit: Open) -> None:
    page = visit(serve(ShelfProvider(Gate())).url)
    page.page.keyboard.press("Tab")
    assert page.text(":focus") == "Skip to the question"
    ringless = []
    for _ in range(16):
        page.page.keyboard.press("Tab")
        ringless.append(page.page.evaluate(_RINGLESS))
    assert [one for one in ringless if one] == []
    page.page.locator("#heading a.skip").focus()
    page.page.locator("[role=listbox]").wait_for(state="hidden")
    page.page.keyboard.press("Enter")
    page.page.wait_for_function("() => document.activeElement.matches('#question textarea')")
    page.page.keyboard.press("Tab")
    page.page.locator("[role=listbox]").wait_for()
    page.page.keyboard.press("Tab")
    page.page.locator("[role=listbox]").wait_for(state="hidden")
    assert page.page.evaluate("() => location.hash + location.search") == ""
