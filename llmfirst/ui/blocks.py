"""Gradio's blocks, with words for what goes wrong in a callback."""

import logging
from typing import Any, Final

import gradio as gr

from llmfirst.events import Language
from llmfirst.texts import texts_in

logger = logging.getLogger(__name__)

LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")


class PageBlocks(gr.Blocks):
    """Blocks that print nothing: a value that is not offered is told to the page, a bug is also logged."""

    async def preprocess_data(self, *arguments: Any, **options: Any) -> Any:
        """Read the values of a call, whose types the server has checked."""
        try:
            return await super().preprocess_data(*arguments, **options)
        except gr.Error as error:  # none of the choices, or out of bounds
            raise _Told([texts_in(one).page.not_offered for one in LANGUAGES]) from error

    async def process_api(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Run a callback, or its next step."""
        try:
            return await super().process_api(*arguments, **options)
        except _Told:
            raise
        except Exception as error:  # a bug, which Gradio would only print
            logger.exception("a callback of the page met an error in the program")
            raise _Told([texts_in(one).page.broken for one in LANGUAGES]) from error


class _Told(gr.Error):
    """An error with words, in all languages: it may concern the choice of the language."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(" · ".join(words), title="llmfirst", print_exception=False)
