"""Who leaves at the worst moment: between the run and the record of its task."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from a2a.types import Message, Part, Role, TextPart

from llmfirst.api.a2a.events import task_of
from llmfirst.api.a2a.records import TurnRequest
from llmfirst.api.a2a.tasks import Tasks
from tests.cancelling import CancelledAt
from tests.live_runs import opened_with_models
from tests.scripted import PerSection

NAME = "7b1d9f0e-8b7e-4a9f-9a53-2c7f1d1c0a11"


def test_who_leaves_while_the_task_is_taken_leaves_one_that_is_stored_and_ends(tmp_path: Path) -> None:
    provider = PerSection(["plan", 60.0])
    part = Part(root=TextPart(text="why?"))
    message = Message(messageId="m1", role=Role.user, parts=[part], taskId=NAME)

    async def main() -> None:
        opening = opened_with_models(tmp_path, provider, arrival_seconds=0.1)
        async with asyncio.timeout(20), opening as (runs, _, documents):
            tasks = Tasks(runs, documents, grace_seconds=0.1, now=lambda: datetime.now(UTC))

            async def begin() -> None:
                await CancelledAt(tasks.begin(TurnRequest(message, "why?", "local", "en")), 1)

            with pytest.raises(asyncio.CancelledError):
                await asyncio.create_task(begin())
            await provider.closing.wait()
            record = await tasks.load(NAME, "local")
            await runs.ended(record.turns[0].run_id)
            assert task_of(record, await tasks.views(record)).status.state == "canceled"
            await tasks.aclose()

    asyncio.run(main())
