"""What the page can do with an answer that is shown. It serves all visitors, so it keeps nothing of any of them."""

from collections.abc import Sequence

from llmfirst.answer import Answer, fold
from llmfirst.errors import LlmfirstError, RunUnknown, StoreUnavailable
from llmfirst.events import Language
from llmfirst.runs.history import Rating
from llmfirst.runs.owners import Owner
from llmfirst.runs.runs import Runs
from llmfirst.ui.answer_markdown import answer_markdown
from llmfirst.ui.refusals import refusal_words


class ShownAnswer:
    """Reads and rates the answer of a run for its owner; a run that is none of theirs has nothing to show."""

    def __init__(self, runs: Runs, public_url: str | None) -> None:
        self._runs = runs
        self._public_url = "" if public_url is None else f"{public_url.rstrip('/')}/"

    async def earlier(self, run_id: str | None, owner: Owner) -> Sequence[Answer]:
        """Return the answers of the conversation before this one, the oldest first."""
        try:
            return (await self._runs.conversation(run_id or None, owner=owner))[:-1]
        except (RunUnknown, StoreUnavailable):  # the view of the answer says so
            return ()

    async def markdown(self, run_id: str | None, language: Language, owner: Owner) -> str:
        """Return the answer as Markdown."""
        try:
            return answer_markdown(fold(await self._runs.so_far(run_id or "", owner=owner)), language)
        except (RunUnknown, StoreUnavailable):
            return ""

    def link(self, run_id: str) -> str:
        """Return the address of the answer; without a public URL it is relative to that of the page."""
        return f"{self._public_url}?run={run_id}"

    async def rating(self, run_id: str | None, owner: Owner) -> tuple[Rating | None, str | None]:
        """Return the stored rating and the words beside it."""
        try:
            return await self._runs.history.rating(run_id or "", owner)
        except (RunUnknown, StoreUnavailable):
            return None, None

    async def rate(
        self, run_id: str | None, rating: Rating | None, words: str | None, language: Language, owner: Owner
    ) -> str | None:
        """Store a rating; return why it could not be stored, or None."""
        try:
            await self._runs.history.rate(run_id or "", owner, rating, words or None)
        except LlmfirstError as error:
            return refusal_words(error, language)
        return None
