"""All that a page can know: what it sent and got, what it keeps, and what stands in it, hidden parts included."""

from typing import Final

from playwright.sync_api import Page, Request, Response

RECORD: Final = """
window.heard = [];
window.replies = [];
const ask = window.fetch;
window.fetch = async (...given) => {
  window.heard.push(String(given[0]?.url ?? given[0]), String(given[1]?.body ?? ""));
  const reply = await ask(...given);
  (async () => {
    const reader = reply.clone().body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let part; reader && !(part = await reader.read()).done;) window.replies.push(part.value);
  })().catch(() => {});
  return reply;
};
"""
_KNOWN: Final = """async () => {
  const frames = [...document.querySelectorAll("*")].map((one) => one.shadowRoot?.innerHTML ?? "");
  const fields = [...document.querySelectorAll("input, textarea")].map((one) => one.value);
  const databases = (await indexedDB.databases()).map((one) => one.name);
  const caches_ = await caches.keys().catch(() => []);
  return [document.documentElement.outerHTML, document.title, location.href, document.cookie,
    JSON.stringify(localStorage), JSON.stringify(sessionStorage), JSON.stringify(history.state),
    JSON.stringify(window.gradio_config ?? {}),
    ...performance.getEntries().map((one) => one.name), ...frames, ...fields, ...databases, ...caches_,
    ...window.heard, ...window.replies].join("\\n");
}"""


class Recorder:
    """Listens from before the page is opened; `RECORD` runs in the page and keeps what streams bring."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._seen: list[str] = []
        self._replies: list[Response] = []
        page.on("request", self._on_request)
        page.on("response", lambda reply: self._replies.append(reply))

    def known(self) -> str:
        """Return everything until now."""
        for reply in self._replies:
            streams = "text/event-stream" in reply.headers.get("content-type", "")
            if not streams and reply.status == 200:
                self._seen.append(reply.text() if "font" not in reply.headers.get("content-type", "") else "")
        self._replies.clear()
        return "\n".join([*self._seen, str(self._page.evaluate(_KNOWN))])

    def _on_request(self, request: Request) -> None:
        self._seen += [request.url, request.post_data or "", str(request.headers)]
