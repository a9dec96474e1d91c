"""What the page says of the model is checked, not remembered: a server that goes is seen, and one that comes back."""

import pytest
from playwright.sync_api import expect

from llmfirst.errors import ProviderError, ProviderUnavailable
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import ModelCard, ProviderKind
from tests.browser.conftest import Open, Serve
from tests.scripted import PerSection

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ABSENT = ProviderUnavailable(
    "127.0.0.1:8000 does not answer: start the server.", ModelProblem(code="absent", service="127.0.0.1:8000")
)


class Server(PerSection):
    """A server on this machine that can go and come back."""

    kind: ProviderKind = "openai"
    address: str | None = "127.0.0.1:8000"
    error: ProviderError | None = None

    async def models(self) -> tuple[ModelCard, ...]:
        if self.error is not None:
            raise self.error
        return (ModelCard(name="alpha"),)


def test_a_server_that_goes_and_comes_back_is_seen_on_an_open_page_and_at_a_reload(serve: Serve, visit: Open) -> None:
    server = Server()
    page = visit(serve(server).url)
    page.wait_for("#ready", "local server 127.0.0.1:8000")
    ask = page.page.locator("#buttons #ask")
    server.error = ABSENT
    page.wait_for("#ready [role=alert]", "127.0.0.1:8000 does not answer: start the server.")
    expect(ask).to_be_disabled()
    page.reload(is_ready=False)
    page.wait_for("#ready [role=alert]", "127.0.0.1:8000 does not answer")
    page.page.get_by_text("한국어").click()
    page.wait_for("#ready [role=alert]", "모델 서버(127.0.0.1:8000)가 응답하지 않습니다.")
    server.error = None
    page.wait_for("#ready", "준비 완료")
    expect(ask).to_be_enabled()
