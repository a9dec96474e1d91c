import asyncio
from collections.abc import AsyncGenerator

import pytest

from llmfirst.providers.base import Chunk
from research.bakeoff.protocol_list import PLAIN as PLAIN_NAME
from research.bakeoff.protocol_list import PROTOCOLS, idea
from research.bakeoff.values import SHOWN_TOKENS, Ask, joined
from tests.research.bakeoff.scripted_model import PLAIN, QUESTION, ScriptedModel, talk_with

OTHER_KIND = {"sort": {"talk": 0.9, "sum": 0.1}}
A_SUM = {"sort": {"sum": 0.9, "talk": 0.1}}
UNSURE = {"sort": {"sum": 0.6, "talk": 0.4}}
YES = {"yes": 0.9, "no": 0.1}
NO = {"yes": 0.1, "no": 0.9}


def answered(name: str, model: ScriptedModel) -> str:
    talk = talk_with(model)
    asyncio.run(PROTOCOLS[name](talk))
    return joined(talk.sections)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_answers_and_says_its_idea_in_a_line(name: str) -> None:
    model = ScriptedModel(likely=OTHER_KIND)
    assert answered(name, model).strip()
    assert 20 < len(idea(name)) < 240
    assert model.closed == len(model.asks)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_no_call_may_write_more_than_the_plain_one(name: str) -> None:
    model = ScriptedModel(likely=A_SUM)
    answered(name, model)
    assert max(ask.max_tokens for ask in model.asks) <= SHOWN_TOKENS


def test_the_plain_call_is_shown_as_it_came() -> None:
    assert answered(PLAIN_NAME, ScriptedModel()) == PLAIN


def test_what_only_adds_leaves_the_plain_answer_as_it_is_where_nothing_is_missing() -> None:
    for name in ("panels", "supplement", "next_turn"):
        assert answered(name, ScriptedModel()) == PLAIN


def test_an_answer_that_ended_by_chance_goes_on() -> None:
    texts = {"beyond the end": " There", "conclusion": " is more to say of clouds."}
    model = ScriptedModel(texts, {"own end": {"": 0.3, " There": 0.6}})
    assert answered("own_end", model) == f"{PLAIN}\n\nThere is more to say of clouds."
    assert model.asks[-1].messages[-1].content == f"{PLAIN} There"
    assert [ask.purpose for ask in model.asks if ask.bars_end] == ["beyond the end"]
    assert answered("own_end", ScriptedModel(texts, {"own end": {"": 0.8}})) == PLAIN


def test_what_the_review_asks_is_told_as_if_it_had_been_asked_at_once() -> None:
    texts = {"review": "Why not violet?", "conclusion": "Our eyes see violet less well."}
    model = ScriptedModel(texts, {"helps on": YES, "same language": YES})
    assert answered("supplement", model) == f"{PLAIN}\n\nOur eyes see violet less well."
    assert [message.content for message in model.asks[-1].messages] == [
        f"{QUESTION}\n\nWhy not violet?",
        f"{PLAIN}\n\n",
    ]
    assert answered("supplement", ScriptedModel(texts, {"helps on": YES, "same language": NO})) == PLAIN


def test_what_the_answer_leaves_open_of_the_listed_parts_is_asked_next() -> None:
    model = ScriptedModel({"parts": "the colour\n\n the reason "})
    answered("parts", model)
    assert model.asks[-1].messages[0].content == f"{QUESTION}\n\nthe colour"
    assert answered("parts", ScriptedModel({"parts": "the colour"}, {"answered": YES})) == PLAIN


def test_the_next_turn_is_written_as_the_user_and_stands_as_a_title() -> None:
    texts = {"next turn": "Why not violet?", "conclusion": "Our eyes see violet less well."}
    model = ScriptedModel(texts, {"helps on": YES})
    assert answered("next_turn", model) == f"{PLAIN}\n\n**Why not violet?**\n\nOur eyes see violet less well."
    assert [ask.purpose for ask in model.asks if ask.speaks_as == "user"] == ["next turn"]
    assert answered("next_turn", ScriptedModel({**texts, "conclusion": ""}, {"helps on": YES})) == PLAIN


def test_a_transition_is_written_where_the_message_may_not_end() -> None:
    model = ScriptedModel(
        {"transition": "Besides, ", "conclusion": " dust scatters red light too."}, {"stands alone": NO}
    )
    assert answered("barrier", model) == f"{PLAIN}\n\nBesides, dust scatters red light too."
    assert [ask.purpose for ask in model.asks if ask.bars_end] == ["transition"]
    assert answered("barrier", ScriptedModel({}, A_SUM)) == PLAIN


def test_the_likeliest_opening_is_gone_on_with() -> None:
    model = ScriptedModel({"opening": "Opening {draw} says", "grow": " that air scatters light."})
    assert answered("openings", model) == "Opening 4 says that air scatters light."


