"""Middleware around Gradio's app: only what our page sends gets there, and a visitor only to what is their own."""

import logging
import re
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from llmfirst.api.caller import owner_in
from llmfirst.api.json_body import strict_json
from llmfirst.api.page_rules import FILES, JOIN, UPLOAD, Call, files_in, is_used, visit_of
from llmfirst.api.refusals import malformed, refused
from llmfirst.api.request_limits import replayed
from llmfirst.api.uploads import Uploads, files_only
from llmfirst.api.visits import Visits
from llmfirst.runs.owners import Owner, is_in_folder_of

logger = logging.getLogger(__name__)

_RANGE: Final = re.compile(r"bytes=[0-9]*-[0-9]*")


class PageRequests:
    """Middleware that refuses what Gradio would break on or should not do.

    404: our page sends no such request, or the visit or the file is another's; 422: a body that no callback takes.
    """

    def __init__(self, app: ASGIApp, *, visits: Visits, calls: Mapping[int, type[BaseModel]]) -> None:
        """`calls`: the shape of a call of each callback, by its number."""
        self._app = app
        self._visits = visits
        self._calls = calls
        self._uploads = Uploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, owner = Request(scope, receive), owner_in(scope)
        answer: Response | None = None
        if not is_used(request.method, scope["path"], request.url.query):
            answer = _nothing()
        elif scope["path"] == UPLOAD:
            try:
                receive = files_only(receive, request.headers.get("content-type", ""))
            except FormParserError:
                answer = refused(400, "malformed", "The upload is no multipart form.")
            send = self._uploads.noting(send, owner)
        elif request.method == "POST":
            body = await request.body()
            receive = replayed([{"type": "http.request", "body": body}], receive)
            answer = self._call_refusal(scope["path"], body, owner)
        else:
            answer = self._read_refusal(request, owner)
        if answer is not None:
            await answer(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            # The stream of a visit that is over has said so, and raises a status that nobody can be sent any more.
            if not isinstance(error.__cause__, HTTPException):
                raise
            logger.debug("the stream of a visit that is over was asked for")

    def _call_refusal(self, path: str, body: bytes, owner: Owner) -> Response | None:
        try:
            given = strict_json(body)
        except ValueError as error:
            return malformed([f"body: {error}"])
        try:
            call = Call.model_validate(given)
        except ValidationError as error:
            return _misfit(error)
        if call.fn_index not in self._calls:
            return malformed(["fn_index: the page has no such callback"])
        files = files_in(given)
        if any("://" in file for file in files):
            return refused(422, "address", "A file must be uploaded: this server fetches none from an address.")
        if not all(self._is_own(file, owner) for file in files):
            return _nothing()
        if path == JOIN:
            try:
                self._calls[call.fn_index].model_validate(given)
            except ValidationError as error:
                return _misfit(error)
        return self._visit_refusal(call.session_hash, owner)

    def _read_refusal(self, request: Request, owner: Owner) -> Response | None:
        path: str = request.scope["path"]
        if path.startswith(FILES):
            if not _RANGE.fullmatch(request.headers.get("range", "")):  # which is to be ignored; Gradio breaks on it
                del MutableHeaders(scope=request.scope)["range"]
            return None if self._is_own(path.removeprefix(FILES), owner) else _nothing()
        visit = visit_of(path, request.url.query)
        return None if visit is None else self._visit_refusal(visit, owner)

    def _visit_refusal(self, visit: str, owner: Owner) -> Response | None:
        if self._visits.belongs(visit, owner):
            return None
        return refused(404, "visit_unknown", "This visit is over: load the page again.")

    def _is_own(self, path: str, owner: Owner) -> bool:
        return self._uploads.has(path, owner) or is_in_folder_of(path, owner)


def _misfit(error: ValidationError) -> Response:
    return malformed([f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()])


def _nothing() -> Response:
    return refused(404, "not_found", "There is nothing here.")
