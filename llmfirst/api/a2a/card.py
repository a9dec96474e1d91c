"""The agent card: what this server can do, where it is, and which credentials it takes."""

from typing import Any, Final

from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentSkill,
    APIKeySecurityScheme,
    HTTPAuthSecurityScheme,
    In,
    SecurityScheme,
)

from llmfirst.version import llmfirst_version

PROTOCOL_VERSION: Final = "0.2.3"  # what the models of a2a-sdk 0.2.9 are
INPUT_MODES: Final = ["text/plain"]
OUTPUT_MODES: Final = ["text/plain", "application/json"]


def agent_card(url: str, *, needs_token: bool) -> dict[str, Any]:
    """Return the card of the agent whose JSON-RPC endpoint is at `url`, as it goes over the wire."""
    card = AgentCard(
        name="llmfirst",
        description=(
            "Answers a question with a language model on this machine: a short strategy, then core, details and "
            "conclusion, streamed, inside 120 seconds. Korean and English."
        ),
        url=url,
        version=llmfirst_version(),
        capabilities=AgentCapabilities(streaming=True, pushNotifications=False, stateTransitionHistory=False),
        defaultInputModes=INPUT_MODES,
        defaultOutputModes=OUTPUT_MODES,
        skills=[
            AgentSkill(
                id="answer",
                name="Answer a question",
                description="Each part of the answer is an artifact: strategy, core, details, conclusion.",
                tags=["question answering", "streaming", "local model"],
                examples=["Why is the sky blue?", "하늘은 왜 파란가요?"],
            )
        ],
        # The first scheme is the one that clients try.
        securitySchemes=_schemes() if needs_token else None,
        security=[{"bearer": []}, {"apiKey": []}] if needs_token else None,
    )
    # By alias: the SDK's own field is `in_`, and its own client refuses a card that says so.
    wire = card.model_dump(mode="json", exclude_none=True, by_alias=True)
    return {**wire, "protocolVersion": PROTOCOL_VERSION, "preferredTransport": "JSONRPC"}


def _schemes() -> dict[str, SecurityScheme]:
    key = APIKeySecurityScheme.model_validate({"in": In.header, "name": "X-API-Key"})
    return {
        "bearer": SecurityScheme(root=HTTPAuthSecurityScheme(scheme="bearer")),
        "apiKey": SecurityScheme(root=key),
    }
