"""A page as a person uses it, and as a strict observer sees it."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, Response, TimeoutError, expect

from llmfirst.events import PHASES, Phase

# What the page shows, in the order in which it showed it; an observer sees what a reader of the last state cannot.
_WATCH: Final = """() => {
  const seen = window.seen = {panels: [], states: [], used: [], ends: [], acts: []};
  const last = (list, value) => { if (value && list.at(-1) !== value) list.push(value); };
  const look = () => {
    for (const phase of ["strategy", "core", "details", "conclusion"]) {
      const panel = document.querySelector(`#panel-${phase} .md`);
      if (panel && panel.textContent.trim() && !seen.panels.includes(phase)) seen.panels.push(phase);
    }
    last(seen.states, document.querySelector("#state [role=status]")?.textContent);
    last(seen.used, document.querySelector("#budget [role=progressbar]")?.getAttribute("aria-valuenow"));
    const notice = document.querySelector("#notice [role=alert]")?.textContent;
    if (notice && !seen.ends.length) seen.ends.push(performance.now());
  };
  for (const act of ["click", "keydown"])
    document.addEventListener(act, () => { seen.acts.push(performance.now()); seen.ends.length = 0; }, true);
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true,
    attributes: true});
}"""
_SHOWS: Final = "([selector, text]) => document.querySelector(selector)?.innerText.includes(text)"

_SETTLED = """async (selector) => {
  for (let before, now; ; before = now) {
    now = document.querySelector(selector).innerText.trim();
    if (now === before) return now;
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
}"""


class Visit:
    """One page in a browser context of its own."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        self._is_leaving = False
        self._origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._add(f"page error: {error}"))
        page.on("response", self._on_response)
        page.on("request", self._on_request)
        page.on("dialog", self._on_dialog)

    def wait_until_ready(self) -> None:
        """Wait until a question can be asked, then watch what is shown."""
        expect(self.page.locator("#buttons #ask")).to_be_enabled()
        self.page.evaluate(_WATCH)

    def write(self, question: str) -> None:
        self.page.locator("#question textarea").fill(question)

    def ask(self, question: str) -> None:
        self.write(question)
        self.page.locator("#buttons #ask").click()

    def wait_for(self, selector: str, text: str, seconds: float = 30) -> None:
        """Wait until what the selector names shows the text."""
        try:
            self.page.wait_for_function(_SHOWS, arg=[selector, text], timeout=seconds * 1000)
        except TimeoutError:
            raise AssertionError(f"{selector} never said {text!r}:\n{self.text('main')}\n{self.seen()}") from None

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text().strip()

    def panel(self, phase: Phase) -> str:
        """Return what a panel shows; Markdown is drawn a moment after the state beside it, so read until it stands."""
        text: str = self.page.evaluate(_SETTLED, f"#panel-{phase} .md")
        return text

    def panels(self) -> dict[Phase, str]:
        return {phase: self.panel(phase) for phase in PHASES}

    def seen(self) -> dict[str, Any]:
        """Return what was shown since the page was ready."""
        seen: dict[str, Any] = json.loads(self.page.evaluate("() => JSON.stringify(window.seen)"))
        return seen

    def seconds_to_notice(self) -> float:
        """Return the time from the last click or key to the notice, measured in the page."""
        seen = self.seen()
        return float(seen["ends"][-1] - seen["acts"][-1]) / 1000

    def run_id(self) -> str:
        """Return the run that the address names, once it names one."""
        self.page.wait_for_url(re.compile(r"\?run="))
        return parse_qs(urlsplit(self.page.url).query)["run"][0]

    def reload(self, *, is_ready: bool = True) -> None:
        self._is_leaving = True
        self.page.reload()
        self._is_leaving = False
        if is_ready:
            self.wait_until_ready()

    def go_to(self, url: str) -> None:
        """Leave for another address; what a page says of its broken streams while it is left is no problem."""
        self._is_leaving = True
        self.page.goto(url)
        self._is_leaving = False

    def forgive(self, pattern: str) -> None:
        """Drop the problems that a test provoked."""
        self.problems = [problem for problem in self.problems if not re.search(pattern, problem)]

    def leave(self) -> None:
        """Close the page; what a closing page says of its broken streams is no problem."""
        self._is_leaving = True
        self.page.context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location.get("url", "").endswith("/manifest.json"):
            self._add(f"console: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and not response.url.endswith("/manifest.json"):
            self._add(f"{response.status} for {response.url}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "data:", "blob:")):
            self._add(f"request to another origin: {request.url}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._add(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _add(self, problem: str) -> None:
        if not self._is_leaving:
            self.problems.append(problem)
