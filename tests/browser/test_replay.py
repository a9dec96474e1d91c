"""Replays on the real page: recordings without any model, and the answer that was just written."""

import pytest
from playwright.sync_api import expect

from llmfirst.answer import fold
from llmfirst.events import PHASES
from llmfirst.markdown.text import markdown_html
from llmfirst.recordings.shipped import shipped_recordings
from llmfirst.texts import texts_in
from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, GatedProvider, whole
from tests.browser.visit import Visit
from tests.read_html import shown
from tests.scripted import PerSection


def seconds(page: Visit) -> float:
    return float(page.text("#player .time").split()[0])


def test_recordings_play_while_no_model_is_ready(serve: Serve, visit: Open, caplog: pytest.LogCaptureFixture) -> None:
    """The visit itself fails on any request that leaves this machine."""
    page = visit(serve(GatedProvider(Gate())).url, is_ready=False)
    texts, recording = texts_in("en").replay, shipped_recordings().open("recording-en")
    answer, player = fold(recording.events), page.page.locator("#player")
    page.wait_for("#recordings-title", texts.until_ready)
    page.page.get_by_role("button", name=recording.submitted.question).click()

    page.wait_for("#head .badge", texts.badge)
    page.wait_for("#head .by", recording.machine.processor)
    page.wait_for("#player .about", texts.shipped)
    assert page.page.url.endswith("/?run=recording-en&replay=1")
    player.get_by_role("button", name=texts.speeds["4"]).click()
    page.page.wait_for_function("() => parseFloat(document.querySelector('#player .time').textContent) > 3")
    assert page.panel("conclusion") == ""
    player.get_by_role("button", name=texts.pause).click()
    expect(player.get_by_role("button", name=texts.play)).to_be_visible()

    page.page.get_by_text("한국어").click()
    page.wait_for("#head .badge", texts_in("ko").replay.badge)
    page.page.get_by_text("English").click()
    page.wait_for("#head .badge", texts.badge)
    expect(page.page.locator(".toast-body")).to_have_count(0)
    assert not caplog.messages

    player.get_by_role("button", name=texts.speeds["instant"]).click()
    page.wait_for("#state", "Complete")
    for phase in PHASES:
        page.panel(phase)  # until it stands
        drawn = page.page.locator(f"#panel-{phase} .md").inner_html()
        assert shown(drawn) == shown(markdown_html(answer.text(phase)))

    handle = player.get_by_role("slider", name=texts.place)
    handle.press("Home")
    page.page.wait_for_function("() => !document.querySelector('#panel-core .md').textContent")
    assert seconds(page) == 0
    handle.press("End")
    page.wait_for("#state", "Complete")

    page.page.keyboard.press("Escape")
    expect(player).to_be_hidden()
    page.page.wait_for_function("() => !location.search && !document.querySelector('#panel-core .md').textContent")

    again = visit(f"{page.url}/?run=recording-ko", is_ready=False, locale="ko-KR")
    again.wait_for("#head .badge", texts_in("ko").replay.badge)
    again.wait_for("#state", "완료")
    assert again.panel("core") != ""

    again.page.get_by_role("tab", name="평가").click()
    expect(again.page.locator("#scorecard h2").first).to_contain_text("빠른 확인 · 20")
    again.page.get_by_role("tab", name="답변").click()
    again.page.get_by_role("row", name="embedded/smollm2-135m").get_by_role("link").first.click()
    expect(again.page.locator("#detail h3").first).to_contain_text("embedded/smollm2-135m")
    expect(again.page.locator("#detail h3").first).to_be_in_viewport()
    again.page.keyboard.press("ArrowLeft")
    expect(again.page.locator("#detail h3").first).to_contain_text("embedded/qwen2.5-coder-1.5b")


def test_an_answer_is_replayed_and_a_new_question_ends_the_replay(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(*whole("A"), *whole("B"))).url)
    texts, player = texts_in("en").replay, page.page.locator("#player")
    page.ask("why?")
    page.wait_for("#state", "Complete")
    run_id, written = page.run_id(), page.panels()
    expect(player).to_be_hidden()

    page.page.get_by_role("button", name=texts.replay).click()
    page.wait_for("#player .about", texts.own)
    assert page.page.url.endswith(f"?run={run_id}&replay=1")
    expect(page.page.get_by_role("button", name=texts.replay)).to_be_hidden()
    page.wait_for("#panel-conclusion", "A end.")
    player.get_by_role("button", name=texts.leave).click()
    expect(player).to_be_hidden()
    page.wait_for("#state", "Complete")
    assert page.panels() == written
    assert page.page.url.endswith(f"?run={run_id}")

    page.page.get_by_role("button", name=texts.replay).click()
    page.wait_for("#player .about", texts.own)
    page.ask("why not?")
    page.wait_for("#panel-conclusion", "B end.")
    page.wait_for("#state", "Complete")
    expect(player).to_be_hidden()
    assert page.run_id() != run_id
    assert "replay" not in page.page.url
    assert page.panel("core") == "B core."
