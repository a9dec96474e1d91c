"""What the files of a report are called: by suite, models and date. Pure."""

import unicodedata
from itertools import groupby
from typing import Final

from evals.records.captions import NO_CAPTION, Caption
from evals.records.evaluation import Evaluation
from evals.records.local_time import at_home

_MOST: Final = 40
"""Characters of one part, so that the whole name fits into any file system in Korean too."""


def file_stem(evaluation: Evaluation, caption: Caption = NO_CAPTION) -> str:
    """Return the name without its ending, such as `review_qwen3-4b_2026-11-23-1800_before-update`, in local time."""
    first, *others = dict.fromkeys(model.model for model in evaluation.models)
    models = f"{_part(first)}-and-{len(others)}-more" if others else _part(first)
    stem = f"{_part(evaluation.suite.name)}_{models}_{at_home(evaluation.created_at):%Y-%m-%d-%H%M}"
    return f"{stem}_{_part(caption.name)}" if caption.name else stem


def _part(name: str) -> str:
    """Return a name with its letters, digits and dots; each run of other signs is a hyphen."""
    signs = unicodedata.normalize("NFC", name)
    runs = groupby(signs, key=lambda sign: sign.isalnum() or sign == ".")
    kept = "".join("".join(run) if is_kept else "-" for is_kept, run in runs)
    return kept[:_MOST].strip("-.") or "unnamed"
