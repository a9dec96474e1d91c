"""The history over HTTP: runs listed, saved as files, deleted."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import tzinfo
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from llmfirst.api.caller import owner_in
from llmfirst.api.queries import UNKNOWN_RUN, RunName
from llmfirst.api.refusals import Refused
from llmfirst.events import AnswerEvent, Language
from llmfirst.local_time import zone_named
from llmfirst.providers.base import Fault, ProviderKind
from llmfirst.runs.history import History, Rating, RunEntry, RunFilter, RunOutcome, RunRecord
from llmfirst.runs.owners import Owner
from llmfirst.values import Value

AnswerFile = Callable[[RunEntry, Sequence[AnswerEvent], Language, tzinfo], tuple[str, str]]
"""Draws a run as an HTML file; returns its name and its text."""

_IN_PROGRESS: dict[int | str, dict[str, Any]] = {
    409: {"model": Refused, "description": "The run has not ended: stop it first."}
}


class WantedRuns(BaseModel):
    """Which runs are asked for; what is left out does not restrict."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field("", max_length=1000, description="words that occur in the question or in the answer")
    model: str | None = None
    outcome: RunOutcome | None = None
    language: Language | None = Field(None, description="the language of the interface in which it was asked")
    rated: Literal["good", "bad"] | None = None
    pinned: bool | None = None
    asked_by: Literal["people", "evaluations", "all"] = "people"
    since: AwareDatetime | None = None
    before: AwareDatetime | None = None

    def as_filter(self) -> RunFilter:
        told = self.model_dump(include=set(RunFilter.__dataclass_fields__))
        ratings: dict[str | None, Rating] = {"good": 1, "bad": -1}
        is_background = {"people": False, "evaluations": True}.get(self.asked_by)
        return RunFilter(**told, rating=ratings.get(self.rated), is_background=is_background)


class WantedPage(WantedRuns):
    limit: int = Field(50, ge=1, le=200)
    following: int | None = Field(None, ge=0, lt=2**53, description="`following` of the page before")


class ListedRun(Value):
    """A run in the list. Times are in seconds since submit; null where nothing was measured."""

    run_id: str
    submitted_at: AwareDatetime
    question: str
    provider: ProviderKind
    model: str
    language: Language | None
    has_ended: bool
    outcome: RunOutcome | None
    """null while the run is in progress, and where its end cannot be read."""
    fault: Fault | None
    admitted_seconds: float | None
    first_text_seconds: float | None
    total_seconds: float | None
    pinned: bool
    rating: Rating | None
    rating_words: str | None
    parent_run_id: str | None
    conversation_id: str


class RunsResponse(Value):
    """Runs of the caller, the newest first. `following` asks for the next page; null after the last one."""

    runs: tuple[ListedRun, ...]
    following: int | None


def history_routes(history: History, answer_file: AnswerFile) -> APIRouter:
    """Return the routes that list, save and delete runs."""
    router = APIRouter(tags=["history"])

    @router.get("/api/runs")
    async def list_runs(request: Request, wanted: Annotated[WantedPage, Query()]) -> RunsResponse:
        """Return the runs of the caller, page by page."""
        page = await history.page(
            wanted.as_filter(), owner_in(request.scope), following=wanted.following, limit=wanted.limit
        )
        listed = [{name: getattr(entry, name) for name in ListedRun.model_fields} for entry in page.entries]
        return RunsResponse(runs=tuple(ListedRun(**one) for one in listed), following=page.following)

    @router.get(
        "/api/runs.jsonl",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/jsonl": {"schema": RunRecord.model_json_schema()}}}},
    )
    async def save_runs(request: Request, wanted: Annotated[WantedRuns, Query()]) -> Response:
        """Return the runs of the caller that have ended with their texts and figures, one JSON object on each line."""
        lines = _lines(history, wanted.as_filter(), owner_in(request.scope))
        return StreamingResponse(lines, headers=_attached("llmfirst-runs.jsonl"), media_type="application/jsonl")

    @router.get("/api/runs/{run_id}/file", response_class=Response, responses=UNKNOWN_RUN)
    async def save_run(
        request: Request,
        run_id: RunName,
        language: Language = "en",
        zone: Annotated[str, Query(max_length=64, description="the time zone of its times")] = "UTC",
    ) -> Response:
        """Return a run of the caller as one HTML file that needs no network."""
        entry, events = await history.read(run_id, owner_in(request.scope))
        name, text = answer_file(entry, events, language, zone_named(zone))
        return Response(text, headers=_attached(name), media_type="text/html")

    @router.delete("/api/runs/{run_id}", status_code=204, responses=UNKNOWN_RUN | _IN_PROGRESS)
    async def delete_run(request: Request, run_id: RunName) -> None:
        """Delete a run of the caller with all its events; those of evaluations stay."""
        await history.delete(run_id, owner_in(request.scope))

    return router


async def _lines(history: History, asked: RunFilter, owner: Owner) -> AsyncGenerator[str, None]:
    async with aclosing(history.records(asked, owner)) as records:
        async for record in records:
            yield record.model_dump_json() + "\n"


def _attached(name: str) -> dict[str, str]:
    """Return headers by which a browser saves the answer and never shows it as a page of this server."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
