from pathlib import Path

import httpx
import pytest
from a2a.client import A2ACardResolver
from a2a.types import AgentCard

from llmfirst.api.a2a.card import agent_card
from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.credentials import parse_credentials
from llmfirst.runs.runs import Runs
from tests.llmfirst.api.serving import with_api
from tests.scripted import PerSection

CREDENTIALS = parse_credentials("alice:0123456789abcdef", shortest=16)
CLOSED = ServerOptions(access_policy=AccessPolicy(CREDENTIALS, CREDENTIALS), public_url="https://llm.example.org/")


@pytest.mark.parametrize("path", ["/.well-known/agent.json", "/.well-known/agent-card.json"])
def test_the_card_is_public_at_both_addresses_and_the_sdks_client_takes_it(tmp_path: Path, path: str) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.get(path)
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("application/json")
        card = await A2ACardResolver(client, str(client.base_url), agent_card_path=path).get_agent_card()
        assert card.url == "https://llm.example.org/a2a"

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_without_a_public_address_the_card_names_the_one_it_was_asked_at(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        card = (await client.get("/.well-known/agent.json")).json()
        assert card["url"] == f"{str(client.base_url).rstrip('/')}/a2a"
        assert "securitySchemes" not in card
        assert "security" not in card

    with_api(tmp_path, PerSection(), check)


def test_the_card_has_every_required_field_and_says_only_what_is_true() -> None:
    card = agent_card("http://127.0.0.1:7860/a2a", needs_token=False)
    required = {"name", "description", "url", "version", "capabilities", "defaultInputModes", "defaultOutputModes"}
    assert required | {"skills", "protocolVersion"} <= set(card)
    assert card["capabilities"] == {"streaming": True, "pushNotifications": False, "stateTransitionHistory": False}
    assert all({"id", "name", "description", "tags"} <= set(skill) for skill in card["skills"])
    assert card["skills"]
    assert all("/" in mode for mode in [*card["defaultInputModes"], *card["defaultOutputModes"]])


def test_the_card_of_a_closed_server_names_bearer_first_and_says_in_and_not_in_underscore() -> None:
    card = agent_card("https://llm.example.org/a2a", needs_token=True)
    assert next(iter(card["securitySchemes"])) == "bearer"
    assert card["securitySchemes"]["apiKey"] == {"in": "header", "name": "X-API-Key", "type": "apiKey"}
    assert card["security"] == [{"bearer": []}, {"apiKey": []}]
    assert AgentCard.model_validate(card).securitySchemes is not None
