"""Measure the page in a real browser: processor time, bytes, the delay of a token, smoothness, many visitors, loading.

    python -m bench.page [--only idle,loading,streaming,delay,long,visitors] [--check]

Our program answers with `bench.paced_service`, which runs in a process of its own. Processor time is counted in seconds
(of our processes, and of the browser's), so other programs disturb it little; delays and frames suffer from them, and
the load is said. `--check` exits 1 if a target is missed.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from subprocess import Popen
from typing import Any, Final

import httpx
import psutil
from playwright.sync_api import BrowserContext, CDPSession, Page, expect, sync_playwright

from bench.long_answer import store_answer
from bench.paced_service import MODEL, stamps_in
from tests.browser.server import free_port
from tests.chromium import chromium_path

_START_SECONDS: Final = 60.0
_VISITORS: Final = 20
_LENGTHS: Final = (1000, 4000)
_LONG_RATE: Final = 60

# When each stamp came onto the screen: the frame after the change.
_WATCH: Final = r"""() => {
  const seen = new Map();
  window.shown = seen;
  new MutationObserver((changes) => {
    requestAnimationFrame(() => setTimeout(() => {
      const now = performance.timeOrigin + performance.now();
      for (const phase of ["strategy", "core", "details", "conclusion"]) {
        const text = document.querySelector(`#panel-${phase}`)?.textContent ?? "";
        for (const [stamp] of text.slice(-1500).matchAll(/at(\d{13})/g)) if (!seen.has(stamp)) seen.set(stamp, now);
      }
    }));
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
_FRAMES: Final = """() => {
  window.frames_seen = []; window.long_tasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.long_tasks.push([task.startTime, task.duration]);
  }).observe({type: "longtask"});
  const frame = (at) => { window.frames_seen.push(at); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


@dataclass
class Table:
    """The result, printed row by row, and whether a target was missed."""

    is_missed: bool = False

    def add(self, what: str, found: float, unit: str, most: float | None = None, more: str = "") -> None:
        """Add a figure that must not exceed `most`."""
        is_met = most is None or found <= most
        self.is_missed |= not is_met
        target = "" if most is None else f"<= {most:g} {unit} {'met' if is_met else 'MISSED'}"
        print(f"| {what} | {found:.3g} {unit} | {target} | {more} |", flush=True)


class Meter:
    """The processor time of a process and of everything that it has started."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root

    def seconds(self) -> float:
        used = 0.0
        for process in (self._root, *self._root.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            used += times.user + times.system
        return used

    def share(self, wait: Callable[[], object]) -> float:
        """Return the percent of a core that is used until `wait` returns."""
        before, began = self.seconds(), time.monotonic()
        wait()
        return 100 * (self.seconds() - before) / (time.monotonic() - began)


@contextmanager
def program() -> Iterator[tuple[str, Meter, dict[int, str]]]:
    """Run our program on the paced service; yields its address, what it uses, and stored answers by their tokens."""
    service_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        options = ["--provider", "openai", "--base-url", f"http://127.0.0.1:{service_port}/v1", "--model", MODEL]
        options += ["--port", str(port), "--data-dir", folder, "--probe", "off", "--log-level", "WARNING"]
        options += ["--slots", str(_VISITORS), "--line-limit", "0", "--runs-per-caller", str(2 * _VISITORS)]
        options += ["--requests-per-minute", "10000"]
        stored = {count: store_answer(Path(folder), count, _LONG_RATE) for count in _LENGTHS}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LLMFIRST_")}
        started = [
            Popen([sys.executable, "-m", "bench.paced_service", "--port", str(service_port)]),
            Popen([sys.executable, "app.py", *options], env=environment),
        ]
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url)
            yield url, Meter(psutil.Process(started[1].pid)), stored
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(20)


def _wait_until_ready(url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("The program did not start.")


def ask(page: Page, rate: int, tokens: int) -> None:
    """Ask on the page and return when the text of the core begins."""
    page.locator("#question textarea").fill(f"Write at {rate} tok/s, {tokens} tokens please.")
    page.locator("button#ask").click()
    page.wait_for_function("() => document.querySelector('#panel-core .md')?.textContent.trim()", timeout=60_000)


def wait_for_end(page: Page) -> None:
    page.wait_for_function(
        "() => !document.querySelector('button#ask').disabled && document.querySelector('#why details')",
        timeout=150_000,
    )


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    expect(page.locator("button#ask")).to_be_enabled(timeout=60_000)
    page.wait_for_timeout(1000)
    return page


def measure_idle(meter: Meter, table: Table) -> None:
    table.add("ours, idle, no browser", meter.share(lambda: time.sleep(10)), "% of a core", 0.5)


def measure_loading(context: BrowserContext, url: str, table: Table) -> None:
    paints: list[float] = []
    usable: list[float] = []
    for _ in range(4):
        page = context.new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_function("() => document.querySelector('button#ask:not([disabled])')", timeout=60_000)
        usable.append(page.evaluate("() => performance.now()") / 1000)
        paint = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
        paints.append(page.evaluate(paint) / 1000)
        page.close()
    table.add("first paint, warm", median(paints[1:]), "s", 1.0, f"first visit {paints[0]:.2f} s")
    table.add("usable, warm", median(usable[1:]), "s", 2.0, f"first visit {usable[0]:.2f} s")


def measure_streaming(context: BrowserContext, url: str, ours: Meter, browser: Meter, table: Table) -> None:
    page = opened(context, url)
    resting = browser.share(lambda: page.wait_for_timeout(3000))
    ask(page, 30, 1000)
    page.wait_for_timeout(500)
    shares: list[float] = []
    shares.append(browser.share(lambda: shares.append(ours.share(lambda: page.wait_for_timeout(15_000)))))
    table.add("ours, 30 tok/s", shares[0], "% of a core", 8)
    table.add("Chromium, 30 tok/s", shares[1], "% of a core", 20, f"open page at rest {resting:.2g} %")
    page.locator("button#stop").click()
    wait_for_end(page)
    page.close()


def measure_delay(context: BrowserContext, url: str, ours: Meter, browser: Meter, table: Table) -> None:
    page = opened(context, url)
    page.evaluate(_WATCH)
    ask(page, 100, 300)
    wait_for_end(page)
    shown = page.evaluate("() => [...window.shown]")
    delays = sorted(at - int(stamp[2:]) for stamp, at in shown)
    cuts = quantiles(delays, n=20)
    table.add("a token from the service to the screen, 100 tok/s, p95", cuts[18], "ms", 100,
              f"median {median(delays):.0f} ms, longest {delays[-1]:.0f} ms, n={len(delays)}")  # fmt: skip
    page.close()


class Wire:
    """The bytes that the page's stream brought, as the browser counts them."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        self._streams: set[str] = set()
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.dataReceived", self._on_data)
        session.send("Network.enable")

    def _on_request(self, event: dict[str, Any]) -> None:
        if "queue/data" in event["request"]["url"]:
            self._streams.add(event["requestId"])

    def _on_data(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._streams:
            self.bytes += event["dataLength"]


def measure_long(
    context: BrowserContext, url: str, stored: Mapping[int, str], ours: Meter, browser: Meter, table: Table
) -> None:
    """Play stored answers at the pace at which they were written: no section of a live one gets as long."""
    costs: list[float] = []
    for tokens, run_id in stored.items():
        page = context.new_page()
        wire = Wire(context.new_cdp_session(page))
        page.goto(f"{url}/?run={run_id}&replay=1")
        page.wait_for_function("() => document.querySelector('#panel-core .md')?.textContent.trim()", timeout=60_000)
        page.evaluate(_FRAMES)
        used, began = (ours.seconds(), browser.seconds()), time.monotonic()
        page.wait_for_selector("#player .play[data-playing=false]", timeout=150_000)
        taken = time.monotonic() - began
        text = page.evaluate("() => document.querySelector('#text').textContent.length")
        nodes = page.evaluate("() => document.querySelectorAll('*').length")
        costs.append(wire.bytes / text)
        frames = page.evaluate("() => window.frames_seen")
        gaps = sorted(after - before for before, after in pairwise(frames))
        tasks = [task[1] for task in page.evaluate("() => window.long_tasks")]
        shares = [100 * (after - before) / taken for after, before in
                  zip((ours.seconds(), browser.seconds()), used, strict=True)]  # fmt: skip
        table.add(f"bytes per character, {tokens} tokens", costs[-1], "", None,
                  f"{text} characters shown, {nodes} nodes")  # fmt: skip
        name = f"{tokens} tokens at {_LONG_RATE} tok/s"
        smooth = 100 * sum(gap for gap in gaps if gap > 100) / sum(gaps)
        table.add(f"time in frames over 100 ms, {name}", smooth, "%", 2,
                  f"longest {gaps[-1]:.0f} ms, 99 % within {gaps[int(0.99 * len(gaps))]:.0f} ms")  # fmt: skip
        table.add(f"time in tasks over 50 ms, {name}", sum(tasks) / taken / 10, "%", 2,
                  f"{len(tasks)} tasks, longest {max(tasks, default=0):.0f} ms; "
                  f"ours {shares[0]:.1f} %, Chromium {shares[1]:.1f} %")  # fmt: skip
        page.close()
    table.add("bytes per character, 4,000 tokens against 1,000", costs[1] / costs[0], "times", 1.2)


@dataclass
class Visitor:
    """What one visitor without a browser received."""

    first: float = 0.0
    last: float = 0.0
    delays: list[float] = field(default_factory=list)


def measure_visitors(url: str, ours: Meter, table: Table) -> None:
    """Ask as many visitors at once do, over the page's own requests."""
    used, began = ours.seconds(), time.monotonic()
    visitors = asyncio.run(_visits(url))
    share = 100 * (ours.seconds() - used) / (time.monotonic() - began)
    delays = [delay for visitor in visitors for delay in visitor.delays]
    longest = max(visitor.last - visitor.first for visitor in visitors)
    counted = min(len(visitor.delays) for visitor in visitors)
    table.add(f"{_VISITORS} visitors at 30 tok/s: tokens late by, p95", quantiles(delays, n=20)[18], "ms", 250,
              f"longest {max(delays):.0f} ms; fewest stamps {counted}, longest stream {longest:.1f} s; "
              f"ours {share:.0f} % of a core")  # fmt: skip


async def _visits(url: str) -> list[Visitor]:
    limits = httpx.Limits(max_connections=3 * _VISITORS)
    async with httpx.AsyncClient(base_url=url, timeout=150, limits=limits) as client:
        page = (await client.get("/config")).json()
        parts = {part["id"]: part["props"] for part in page["components"]}
        button = next(number for number, props in parts.items() if props.get("elem_id") == "ask")
        ask_call = next(call for call in page["dependencies"] if [button, "click"] in call["targets"])
        question = "Write at 30 tok/s, 150 tokens please."
        data = [
            question if parts[number].get("elem_id") == "question" else parts[number].get("value")
            for number in ask_call["inputs"]
        ]
        return await asyncio.gather(*[_visit(client, f"visit{n}", ask_call["id"], data) for n in range(_VISITORS)])


async def _visit(client: httpx.AsyncClient, visit: str, call: int, data: list[Any]) -> Visitor:
    found, seen = Visitor(), set[int]()
    body = {"data": data, "fn_index": call, "session_hash": visit, "event_data": None, "trigger_id": None}
    (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": visit}) as stream:
        async for line in stream.aiter_lines():
            if not line.startswith("data: "):
                continue
            message = json.loads(line[6:])
            if message["msg"] == "close_stream":
                break
            now = time.time()
            for stamp in stamps_in(line):
                if stamp not in seen:
                    seen.add(stamp)
                    found.delays.append(now * 1000 - stamp)
                    found.first, found.last = found.first or now, now
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="idle,loading,streaming,delay,long,visitors")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    parts, table = chosen.only.split(","), Table()
    print(f"{psutil.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before", file=sys.stderr)
    print("| what | found | target | |\n|---|---|---|---|")
    with program() as (url, ours, stored), ExitStack() as stack:
        if "idle" in parts:
            time.sleep(2)
            measure_idle(ours, table)
        if "visitors" in parts:
            measure_visitors(url, ours, table)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium_path(playwright), args=["--no-sandbox"])
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            chromium = Meter(_browser_process())
            if "loading" in parts:
                measure_loading(context, url, table)
            if "streaming" in parts:
                measure_streaming(context, url, ours, chromium, table)
            if "delay" in parts:
                measure_delay(context, url, ours, chromium, table)
            if "long" in parts:
                measure_long(context, url, stored, ours, chromium, table)
        finally:
            browser.close()
    print(f"load {os.getloadavg()[0]:.1f} after", file=sys.stderr)
    return int(chosen.check and table.is_missed)


def _browser_process() -> psutil.Process:
    """Return the process of the browser that playwright has started for us."""

    def is_browser(process: psutil.Process) -> bool:
        return "--headless" in " ".join(process.cmdline()) and "--type=" not in " ".join(process.cmdline())

    return next(child for child in psutil.Process().children(recursive=True) if is_browser(child))


if __name__ == "__main__":
    sys.exit(main())
