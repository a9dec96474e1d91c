"""Draw the downloads as HTML. Pure; everything is escaped."""

from collections.abc import Sequence
from html import escape
from math import ceil
from typing import Final

from llmfirst.downloads import Download, DownloadStage
from llmfirst.events import Language
from llmfirst.texts import BringTexts, texts_in
from llmfirst.ui.model_actions import ModelAct, acts_html, size_words
from llmfirst.ui.problems import problem_words
from llmfirst.visible_text import visible

_ACTS: Final[dict[DownloadStage, tuple[ModelAct, ...]]] = {
    "waiting": ("stop",),
    "downloading": ("stop",),
    "checking": ("stop",),
    "stopped": ("resume", "discard"),
    "failed": ("resume", "discard"),
    "done": ("dismiss",),
}


def downloads_html(downloads: Sequence[Download], language: Language) -> str:
    """Return the list of all downloads, with what can be done about each; empty without any."""
    if not downloads:
        return ""
    words = texts_in(language).bring
    lines = "".join(_line(download, language) for download in downloads)
    return f'<ul class="downloads" aria-label="{escape(words.list)}">{lines}</ul>'


def _line(download: Download, language: Language) -> str:
    words, name = texts_in(language).bring, visible(download.model)
    acts = _ACTS[download.stage]
    if download.is_awaited:  # who chose the model waits for it
        acts = tuple(act for act in acts if act != "discard")
    said = ""
    if download.error is not None:
        told = problem_words(download.error.problem, str(download.error), language)
        said = f'<p class="why" role="alert">{escape(told)}</p>'
    return (
        f'<li class="{download.stage}"><span class="what"><b>{escape(name)}</b> '
        f'<span class="quiet">{escape(texts_in(language).head.providers[download.provider])}</span></span>'
        f"{acts_html(acts, download.key, download.model, language)}{_bar(download, name)}"
        f'<span class="figures">{escape(" · ".join(_figures(download, words)))}</span>{said}</li>'
    )


def _bar(download: Download, name: str) -> str:
    if download.stage == "done" or not download.total_bytes:
        return ""
    return (
        f'<progress max="{download.total_bytes}" value="{download.done_bytes}" aria-label="{escape(name)}"></progress>'
    )


def _figures(download: Download, words: BringTexts) -> list[str]:
    figures = [words.stages[download.stage]]
    if download.stage == "done":
        # Ollama tells no size of what came faster than it tells.
        figures += [size_words(download.done_bytes)] if download.done_bytes == download.total_bytes else []
    elif download.total_bytes:
        share = 100 * download.done_bytes / download.total_bytes
        done = words.amount.format(done=size_words(download.done_bytes), total=size_words(download.total_bytes))
        figures.append(f"{done} ({share:.0f} %)")
    if download.bytes_per_second is not None:
        figures.append(f"{download.bytes_per_second / 1e6:.1f} MB/s")
    if download.seconds_left is not None:
        figures.append(_left(ceil(download.seconds_left), words))
    return figures


def _left(seconds: int, words: BringTexts) -> str:
    minutes = ceil(seconds / 60)
    if seconds < 60:
        return words.seconds_left.format(seconds=seconds)
    if minutes < 60:
        return words.minutes_left.format(minutes=minutes)
    return words.hours_left.format(hours=minutes // 60, minutes=minutes % 60)
