"""The page says in one line that it is being found out how a model is best asked, as long as that goes on."""

import asyncio
from html import unescape
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from llmfirst.engine.idle import Idle
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.events import Language
from llmfirst.offers import Choice, Offer
from llmfirst.providers.base import ModelCard
from llmfirst.readiness import Ready
from llmfirst.runs.background_probe import ProbeState
from llmfirst.texts import texts_in
from llmfirst.ui.ask_page import AskPage, ModelView
from llmfirst.ui.render import readiness_line
from tests.live_runs import opened_with_models
from tests.probing import probe_of
from tests.scripted import PerSection

OFFER = Offer("ollama", ModelCard(name="scripted"))


@pytest.mark.parametrize(
    ("language", "stage", "words"),
    [
        ("en", "asking", "finding out how this model is best asked: 2 of 4"),
        ("en", "waiting", "goes on when nobody asks: 2 of 4"),
        ("ko", "asking", "알아보는 중: 4개 중 2번째"),
        ("ko", "waiting", "이어서 알아봅니다: 4개 중 2번째"),
    ],
)
def test_the_line_of_the_model_says_how_far_that_is(language: Language, stage: str, words: str) -> None:
    stages = get_args(get_type_hints(ProbeState)["stage"])
    assert set(texts_in(language).models.probe) == set(stages)
    (state,) = (ProbeState(each, 2, 4, 9) for each in stages if each == stage)
    line = readiness_line(OFFER, Choice(OFFER, "first"), Ready(1.0), language, state)
    assert words in line
    assert "\n" not in line
    assert words not in readiness_line(OFFER, Choice(OFFER, "first"), Ready(1.0), language)


@pytest.mark.parametrize(
    ("language", "asking", "paid", "not_paid"),
    [
        (
            "en",
            "whether thinking makes this model's answers better: 2 of 4",
            "auto lets it think",
            "auto leaves it off",
        ),
        ("ko", "좋아지는지 알아보는 중: 4개 중 2번째", "자동이면 생각하게 합니다", "자동이면 생각을 끕니다"),
    ],
)
def test_the_line_says_that_thinking_is_tried_and_what_came_of_it(
    language: Language, asking: str, paid: str, not_paid: str
) -> None:
    def line(state: ProbeState | None, *, pays: bool | None) -> str:
        drawn = readiness_line(OFFER, Choice(OFFER, "first"), Ready(1.0), language, state, thinking_pays=pays)
        return unescape(drawn)

    assert asking in line(ProbeState("asking", 2, 4, 99, "thinking"), pays=None)
    assert paid in line(None, pays=True)
    assert not_paid in line(None, pays=False)
    assert not {paid, not_paid} & {part for part in (paid, not_paid) if part in line(None, pays=None)}


def test_the_line_is_drawn_again_until_it_is_found_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, PerSection()) as (runs, models, documents):
            profiles = ProfileBook(load_profiles())
            probe = probe_of(models, Idle(), documents, profiles=profiles)
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30, probe=probe)
            views: list[ModelView] = [view async for view in page.choose(None, "en")]
            assert await page.model_now(None, "en") == views[-1]
            assert "1 of 4" in views[-1].line
            profiles.learn(models.handle(None), "answer_first")
            over = await page.model_now(None, "en")
            assert over.can_be_asked
            assert "of 4" not in over.line

    asyncio.run(main())


def test_without_a_probe_the_line_is_drawn_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, PerSection()) as (runs, models, _):
            page = AskPage(runs, models, deadline_seconds=120, grace_seconds=30)
            views = [view async for view in page.choose(None, "en")]
            assert await page.model_now(None, "en") == views[-1]
            assert "of 4" not in views[-1].line

    asyncio.run(main())
