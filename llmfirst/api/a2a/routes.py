"""Where A2A is on the server: the JSON-RPC endpoint, and the card at both addresses that clients look at."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from llmfirst.api.a2a.card import agent_card
from llmfirst.api.a2a.handler import RunRequestHandler
from llmfirst.api.a2a.rpc import RpcEndpoint
from llmfirst.api.a2a.tasks import Tasks

ENDPOINT: Final = "/a2a"
CARD_PATHS: Final = ("/.well-known/agent.json", "/.well-known/agent-card.json")


def a2a_routes(tasks: Tasks, *, wait_seconds: float, public_url: str | None, needs_token: bool) -> list[Route]:
    """Return the routes; without a public URL the card names the address of the request."""
    endpoint = RpcEndpoint(RunRequestHandler(tasks, wait_seconds=wait_seconds))

    async def card(request: Request) -> Response:
        base = str(request.base_url) if public_url is None else public_url
        content = agent_card(f"{base.rstrip('/')}{ENDPOINT}", needs_token=needs_token)
        return JSONResponse(content, headers={"Cache-Control": "no-cache"})

    return [
        Route(ENDPOINT, endpoint.answer, methods=["POST"]),
        *[Route(path, card, methods=["GET"]) for path in CARD_PATHS],
    ]
