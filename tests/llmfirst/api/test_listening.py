"""The page's streams: who never reads one, and two readers of one visit."""

import asyncio
from pathlib import Path

import httpx

from llmfirst.api.app import ServerOptions
from llmfirst.api.server import build_server
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.page import build_page
from tests.live_runs import WHOLE, opened_with_models, served
from tests.llmfirst.api.page_calls import joined, with_page
from tests.llmfirst.api.serving import nothing_around
from tests.scripted import PerSection

STREAM = "/gradio_api/queue/data"


async def asked(client: httpx.AsyncClient, visit: str) -> None:
    """Ask a question as the page does, and read nothing."""
    config = (await client.get("/config")).json()
    ids = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
    ask = next(one for one in config["dependencies"] if [ids["ask"], "click"] in one["targets"])
    data = ["why?", None, "auto", None, "none", "en", "", ""]
    body = {"data": data, "fn_index": ask["id"], "session_hash": visit}
    reply = await client.post("/gradio_api/queue/join", json=body)
    assert reply.status_code == 200, reply.text


def test_a_question_on_the_page_whose_stream_nobody_reads_ends_after_the_grace_time(tmp_path: Path) -> None:
    provider = PerSection(["half ", 60.0])

    async def main() -> None:
        async with asyncio.timeout(20), opened_with_models(tmp_path, provider) as (runs, models, documents):
            page = build_page(AskPage(runs, models, deadline_seconds=120, grace_seconds=0.5))
            app = build_server(runs, models, documents, page, ServerOptions(), lifespan=nothing_around)
            async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
                await asked(client, "visit")
                await provider.opening.wait()
                async with asyncio.timeout(4):  # the plan alone may take 5 s
                    await provider.closing.wait()

    asyncio.run(main())


def test_a_second_reader_of_a_visit_is_refused_in_words_and_the_first_is_told_both_answers(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        await asked(client, "visit")
        async with client.stream("GET", STREAM, params={"session_hash": "visit"}) as first:
            await asked(client, "visit")
            second = await client.get(STREAM, params={"session_hash": "visit"})
            assert (second.status_code, second.json()["code"]) == (409, "visit_listened")
            lines = [line async for line in first.aiter_lines()]
        assert sum("process_completed" in line for line in lines) == 2
        assert "close_stream" in " ".join(lines[-3:])
        assert (await joined(client, ["again"])).status_code == 200

    with_page(tmp_path, check, PerSection(["plan", 3.0, WHOLE[0][1]], *WHOLE[1:], *WHOLE))
