"""Asking, waiting and stopping on the real page; the model is scripted."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from llmfirst.answer import fold
from llmfirst.errors import ProviderInterrupted
from llmfirst.events import PHASES
from llmfirst.texts import texts_in
from tests.browser.conftest import Open, Serve
from tests.browser.served import Gate, GatedProvider, endless, gated, whole
from tests.browser.visit import Visit
from tests.scripted import END, PerSection

pytestmark = pytest.mark.browser


def test_a_question_waits_while_the_model_is_being_loaded_and_the_state_is_named(serve: Serve, visit: Open) -> None:
    gate = Gate()
    served = serve(GatedProvider(gate, *whole("A")))
    page = visit(served.url)
    page.wait_for("#ready", "Loading the model")
    page.ask("why?")
    page.wait_for("#state", "Loading the model")
    page.wait_for("#clock", "0.5 s")
    gate.open()
    page.wait_for("#state", "Complete")
    assert "Ready" in page.text("#ready")
    assert page.panel("core") == "A core."


def test_ctrl_enter_asks(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(*whole("A"))).url)
    page.write("why?")
    page.page.keyboard.press("Control+Enter")
    page.wait_for("#state", "Complete")
    assert page.panels() == {"strategy": "A plan.", "core": "A core.", "details": "A details.", "conclusion": "A end."}


def test_an_example_in_the_language_of_the_page_is_one_click_away_from_its_answer(serve: Serve, visit: Open) -> None:
    served = serve(PerSection(*whole("A")))
    page = visit(served.url)
    examples = page.page.locator("button.example")
    expect(examples).to_have_text(list(texts_in("en").ask.examples))
    page.page.get_by_text("한국어").click()
    expect(examples).to_have_text(list(texts_in("ko").ask.examples))
    example = texts_in("ko").ask.examples[2]
    page.page.get_by_role("button", name=example).click()
    page.wait_for("#state", "완료")
    expect(page.page.locator("#question textarea")).to_have_value(example)
    expect(page.page.locator("#head .asked")).to_contain_text(example)
    expect(examples.first).to_be_hidden()
    assert served.provider.requests[0].messages[-1].content == example


def test_a_formula_is_drawn_and_money_is_not(serve: Serve, visit: Open) -> None:
    core = "Half of it is \\(\\frac{1}{2}\\), so:\n\n\\[ x = \\boxed{8} \\]\n\nIt costs $5, not $6."
    page = visit(serve(PerSection(["plan", END], [core, END], *whole("A")[2:])).url)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    panel = page.page.locator("#panel-core")
    expect(panel.locator("math")).to_have_count(2)
    expect(panel.locator("math[display=block]")).to_have_count(1)
    expect(panel).to_contain_text("It costs $5, not $6.")


@pytest.mark.parametrize(
    "stop",
    [lambda page: page.page.locator("#buttons #stop").click(), lambda page: page.page.keyboard.press("Escape")],
    ids=["button", "escape"],
)
def test_stop_ends_the_model_within_a_second_and_keeps_the_text(
    serve: Serve, visit: Open, stop: Callable[[Visit], None]
) -> None:
    served = serve(PerSection(["plan", END], endless("word", 0.05)))
    page = visit(served.url)
    page.ask("why?")
    page.wait_for("#panel-core", "word1 word2 word3")
    stop(page)
    page.wait_for("#notice", "The text so far stays.")
    assert page.seconds_to_notice() < 1
    assert served.provider.closed == served.provider.opened == 2
    assert page.panel("core").startswith("word1 word2 word3")
    assert page.text("#state") == "Stopped"
    metrics = fold(served.store.load(page.run_id()).events).metrics()
    assert f"{metrics.stopped_after:.1f} s after Stop" in page.text("#notice")


def test_a_silent_model_has_a_named_state_and_a_clock_that_runs(serve: Serve, visit: Open) -> None:
    slow, silent = Gate(), Gate()
    served = serve(PerSection(gated(slow, "plan", END), gated("Half a ", silent, "core.", END), *whole("A")[2:]))
    page = visit(served.url)
    page.ask("why?")
    page.wait_for("#state", "Strategy: Waiting for the first text")
    page.wait_for("#clock", "0.5 s")
    page.wait_for("#clock", "1.0 s")
    assert (
        not page.page.locator("#ask-tab [data-testid=status-tracker]").filter(visible=True).count()
    )  # Gradio's clocks
    slow.open()
    page.wait_for("#state", "Core: Waiting for the model", 10)
    page.wait_for("#clock", " s")
    silent.open()
    page.wait_for("#state", "Complete")
    assert page.panel("core") == "Half a core."
    assert page.text("#clock") == ""


def test_a_section_that_broke_off_goes_on_and_the_page_says_so(serve: Serve, visit: Open) -> None:
    broken = ProviderInterrupted("The model stopped in the middle: ask again.")
    provider = PerSection(["plan", END], ["Half a", broken], [" sentence.", END], ["Details.", END], ["End.", END])
    page = visit(serve(provider).url)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    assert page.panel("core") == "Half a sentence."
    assert "Core: The model broke off" in page.text("#notice")


def test_an_error_in_the_middle_keeps_the_text_and_is_said_outside_of_it(serve: Serve, visit: Open) -> None:
    broken = ProviderInterrupted("The model stopped in the middle <b>now</b>: ask again.")
    page = visit(serve(PerSection(["plan", END], ["Half a sentence", broken], [broken])).url)
    page.ask("why?")
    page.wait_for("#notice", "The model stopped in the middle <b>now</b>: ask again.")
    assert page.text("#state") == "Interrupted"
    assert page.panels() == {"strategy": "plan", "core": "Half a sentence", "details": "", "conclusion": ""}
    expect(page.page.locator("#notice")).to_be_in_viewport()


def test_a_question_that_cannot_be_asked_has_a_message_and_the_next_one_an_answer(serve: Serve, visit: Open) -> None:
    page = visit(serve(PerSection(*whole("A"))).url)
    refused = {
        " \n\t": "The question is empty.",
        "가" * 20_000: "The question has 20,000 characters; 4,000 are allowed.",
        "a\0b": "characters that are no text",
    }
    for question, message in refused.items():
        page.page.locator("#question textarea").evaluate(
            "(area, text) => { area.value = text; area.dispatchEvent(new Event('input', {bubbles: true})); }", question
        )
        page.page.locator("#buttons #ask").click()
        page.wait_for("#problem", message)
    page.ask("why?")
    page.wait_for("#state", "Complete")
    assert page.text("#problem") == ""
    assert page.text("#notice") == ""


def test_unusual_text_reaches_the_model_as_it_was_written(serve: Serve, visit: Open) -> None:
    served = serve(PerSection(*whole("A"), *whole("B")))
    page = visit(served.url)
    for number, question in enumerate(("🙂🙃🎉", "\u202eلماذا السماء زرقاء؟ שלום")):
        page.ask(question)
        page.wait_for("#panel-conclusion", f"{'AB'[number]} end.")
        page.wait_for("#state", "Complete")
        assert served.provider.requests[number * len(PHASES)].messages[-1].content == question


def test_a_double_click_makes_one_run(serve: Serve, visit: Open) -> None:
    gate = Gate()
    served = serve(PerSection(gated("plan", gate, END), *whole("A")[1:]))
    page = visit(served.url)
    page.write("why?")
    page.page.locator("#buttons #ask").dblclick()
    page.wait_for("#panel-strategy", "plan")
    gate.open()
    page.wait_for("#state", "Complete")
    assert len(served.provider.requests) == len(PHASES)


@pytest.mark.slow
def test_two_visitors_are_answered_one_after_the_other_and_the_second_sees_its_place(serve: Serve, visit: Open) -> None:
    gate = Gate()
    served = serve(PerSection(gated("A plan.", gate, END), *whole("A")[1:], *whole("B")))
    first, second = visit(served.url), visit(served.url, locale="ko-KR")
    first.ask("why?")
    first.wait_for("#panel-strategy", "A plan.")
    second.ask("왜?")
    second.wait_for("#state", "차례를 기다리는 중(앞에 질문 1개)")
    second.wait_for("#clock", "0.5초")
    gate.open()
    first.wait_for("#state", "Complete")
    second.wait_for("#state", "완료")
    assert first.panel("core") == "A core."
    assert second.panel("core") == "B core."
    assert "대기" in second.text("#strip")
