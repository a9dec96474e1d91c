"""Callbacks for Gradio that know whose visit it is, and in which time zone the visitor reads."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote

import gradio as gr

from evals.records.local_time import read_in
from llmfirst import Owner, owner_of, zone_named


def with_owner(callback: Callable[..., Coroutine[Any, Any, Any]], *first: Any) -> Callable[..., Any]:
    """Return a callback that passes the visitor on as the owner, behind what is fixed."""

    async def called(request: gr.Request, *values: Any) -> Any:
        return await callback(*first, visitor(request), *values)

    return called


def stream_with_owner(callback: Callable[..., AsyncGenerator[Any, None]]) -> Callable[..., AsyncGenerator[Any, None]]:
    """Do the same for a callback that yields; it is closed when its reader leaves."""

    async def called(request: gr.Request, *values: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(callback(owner_of(request.username), *values)) as views:
            while True:
                read_in_zone_of(request)  # each step may be made in a context of its own
                try:
                    view = await anext(views)
                except StopAsyncIteration:
                    return
                yield view

    return called


def visitor(request: gr.Request) -> Owner:
    """Return whose visit it is, and tell times in its time zone from now on."""
    read_in_zone_of(request)
    return owner_of(request.username)


def read_in_zone_of(request: gr.Request) -> None:
    """Tell times in the time zone that the browser of this visit has named, if it has."""
    name = unquote(request.cookies.get("llmfirst-zone", ""))
    read_in(zone_named(name) if name else None)
