"""The page behind a reverse proxy: by which address it is known, and that nothing of its stream is kept on the way."""

from pathlib import Path

import httpx

from tests.llmfirst.api.page_calls import joined, with_page


def test_a_proxy_is_told_to_keep_nothing_of_the_pages_stream(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        await joined(client, ["x"], "visit")
        async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "visit"}) as stream:
            assert stream.headers["X-Accel-Buffering"] == "no"
            assert stream.headers["Cache-Control"] == "no-store"
        assert "X-Accel-Buffering" not in (await client.get("/config")).headers

    with_page(tmp_path, check)
