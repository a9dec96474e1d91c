"""The JSON-RPC endpoint: one request in, one response or one stream of responses out."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, Final

from a2a.server.context import ServerCallContext
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.types import (
    CancelTaskRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    InternalError,
    InvalidParamsError,
    SendMessageRequest,
    SendStreamingMessageRequest,
    SetTaskPushNotificationConfigRequest,
    TaskNotFoundError,
    TaskResubscriptionRequest,
)
from a2a.utils.errors import ServerError
from pydantic import BaseModel
from sse_starlette.event import ServerSentEvent
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from llmfirst.api.a2a.handler import Caller
from llmfirst.api.a2a.parsing import Malformed, RequestId, parse_request
from llmfirst.api.caller import owner_in
from llmfirst.api.refusals import refusal
from llmfirst.api.streams import ascii_json, event_stream
from llmfirst.errors import LlmfirstError, QuestionRefused
from llmfirst.events import accepted_language

logger = logging.getLogger(__name__)

_CLIENT_LEFT: Final = 499  # no one reads it


class RpcEndpoint:
    """Answers POST /a2a; the caller was authenticated before."""

    def __init__(self, handler: RequestHandler) -> None:
        self._handler = handler

    async def answer(self, request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=_CLIENT_LEFT)
        try:
            rpc_request = parse_request(body)
        except Malformed as problem:
            return _error(problem.request_id, problem.error)
        language = accepted_language(request.headers.get("accept-language"))
        context = ServerCallContext(user=Caller(owner_in(request.scope), language))
        request_id: RequestId = rpc_request.id
        try:
            return await self._dispatch(rpc_request, request_id, context, request)
        except ServerError as error:
            return _error(request_id, error.error or InternalError())
        except QuestionRefused as error:
            return _error(request_id, InvalidParamsError(message=str(error)))
        except LlmfirstError as error:
            refused = refusal(error)
            return _error(request_id, _failure(error), refused.status, refused.headers)
        except Exception:  # where a request ends: the caller is told that it failed, the log says why
            logger.exception("an A2A request broke")
            return _error(request_id, InternalError())

    async def _dispatch(
        self, rpc_request: Any, request_id: RequestId, context: ServerCallContext, request: Request
    ) -> Response:
        match rpc_request:
            case SendStreamingMessageRequest(params=params):
                return await _streamed(request_id, self._handler.on_message_send_stream(params, context))
            case TaskResubscriptionRequest(params=params):
                return await _streamed(request_id, self._handler.on_resubscribe_to_task(params, context))
            case SendMessageRequest(params=params):
                sending = self._handler.on_message_send(params, context)
                return await _result_unless_gone(request, request_id, sending)
            case GetTaskRequest(params=params):
                return _result(request_id, await self._handler.on_get_task(params, context))
            case CancelTaskRequest(params=params):
                return _result(request_id, await self._handler.on_cancel_task(params, context))
            case SetTaskPushNotificationConfigRequest(params=params):
                return _result(request_id, await self._handler.on_set_task_push_notification_config(params, context))
            case GetTaskPushNotificationConfigRequest(params=params):
                return _result(request_id, await self._handler.on_get_task_push_notification_config(params, context))
            case _:
                raise AssertionError(f"no method takes a {type(rpc_request).__name__}")


async def _streamed(request_id: RequestId, events: AsyncGenerator[Any, None]) -> Response:
    """Stream the events. A problem of the request is raised before the stream; an unknown task is an event in it."""
    try:
        first = await anext(events)
    except ServerError as error:
        if not isinstance(error.error, TaskNotFoundError):
            raise
        return event_stream(_single_event(_failed(request_id, error.error)))
    return event_stream(_responses(request_id, first, events))


async def _single_event(message: dict[str, Any]) -> AsyncGenerator[ServerSentEvent, None]:
    yield ServerSentEvent(data=ascii_json(message))


async def _responses(
    request_id: RequestId, first: BaseModel, rest: AsyncGenerator[BaseModel, None]
) -> AsyncGenerator[ServerSentEvent, None]:
    async with aclosing(rest):
        try:
            yield ServerSentEvent(data=ascii_json(_succeeded(request_id, first)))
            async for event in rest:
                yield ServerSentEvent(data=ascii_json(_succeeded(request_id, event)))
        except LlmfirstError as error:
            yield ServerSentEvent(data=ascii_json(_failed(request_id, _failure(error))))
        except Exception:  # where a request ends: the caller is told that it failed, the log says why
            logger.exception("an A2A stream broke")
            yield ServerSentEvent(data=ascii_json(_failed(request_id, InternalError())))


async def _result_unless_gone(request: Request, request_id: RequestId, answering: Coroutine[Any, Any, Any]) -> Response:
    """Return the result; if the caller disconnects first, cancel the work. Starlette does not do that by itself."""
    working = asyncio.create_task(answering)
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return _result(request_id, working.result()) if working.done() else Response(status_code=_CLIENT_LEFT)
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _result(request_id: RequestId, result: BaseModel | None) -> Response:
    assert result is not None
    return _json(_succeeded(request_id, result))


def _failure(error: LlmfirstError) -> InternalError:
    return InternalError(message=str(error), data={"code": refusal(error).code})


def _error(
    request_id: RequestId, error: BaseModel, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return _json(_failed(request_id, error), status, headers)


def _json(message: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(ascii_json(message), status, headers, "application/json")


def _succeeded(request_id: RequestId, result: BaseModel) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "result": result.model_dump(mode="json", exclude_none=True)}


def _failed(request_id: RequestId, error: BaseModel) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "error": error.model_dump(mode="json", exclude_none=True)}
