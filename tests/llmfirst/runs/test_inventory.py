"""What is known of all models, and in which order they stand."""

import asyncio
from pathlib import Path

from llmfirst.engine.admission import Admission
from llmfirst.errors import ProviderUnavailable
from llmfirst.models import Models
from llmfirst.providers.base import ModelCard
from llmfirst.runs.inventory import inventory
from tests.live_runs import WHOLE, opened_with_models
from tests.scripted import PerSection


class Stocked(PerSection):
    async def models(self) -> tuple[ModelCard, ...]:
        return (
            ModelCard(name="embedding", size_bytes=9, is_chat=False, is_loaded=True),
            ModelCard(name="to bring", size_bytes=8, is_here=False),
            ModelCard(name="small", size_bytes=1),
            ModelCard(name="large", size_bytes=5),
            ModelCard(name="chosen", size_bytes=3, is_loaded=True),
        )

    async def build(self) -> str | None:
        return "Scripted 1.0"


class Ending(Stocked):
    is_there = True

    async def models(self) -> tuple[ModelCard, ...]:
        if not self.is_there:
            raise ProviderUnavailable("It does not answer.")
        return await super().models()


def test_the_model_in_use_comes_first_then_what_is_here_and_each_has_what_was_measured(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, Stocked(*WHOLE)) as (runs, models, _):
            models.begin("ollama/chosen")
            run_id = await runs.start("why?", language="en", model="ollama/chosen", grace_seconds=5)
            await runs.ended(run_id)
            stock = await inventory(models, runs)
            names = [known.offer.card.name for known in stock.models]
            first = models.chosen.offer.card.name
            rest = [name for name in ("chosen", "large", "small", "to bring", "embedding") if name != first]
            assert names == [first, *rest]
            measured = {known.offer.card.name: known.times for known in stock.models}
            assert measured["chosen"] is not None
            assert measured["chosen"].answers == 1
            assert measured["chosen"].first_text_seconds is not None
            assert measured["large"] is None
            assert stock.models[0].profile.name == "direct"
            (found,) = stock.found
            assert (found.build, found.error, len(found.offers)) == ("Scripted 1.0", None, 5)

    asyncio.run(main())


def test_a_provider_that_does_not_answer_is_told_with_the_model_that_was_chosen_of_it() -> None:
    async def main() -> None:
        provider = Ending()
        models = Models({"ollama": provider}, Admission(slots=1, line_limit=1))
        await models.choose("small", lambda _: None)
        provider.is_there = False
        (found,) = await models.found()
        assert str(found.error) == "It does not answer."
        assert [offer.card.name for offer in found.offers] == ["small"]

    asyncio.run(main())
