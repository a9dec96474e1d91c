"""The queue of calls: nothing goes on while nobody calls, and a call that waits begins when another one ends."""

import asyncio

import gradio as gr
import httpx
from fastapi import FastAPI

from llmfirst.ui.call_queue import CallQueue
from tests.clock import VirtualLoop
from tests.live_runs import served


def test_an_idle_queue_leaves_the_loop_asleep() -> None:
    class CountingLoop(VirtualLoop):
        looks = 0

        def time(self) -> float:
            self.looks += 1  # a few times for each turn of the loop
            return super().time()

    async def main() -> None:
        with gr.Blocks(analytics_enabled=False) as blocks:
            pass
        queue = CallQueue(blocks)
        processing = asyncio.create_task(queue.start_processing())
        updates = asyncio.create_task(queue.start_progress_updates())
        await asyncio.sleep(3600)
        queue.close()
        await asyncio.gather(processing, updates)

    loop = CountingLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())
    assert loop.looks < 30


def test_a_call_that_waits_begins_when_another_one_ends() -> None:
    running, most = [0], [0]

    async def work() -> str:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await asyncio.sleep(0.01)
        running[0] -= 1
        return "done"

    async def call(client: httpx.AsyncClient, visit: str) -> str:
        body = {"data": [], "fn_index": 0, "session_hash": visit}
        (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
        return (await client.get("/gradio_api/queue/data", params={"session_hash": visit})).text

    async def main() -> list[str]:
        with gr.Blocks(analytics_enabled=False) as blocks:
            box = gr.Textbox()
            box.submit(work, None, box, concurrency_limit=2)
        blocks._queue = CallQueue(blocks)
        app = gr.mount_gradio_app(FastAPI(), blocks, path="/", ssr_mode=False)
        async with asyncio.timeout(20), served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
            return await asyncio.gather(*[call(client, f"visit{number}") for number in range(6)])

    told = asyncio.run(main())
    assert ["process_completed" in one and '"done"' in one for one in told] == [True] * 6
    assert most == [2]
