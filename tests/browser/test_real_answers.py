"""The whole program in a real browser, with the small real model."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from llmfirst.answer import fold
from llmfirst.events import PHASES
from llmfirst.store import RunStore, open_database
from llmfirst.texts import texts_in
from tests.browser.conftest import DEADLINE_SECONDS, Open
from tests.browser.server import App
from tests.conftest import SMALL_MODEL

pytestmark = [pytest.mark.browser, pytest.mark.embedded]
_LONG = (
    "() => { const text = document.querySelector('#panel-core .md').innerText.trim();"
    " return text.length > 20 && text; }"
)
# Not the words themselves: a sign such as ** is drawn as it is until its end has come.
_AS_LONG = "(length) => document.querySelector('#panel-core .md').innerText.trim().length >= length"
_HISTORY = "Tell me everything about the history of Rome."


def over_the_wire(app: App, run_id: str) -> list[dict[str, Any]]:
    reply = httpx.get(f"{app.url}/api/stream", params={"run_id": run_id}, timeout=10, trust_env=False)
    lines = reply.raise_for_status().text.splitlines()
    return [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]


@pytest.mark.parametrize(
    ("question", "locale"),
    [
        pytest.param(_HISTORY, "en-US", marks=pytest.mark.slow),
        ("한국의 역사를 처음부터 자세히 설명해 주세요.", "ko-KR"),
    ],
)
def test_a_question_fills_the_panels_in_order_and_its_figures_are_those_of_the_stream_and_the_store(
    app: App, visit: Open, question: str, locale: str
) -> None:
    texts = texts_in("ko" if locale == "ko-KR" else "en")
    page = visit(app.url, locale=locale)
    page.ask(question)
    page.wait_for("#why", texts.why.title, 40)
    seen = page.seen()
    used = [int(second) for second in seen["used"]]
    assert len(used) > 1
    assert used == sorted(used)
    assert f"{texts.shared.phases['core']}: {texts.run.states['writing']}" in seen["states"]

    run_id = page.run_id()
    sent = over_the_wire(app, run_id)
    metrics = sent[-1]["data"]["metrics"]
    store = RunStore(open_database(app.data_dir))
    stored = fold(store.load(run_id).events)
    store.close()
    # A machine under load may not plan within its second, and so small a model may write a section of no words.
    assert seen["panels"] == [phase for phase in PHASES if stored.text(phase).strip()]
    assert "core" in seen["panels"]
    assert stored.metrics().model_dump(mode="json") == metrics
    for phase in PHASES:
        chunks = [message["data"] for message in sent if message["event"] == "progress"]
        assert "".join(chunk["content"] for chunk in chunks if chunk["phase"] == phase) == stored.text(phase)

    assert page.text("#state [role=status]") == texts.run.outcomes[metrics["outcome"]]
    assert metrics["total_time"] <= DEADLINE_SECONDS
    strip = page.text("#strip").replace("\n", " ")
    unit = "초" if locale == "ko-KR" else " s"
    shown = {
        texts.timing.first_text: f"{metrics['ttft']:.1f}{unit}",
        texts.timing.core_text: f"{metrics['core_ttft']:.1f}{unit}",
        texts.shared.total: f"{metrics['total_time']:.1f}{unit}",
        texts.timing.rate: f"{metrics['tokens_per_second']:.1f} tok/s",
        **{texts.shared.phases[phase]: f"{seconds:.1f}{unit}" for phase, seconds in metrics["phases"].items()},
    }
    for name, figure in shown.items():
        assert f"{name} {figure}" in strip
    assert {*metrics["phases"]} == {*PHASES}


def test_stop_keeps_the_text_of_the_real_model_and_says_after_how_long_it_stopped(app: App, visit: Open) -> None:
    page = visit(app.url)
    page.ask(_HISTORY)
    page.page.wait_for_function("window.seen.panels.length > 0")
    phase = page.seen()["panels"][0]
    before = page.text(f"#panel-{phase} .md")  # as it is: one that is being written to never stands
    page.page.locator("#buttons #stop").click()
    page.wait_for("#notice", "Stopped at")
    assert page.seconds_to_notice() < 1
    assert before
    assert page.panel(phase).startswith(before[:10])
    metrics = over_the_wire(app, page.run_id())[-1]["data"]["metrics"]
    assert f"{metrics['stopped_after']:.1f} s after Stop" in page.text("#notice")


def test_the_real_model_reads_emoji_and_right_to_left_text_too(app: App, visit: Open) -> None:
    page = visit(app.url)
    page.ask("🙂🙃🎉 \u202eلماذا السماء زرقاء؟ שלום")
    page.page.wait_for_function("window.seen.panels.includes('core')")
    page.page.keyboard.press("Escape")
    page.page.wait_for_function("document.querySelector('#clock').textContent.trim() === ''")
    assert page.text("#state") in ("Stopped", "Complete")


def test_the_picker_names_what_is_here_and_what_would_be_downloaded(app: App, visit: Open) -> None:
    page = visit(app.url)
    page.page.locator("#model input").click()
    offers = page.page.locator("[role=option]")
    expect(offers.filter(has_text=SMALL_MODEL)).to_contain_text("installed")
    expect(offers.filter(has_text="qwen2.5-coder-1.5b")).to_contain_text("needs download")
    page.page.keyboard.press("Escape")


@pytest.mark.slow
def test_a_killed_program_opens_the_broken_answer_again_and_ends_cleanly_when_it_is_told_to(
    app: App, visit: Open
) -> None:
    page = visit(app.url)
    page.ask(_HISTORY)
    written = page.page.wait_for_function(_LONG).json_value()
    run_id = page.run_id()
    page.leave()
    app.kill()

    app.start()
    again = visit(f"{app.url}/?run={run_id}")
    again.wait_for("#state", "Interrupted")
    again.page.wait_for_function(_AS_LONG, arg=len(written) - 8)
    assert "The program ended" in again.text("#notice")
    again.leave()
    assert app.stop() == 0