def test_other_openings_are_drawn_only_where_the_first_words_begin_no_answer() -> None:
    texts = {"opening": "Opening {draw} says", "grow": " that air scatters light."}
    assert answered("begun_well", ScriptedModel(texts, {"begins": YES})) == PLAIN
    assert answered("begun_well", ScriptedModel(texts, {"begins": NO})) == PLAIN  # none of them is better
    told = Beginning(texts, better="Opening 3 says")
    assert answered("begun_well", told) == "Opening 3 says that air scatters light."


def test_another_opening_is_taken_where_the_first_words_are_in_another_language() -> None:
    texts = {"opening": "Opening {draw} says", "grow": " that air scatters light."}
    assert answered("in_language", ScriptedModel(texts, {"same language": YES})) == PLAIN
    assert (
        answered("in_language", ScriptedModel(texts, {"same language": NO}))
        == "Opening 4 says that air scatters light."
    )


def test_a_sum_stands_twice_and_is_drawn_without_a_penalty() -> None:
    model = ScriptedModel(likely=A_SUM)
    answered("kind_twice", model)
    assert model.asks[-1].messages[-1].content == f"{QUESTION}\n\n{QUESTION}"
    assert model.asks[-1].sampling.repeat_penalty == 1.0
    assert answered("kind_twice", ScriptedModel(likely={**OTHER_KIND, "begins": YES})) == PLAIN


def test_the_question_stands_twice_and_last() -> None:
    model = ScriptedModel()
    answered("twice", model)
    assert model.asks[0].messages[-1].content == f"{QUESTION}\n\n{QUESTION}"


def test_a_line_in_both_languages_stands_before_the_question() -> None:
    model = ScriptedModel()
    answered("language_line", model)
    assert [message.role for message in model.asks[0].messages] == ["system", "user"]
    assert model.asks[0].messages[-1].content == QUESTION


def test_an_easier_question_and_its_own_answer_stand_before_the_question() -> None:
    model = ScriptedModel({"related": "Why is the sea blue?", "easier": "Water takes the red light away."})
    answered("analogy", model)
    told = [message.content for message in model.asks[-1].messages]
    assert told == ["Why is the sea blue?", "Water takes the red light away.", QUESTION]


def test_a_sum_is_drawn_without_a_penalty_and_others_as_the_plain_call() -> None:
    exact = ScriptedModel(likely=A_SUM)
    answered("exact", exact)
    assert exact.asks[-1].sampling.repeat_penalty == 1.0
    for likely in (OTHER_KIND, UNSURE):
        assert answered("exact", ScriptedModel(likely=likely)) == PLAIN


def test_a_result_that_most_workings_contradict_is_redone_in_the_conclusion() -> None:
    texts = {"plain": "It is 5.", "working": "It is {draw}, so 7.", "result": "{draw}", "conclusion": "It is 7."}
    model = ScriptedModel(texts, {**A_SUM, "same result": YES})
    model_that_differs = Contrary(texts, {**A_SUM})
    assert answered("agreement", model) == "It is 5."
    assert answered("agreement", model_that_differs) == "It is 5.\n\nIt is 7."


@pytest.mark.parametrize(("name", "unseen"), [("plain", 0), ("agreement", 1), ("openings", 16)])
def test_what_is_written_unseen_before_the_core_is_counted(name: str, unseen: int) -> None:
    model = ScriptedModel({"opening": "four", "working": "It is {draw}." * 9}, {**A_SUM, "same result": YES})
    talk = talk_with(model)
    asyncio.run(PROTOCOLS[name](talk))
    assert talk.times["core"].hidden_tokens <= unseen


class Contrary(ScriptedModel):
    """Names the result of a working 7, and that of the plain answer 5."""

    def __init__(self, texts: dict[str, str], likely: dict[str, dict[str, float]]) -> None:
        super().__init__(texts, {**likely, "same result": NO})
        self._texts["result"] = "7"
        self._texts["plain result"] = "5"

    def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        is_plain = ask.purpose == "result" and ask.messages[-1].content.endswith("Answer: It is 5.")
        return super().stream(ask.model_copy(update={"purpose": "plain result"}) if is_plain else ask)


class Beginning(ScriptedModel):
    """Takes one opening alone for a beginning."""

    def __init__(self, texts: dict[str, str], better: str) -> None:
        super().__init__(texts, {"begins": NO, "begins well": YES})
        self._better = better

    def stream(self, ask: Ask) -> AsyncGenerator[Chunk, None]:
        is_better = ask.purpose == "begins" and ask.messages[-1].content.endswith(self._better)
        return super().stream(ask.model_copy(update={"purpose": "begins well"}) if is_better else ask)
