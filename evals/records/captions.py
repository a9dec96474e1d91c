"""What people call an evaluation, and their notes on it. Neither is part of what was measured."""

from typing import Annotated, Final

from pydantic import Field

from evals.records.archive import Archive, readable
from llmfirst import Value

MOST_NAME_CHARACTERS: Final = 80
MOST_NOTES_CHARACTERS: Final = 2000
_CAPTIONS: Final = "captions"


class Caption(Value):
    """A name and notes, each of which may be empty."""

    name: Annotated[str, Field(max_length=MOST_NAME_CHARACTERS)] = ""
    notes: Annotated[str, Field(max_length=MOST_NOTES_CHARACTERS)] = ""


NO_CAPTION: Final = Caption()


def keep_caption(archive: Archive, evaluation_id: str, caption: Caption) -> None:
    """Store a caption in place of the one before. Raises EvaluationUnknown and EvaluationUnreadable."""
    archive.load(evaluation_id)
    archive.documents.put(_CAPTIONS, evaluation_id, caption.model_dump_json())


def caption_of(archive: Archive, evaluation_id: str) -> Caption:
    """Return the caption of an evaluation; an empty one of an evaluation that the owner may not see."""
    return (
        captions(archive, [evaluation_id]).get(evaluation_id, NO_CAPTION) if archive.has(evaluation_id) else NO_CAPTION
    )


def captions(archive: Archive, evaluation_ids: list[str]) -> dict[str, Caption]:
    """Return the captions of evaluations that have one."""
    return readable(Caption, archive.documents.some(_CAPTIONS, evaluation_ids))


def forget_caption(archive: Archive, evaluation_id: str) -> None:
    """Delete the caption of an evaluation."""
    archive.documents.remove(_CAPTIONS, evaluation_id)
