import asyncio

from research.bakeoff.call_cache import CallCache
from research.bakeoff.shown import Shown, panels, shown_of, whole_part
from research.bakeoff.values import Ask, Reply, user
from tests.research.bakeoff.scripted_model import PLAIN, QUESTION, ScriptedModel

LIST = "\n".join(f"{number}. Item {number} says something of its own about the matter." for number in range(1, 12))


def reply(text: str, tokens: int | None = None) -> Reply:
    return Reply(text=text, finish_reason="stop", tokens=len(text) // 4 if tokens is None else tokens)


def test_panels_are_whole_blocks_and_nothing_is_lost() -> None:
    text = f"{PLAIN}\n\n{LIST}"
    cut = panels(text, 900)
    assert [*cut] == ["core", "details", "conclusion"]
    assert all(part.strip().endswith((".", ":")) for part in cut.values())
    assert "".join("".join(cut.values()).split()) == "".join(text.split())


def test_a_short_answer_is_one_panel() -> None:
    assert panels("Two.", 2) == {"core": "Two."}


def test_a_loop_is_not_shown_twice() -> None:
    shown = shown_of(reply(f"{LIST}\n\n{LIST}"))
    assert shown.ending == "repeated"
    assert shown.text.strip() == LIST


def test_the_limit_is_met_at_a_sentence_end() -> None:
    shown = shown_of(reply(LIST, tokens=200), limit=130)
    assert shown.ending == "landed"
    assert shown.text.endswith("matter.")


def test_enough_ends_with_the_next_whole_block() -> None:
    shown = Shown(enough=20)
    for count, start in enumerate(range(0, len(LIST), 4), 1):
        shown.add(LIST[start : start + 4], count)
    assert shown.ending == "landed"
    assert shown.text.rstrip() == "\n".join(LIST.splitlines()[:2])


def test_of_a_short_reply_that_ran_into_its_limit_the_whole_sentences_are_kept() -> None:
    text = "Air scatters the blue light of the sun. It does so much less with the red. That is why the"
    cut = Reply(text=text, finish_reason="length", tokens=24)
    assert whole_part(cut) == "Air scatters the blue light of the sun. It does so much less with the red."
    assert whole_part(reply(text)) == text


def test_a_section_that_has_enough_closes_the_call() -> None:
    model = ScriptedModel({"core": LIST})
    ask = Ask(purpose="core", messages=(user(QUESTION),), max_tokens=400)
    read = asyncio.run(CallCache(model).streamed(ask, Shown(enough=20)))
    assert read.finish_reason is None
    assert read.tokens < 60
    assert model.closed == 1


def test_the_same_unseen_call_is_made_once() -> None:
    model = ScriptedModel()
    line = CallCache(model)
    ask = Ask(purpose="plain", messages=(user(QUESTION),), max_tokens=400)

    async def both() -> tuple[tuple[Reply, bool], tuple[Reply, bool]]:
        return await asyncio.gather(line.whole(ask), line.whole(ask.model_copy(update={"purpose": "other"})))

    first, second = asyncio.run(both())
    assert len(model.asks) == 1
    assert first[0] == second[0]
    assert (first[1], second[1]) == (False, True)
