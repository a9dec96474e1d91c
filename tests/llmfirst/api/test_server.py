"""API and page as one server: what is the API's is answered in its form, also where it has nothing."""

from pathlib import Path

import httpx

from tests.llmfirst.api.page_calls import with_page


def test_an_address_that_is_nowhere_in_the_api_is_told_in_its_one_form(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient) -> None:
        for method, path, status, code in (
            ("GET", "/api/nothing", 404, "not_found"),
            ("DELETE", "/api/models", 405, "method_unknown"),
            ("GET", "/a2a", 405, "method_unknown"),
            ("PUT", "/healthz", 405, "method_unknown"),
        ):
            reply = await client.request(method, path)
            assert (reply.status_code, reply.json()["code"]) == (status, code), path

    with_page(tmp_path, check)
