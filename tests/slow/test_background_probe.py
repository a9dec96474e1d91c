"""The probe that runs by itself, on the small real model: given up for a question, and done once."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from llmfirst.app.services import Services, open_services
from llmfirst.engine.profile_probe import ProbeAnswer, ProbeSteps, read_finding
from llmfirst.engine.profiles import model_key
from llmfirst.events import AnswerFinished, QuestionSubmitted
from llmfirst.ledger import chain_holds
from llmfirst.providers.base import ModelHandle
from llmfirst.readiness import readiness_of
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.settings import Settings
from llmfirst.store import open_database
from llmfirst.store.tables import events
from tests.conftest import SMALL_MODEL
from tests.probing import Tryable, likes_the_first, probe_of, tried_out

pytestmark = [pytest.mark.slow, pytest.mark.embedded]
KEY = f"embedded/{SMALL_MODEL}"


def test_a_real_model_is_probed_beside_a_question_and_asked_so_from_then_on(
    tmp_path: Path, small_model_home: Path
) -> None:
    settings = Settings(
        provider="embedded",
        model=SMALL_MODEL,
        data_dir=tmp_path,
        weights_dir=small_model_home / "models",
        threads=1,
        context_tokens=2048,
        deadline_seconds=30,
    )

    # Three of the four questions, which take minutes, were asked of a scripted model.
    begun = ProbeSteps(steps=tried_out(Tryable(likes_the_first)).steps[:12])

    async def asked(services: Services) -> QuestionSubmitted:
        run_id = await services.runs.start("Why is the sky blue?", language="en", model=KEY, grace_seconds=30)
        first, *_, last = [event async for event in services.runs.follow(run_id)]
        assert isinstance(last, AnswerFinished)
        assert isinstance(first, QuestionSubmitted)
        return first

    async def loaded(services: Services) -> ModelHandle:
        await services.models.choose(SMALL_MODEL, services.store.last_model)
        services.models.begin(KEY)
        async for _ in readiness_of(services.models, KEY):
            pass
        return services.models.handle(KEY)

    async def main() -> None:
        async with open_services(settings) as services:
            handle = await loaded(services)
            ProbeArchive(services.documents).keep_steps(model_key(handle), begun)
            probe = probe_of(services.models, services.runs.idle, services.documents, quiet_seconds=0.5)
            probing = asyncio.create_task(probe.run())
            while (state := probe.state(KEY)) is None or state.stage != "asking":  # noqa: ASYNC110 - the page asks the probe in the same way
                await asyncio.sleep(0.1)
            await asyncio.sleep(2)
            first = await asked(services)
            assert (first.profile, first.profile_because) == ("answer_first", "size")
            while probe.state(KEY) is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)
            found = read_finding(services.documents.all("profiles")[model_key(handle)])
        assert found is not None
        assert found.probe.is_over
        assert found.probe.steps[:12] == begun.steps
        assert all(chain_holds(step.calls) for step in found.probe.steps if isinstance(step, ProbeAnswer))
        async with open_services(settings) as services:
            await loaded(services)
            second = await asked(services)
            assert (second.profile, second.profile_because) == (found.profile, "probed")
            database = open_database(tmp_path)
            with database.connect() as connection:  # the probe's own runs are in no history
                stored = connection.scalars(sa.select(events.c.run_id).distinct()).all()
            database.dispose()
            assert set(stored) == {first.run_id, second.run_id}

    asyncio.run(main())
