"""What stands around an answer: its Markdown, the turns before it, the settings of the next question."""

from dataclasses import replace

import pytest

from llmfirst.answer import fold
from llmfirst.events import (
    AS_SET,
    Admitted,
    AnswerFailed,
    AnswerFinished,
    AnswerSettings,
    EarlierTurns,
    Language,
    PhaseStarted,
    TextAdded,
    ThoughtAdded,
)
from llmfirst.texts import texts_in
from llmfirst.ui.answer_markdown import answer_markdown
from llmfirst.ui.earlier_turns import earlier_turns
from llmfirst.ui.render import notice
from llmfirst.ui.settings_drawer import opener_words, settings_in
from tests.llmfirst.ui.test_render import HOSTILE, SUBMITTED

ANSWER = fold(
    [
        SUBMITTED.model_copy(update={"question": "Why\nis it   so?"}),
        Admitted(elapsed_seconds=1),
        PhaseStarted(elapsed_seconds=1, phase="core"),
        ThoughtAdded(elapsed_seconds=2, phase="core", text="Hmm.", call_id="1"),
        TextAdded(elapsed_seconds=3, phase="core", text=f"So it is. {HOSTILE}\n\n", call_id="1"),
        PhaseStarted(elapsed_seconds=4, phase="details"),
        PhaseStarted(elapsed_seconds=5, phase="conclusion"),
        TextAdded(elapsed_seconds=6, phase="conclusion", text="- Do it.", call_id="2"),
        AnswerFinished(elapsed_seconds=7, outcome="complete"),
    ]
)


@pytest.mark.parametrize(("language", "core", "conclusion"), [("en", "Core", "Conclusion"), ("ko", "핵심", "결론")])
def test_an_answer_is_copied_with_its_question_and_titles_and_without_thoughts(
    language: Language, core: str, conclusion: str
) -> None:
    assert answer_markdown(ANSWER, language) == (
        f"# Why is it so?\n\n## {core}\n\nSo it is. {HOSTILE}\n\n## {conclusion}\n\n- Do it.\n"
    )


def test_an_earlier_turn_is_a_line_that_opens_and_nothing_of_it_runs() -> None:
    assert earlier_turns([], "en") == ""
    html = earlier_turns([ANSWER], "en")
    assert html.count("<details>") == 1
    assert "Why\nis it   so?" in html
    assert "Complete" in html
    assert "<li>Do it.</li>" in html
    assert '<a href="?run=r">' in html
    assert "<script" not in html
    assert "Hmm." not in html
    failed = replace(ANSWER, end=AnswerFailed(elapsed_seconds=1, code="no_text", message="m"))
    assert texts_in("ko").run.failed in earlier_turns([failed], "ko")


def test_what_the_model_was_not_told_of_the_conversation_is_said_beside_the_answer() -> None:
    told = EarlierTurns(kept=1, left_out=2, lost="details")
    answer = replace(ANSWER, admitted=Admitted(elapsed_seconds=1, earlier=told))
    texts = texts_in("en").conversation
    html = notice(answer, "en")
    assert texts.left_out.format(count=2) in html
    assert texts.lost["details"] in html
    whole = replace(ANSWER, admitted=Admitted(elapsed_seconds=1, earlier=EarlierTurns(kept=2)))
    assert "conversation" not in notice(whole, "en")


def test_settings_that_the_browser_cannot_have_kept_are_as_the_program_is_set() -> None:
    kept = {"temperature": 0.3, "seed": 4, "profile": "direct", "deadline_seconds": 30, "review": False}
    assert settings_in(kept, "on") == AnswerSettings.model_validate({**kept, "think": "on"})
    for wrong in (None, "x", [1], {"temperature": "hot"}, {"unknown": 1}, {"deadline_seconds": 1e9}):
        assert settings_in(wrong) == AS_SET


def test_the_button_of_the_drawer_counts_what_is_not_as_set() -> None:
    assert opener_words(None, "en")["value"] == "Settings"
    assert opener_words({"seed": 4, "review": False}, "en")["value"] == "Settings (2)"
