"""What this machine can do: predicted, measured, compared, and the one model that is offered."""

import asyncio
from pathlib import Path

from llmfirst.machine.archive import MachineArchive, MeasuredMachine
from llmfirst.machine.prediction import Prediction
from llmfirst.providers.base import Capabilities, ModelCard, Pulled
from llmfirst.runs.outlook import Forecaster, Outlook
from llmfirst.ui.machine_render import outlook_html
from llmfirst.ui.render import larger_model_line
from tests.live_runs import opened_with_models
from tests.read_html import shown
from tests.scripted import END, PerSection, Step

GB = 1_000_000_000


def words(name: str) -> list[Step]:
    return [*(step for number in range(12) for step in (f"{name}{number} ", 0.005)), END]


class Shop(PerSection):
    """A small model that answers, and larger ones that could be brought here."""

    async def models(self) -> tuple[ModelCard, ...]:
        return (
            ModelCard(name="small", size_bytes=GB // 10, is_loaded=True),
            ModelCard(name="middle", size_bytes=GB // 5, is_here=False),
            ModelCard(name="huge", size_bytes=4000 * GB, is_here=False),
        )

    def capabilities(self, model: str) -> Capabilities:
        counts = {"small": 100_000_000, "middle": 200_000_000, "huge": 4_000_000_000_000}
        return Capabilities(prefill=False, logprobs=True, parameter_count=counts.get(model))

    def can_pull(self, model: str) -> bool:
        return True

    async def pull(self, model: str):  # type: ignore[no-untyped-def]  # nothing is pulled here
        yield Pulled(stage="downloading", done_bytes=0, total_bytes=None)

    async def show(self, model: str) -> ModelCard:
        return (await self.models())[0]

    async def unload(self, model: str) -> None: ...

    async def discard(self, model: str) -> None: ...

    def is_answering(self, model: str) -> bool:
        return False

    async def delete(self, model: str) -> None: ...


def by_name(outlook: Outlook, name: str) -> dict[str, object]:
    (found,) = [model for model in outlook.models if model.size.name == name]
    return {"tier": found.tier, "is_measured": found.is_measured, "fits": found.fits, "error": found.error}


def test_what_is_predicted_before_the_first_answer_is_kept_and_compared_with_it(tmp_path: Path) -> None:
    provider = Shop(words("try"), words("plan"), words("core"), words("more"), words("end"))

    async def main() -> None:
        async with opened_with_models(tmp_path, provider) as (runs, models, documents):
            forecaster = Forecaster(models, runs, documents, context_tokens=4096)
            before = await forecaster.look()
            assert all(model.total_seconds is None for model in before.models)  # nothing is known, so nothing is said
            assert before.best is None
            assert await forecaster.measure()  # the memory, and the small model by one reply
            ready = await forecaster.look()
            assert by_name(ready, "middle") == {"tier": 3, "is_measured": False, "fits": True, "error": None}
            assert by_name(ready, "huge") == {"tier": None, "is_measured": False, "fits": False, "error": None}
            assert MachineArchive(documents).predictions().keys() >= {"ollama/small", "ollama/middle"}
            run_id = await runs.start("why?", language="en", model=None, grace_seconds=5)
            await runs.ended(run_id)
            after = await forecaster.look()
            small = by_name(after, "small")
            assert small["is_measured"]
            assert small["error"] is not None
            assert after.typical_error is not None
            text = shown(outlook_html(after, "en"))
            assert "predicted" in text
            assert "Predictions were off by" in text

    asyncio.run(main())


def test_the_largest_model_inside_the_times_is_offered_with_one_button(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, Shop(words("try"))) as (runs, models, documents):
            forecaster = Forecaster(models, runs, documents, context_tokens=4096)
            assert await forecaster.measure()
            outlook = await forecaster.look()
            best = outlook.best
            assert best is not None
            assert best.rank > by_rank(outlook, "small")
            assert all(model.rank <= best.rank for model in outlook.models if model.tier is not None)
            html = outlook_html(outlook, "ko")
            assert f'data-model-act="download" data-model="{best.key}"' in html
            assert "약 " in shown(html)

    asyncio.run(main())


def by_rank(outlook: Outlook, name: str) -> tuple[int, int]:
    return next(model.rank for model in outlook.models if model.size.name == name)


def test_a_prediction_of_another_version_is_left_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, Shop()) as (_, _, documents):
            archive = MachineArchive(documents)
            archive.keep_prediction(
                "a", Prediction(first_text_seconds=1, total_seconds=2, token_seconds=1, basis="memory")
            )
            documents.put("predictions", "b", '{"seconds": 1}')
            documents.put("machine", "measured", "{}")
            assert archive.predictions().keys() == {"a"}
            assert archive.measured() is None

    asyncio.run(main())


class Stocked(Shop):
    """Models that are all here and of which none has ever answered."""

    async def models(self) -> tuple[ModelCard, ...]:
        return tuple([card.model_copy(update={"is_here": True, "is_loaded": None}) for card in await super().models()])


def test_the_model_that_suits_is_the_largest_inside_the_times_and_the_memory_is_measured_for_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_with_models(tmp_path, Stocked()) as (runs, models, documents):
            forecaster = Forecaster(models, runs, documents, context_tokens=4096)
            offers = await models.offers()
            found = await forecaster.suited(offers)
            assert found is not None
            assert (found[0].card.name, found[1]) == ("middle", "in_time")
            assert MachineArchive(documents).measured() is not None
            slow = MachineArchive(documents)
            slow.keep_measured(MeasuredMachine(bytes_per_second=1e6))
            assert await forecaster.suited(offers) == (offers[0], "fastest")
            assert await forecaster.suited([offers[2]]) is None  # no memory holds it

    asyncio.run(main())


def test_while_nobody_asks_the_machine_is_measured_once_and_the_larger_model_is_offered(tmp_path: Path) -> None:
    provider = Shop(words("try"))

    async def main() -> None:
        async with opened_with_models(tmp_path, provider) as (runs, models, documents):
            forecaster = Forecaster(models, runs, documents, context_tokens=4096, unused_seconds=0.0)
            running = asyncio.create_task(forecaster.run())
            while forecaster.offered is None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
            async with runs.idle.used():  # and not again after somebody has used it
                pass
            await asyncio.sleep(0.05)
            assert len(provider.requests) == 1
            running.cancel()
            line = larger_model_line(forecaster.offered, "en")
            assert forecaster.offered in line
            assert 'href="?system"' in line
            assert larger_model_line(None, "en") == ""

    asyncio.run(main())
