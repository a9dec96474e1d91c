"""Of several streams that draw the same parts of the page, only the latest goes on."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import gradio as gr


class Latest:
    """Ends what an earlier event of a visit streams as soon as a later one streams: both would draw the same parts."""

    def __init__(self) -> None:
        self._newest: dict[str | None, object] = {}

    def only(self, callback: Callable[..., AsyncGenerator[Any, None]]) -> Callable[..., AsyncGenerator[Any, None]]:
        async def called(request: gr.Request, *values: Any) -> AsyncGenerator[Any, None]:
            visit, mine = request.session_hash, object()
            self._newest[visit] = mine
            try:
                async with aclosing(callback(request, *values)) as views:
                    async for view in views:
                        if self._newest.get(visit) is not mine:
                            return
                        yield view
            finally:
                if self._newest.get(visit) is mine:
                    del self._newest[visit]

        return called
