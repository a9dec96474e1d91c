"""The SDK's own client against our server."""

from pathlib import Path
from typing import Any

import httpx
from a2a.client import A2ACardResolver, A2AClient
from a2a.types import (
    CancelTaskRequest,
    GetTaskRequest,
    MessageSendParams,
    SendMessageRequest,
    SendMessageSuccessResponse,
    SendStreamingMessageRequest,
    SendStreamingMessageSuccessResponse,
    Task,
    TaskIdParams,
    TaskQueryParams,
    TaskStatusUpdateEvent,
)

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.credentials import parse_credentials
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import asking
from tests.llmfirst.api.serving import with_api
from tests.scripted import PerSection

TOKENS = parse_credentials("alice:alice-0123456789", shortest=16)


def test_the_sdks_client_sends_streams_gets_and_cancels(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        client.headers["Authorization"] = "Bearer alice-0123456789"
        card = await A2ACardResolver(client, str(client.base_url)).get_agent_card()
        agent = A2AClient(client, agent_card=card)
        params: Any = MessageSendParams.model_validate(asking())

        sent = (await agent.send_message(SendMessageRequest(id="1", params=params))).root
        assert isinstance(sent, SendMessageSuccessResponse)
        assert isinstance(sent.result, Task)
        assert sent.result.status.state == "completed"

        got = (await agent.get_task(GetTaskRequest(id="2", params=TaskQueryParams(id=sent.result.id)))).root
        assert got.model_dump()["result"] == sent.result.model_dump()

        cancel = CancelTaskRequest(id="3", params=TaskIdParams(id=sent.result.id))
        assert (await agent.cancel_task(cancel)).root.model_dump()["error"]["code"] == -32002

        told = []
        async for response in agent.send_message_streaming(SendStreamingMessageRequest(id="4", params=params)):
            assert isinstance(response.root, SendStreamingMessageSuccessResponse)
            told.append(response.root.result)
        assert isinstance(told[0], Task)
        assert isinstance(told[-1], TaskStatusUpdateEvent)
        assert told[-1].final

    with_api(tmp_path, PerSection(*WHOLE, *WHOLE), check, ServerOptions(access_policy=AccessPolicy(TOKENS, TOKENS)))
