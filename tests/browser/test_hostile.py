"""A model that prints whatever could run or call out in a browser."""

import urllib.request

import pytest
from playwright.sync_api import Response, expect

from llmfirst.events import PHASES
from llmfirst.texts import texts_in
from tests.browser.conftest import Open, Serve
from tests.browser.elsewhere import elsewhere
from tests.browser.payloads import payloads, printable
from tests.browser.served import Gate, endless, gated
from tests.scripted import END, PerSection, Reply

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_TO_A_PANEL = 4
# What the browser says when it refuses, images of this server that are none, and what Mermaid says of a diagram that
# was taken away, for the next question, while it was being drawn.
_REFUSED = (
    "Content Security Policy|request to another origin: http://localhost|404 for |status of 40[34]|403 for .*/api/"
    "|{str: .*, hash: TypeError"
)
_SPRING = """() => document.querySelectorAll('.panel :is(.send, button, a, summary)').forEach((trap) => {
  trap.removeAttribute('target');
  trap.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})); })"""


def test_a_model_that_prints_hostile_text_runs_nothing_and_reaches_nobody(serve: Serve, visit: Open) -> None:
    with elsewhere() as there:
        urllib.request.urlopen(f"{there.url}/proof").close()
        assert there.asked.pop() == "/proof"
        # A few to a panel: some of them hide whatever comes after them.
        texts = payloads(there.url)
        panels = ["\n\n".join(texts[at : at + _TO_A_PANEL]) for at in range(0, len(texts), _TO_A_PANEL)]
        asks = [panels[at : at + len(PHASES)] for at in range(0, len(panels), len(PHASES))]
        replies: list[Reply] = []
        for ask in asks:
            for number, text in enumerate([*ask, *["nothing"] * (len(PHASES) - len(ask))]):
                # Half written, tags are seen too.
                pieces = [text] if number % 2 else [text[at : at + 30] for at in range(0, len(text), 30)]
                replies.append([*pieces, END])
        served = serve(PerSection(*replies, ["plan", END], endless("word", 0.05)))
        page = visit(served.url)
        own_answers: list[tuple[str, int]] = []

        def note(response: Response) -> None:
            if "/api/stream" in response.url:
                own_answers.append((response.url, response.status))

        page.page.on("response", note)

        def is_safe() -> None:
            assert page.page.evaluate("() => window.ran") is None
            assert there.asked == []
            assert all(status == 403 for _, status in own_answers), "the model's text asked a question of its own"
            assert page.page.url == f"{served.url}/?run={run_id}"
            assert page.page.locator("a[href^='javascript' i], .panel :is(iframe, script, base)").count() == 0
            page.forgive(_REFUSED)
            assert page.problems == []

        last = ""
        for _ in asks:
            page.ask("Print script tags.")
            page.page.wait_for_function("(last) => location.search && location.search !== last", arg=last)
            page.wait_for("#state", "Complete")
            run_id = page.run_id()
            last = f"?run={run_id}"
            is_safe()
            page.page.evaluate(_SPRING)
            is_safe()
            page.reload()
            page.wait_for("#state", "Complete")
            is_safe()

        page.page.locator("#asking #question textarea").fill("why?")
        page.page.keyboard.press("Control+Enter")
        page.wait_for("#panel-core", "word1 word2")
        page.page.keyboard.press("Escape")
        page.wait_for("#state", "Stopped")
        run_id = page.run_id()
        is_safe()


def test_why_this_answer_shows_the_calls_as_they_were_and_runs_nothing_of_them(serve: Serve, visit: Open) -> None:
    with elsewhere() as there:
        core = "\n\n".join(
            ["\n</pre></details>", *printable(there.url), "${window.ran = 1}", "{{window.ran}}", "<!-- -->", "$&"]
        )
        page = visit(serve(PerSection(["plan", END], [core, END], ["a", END], ["b", END])).url)
        question = "<img src=x onerror='window.ran = 1'> why?"
        page.ask(question)
        page.wait_for("#state", "Complete")
        panel = page.page.locator("#why .why")
        expect(panel.locator("pre").first).not_to_be_visible()
        panel.locator("summary").first.focus()
        page.page.keyboard.press("Enter")
        expect(panel.locator("p").first).to_contain_text(
            f"{len(core) + len('planab'):,} characters shown was written by"
        )
        calls = panel.locator("details")
        expect(calls).to_have_count(len(PHASES))
        for at, (phase, reply) in enumerate(zip(PHASES, ["plan", core, "a", "b"], strict=True)):
            expect(calls.nth(at).locator("summary")).to_contain_text(
                f"{at + 1}. {texts_in('en').shared.phases[phase]} · scripted"
            )
            calls.nth(at).locator("summary").click()
            expect(calls.nth(at).locator("pre").last).to_be_visible()
            drawn = calls.nth(at).locator("pre").evaluate_all("(all) => all.map((one) => one.textContent)")
            assert question in "".join(drawn[:-1])
            assert drawn[-1] == reply
        assert panel.locator(":not(details, summary, p, ul, li, h3, pre)").count() == 0
        assert page.page.evaluate("() => window.ran") is None
        assert there.asked == []
        page.forgive(_REFUSED)


def test_a_models_text_cannot_cover_the_buttons(serve: Serve, visit: Open) -> None:
    cover = '<div style="position:fixed;inset:0;z-index:99999;width:100vw;height:100vh;background:white">x</div>'
    gate = Gate()
    page = visit(serve(PerSection(["plan", END], [cover, END], ["a", END], gated("b", gate, END))).url)
    page.ask("why?")
    page.wait_for("#panel-conclusion", "b")
    for button in ("stop", "ask"):  # they take turns in one place
        top = (
            "(one) => { const b = one.getBoundingClientRect(); return document.elementFromPoint(b.x + 9, b.y + 9).id; }"
        )
        assert page.page.locator(f"#buttons #{button}").evaluate(top) == button
        if button == "stop":
            gate.open()
            page.wait_for("#state", "Complete")
    expect(page.page.locator("#panel-details")).to_have_text("a")
