"""What the terminal shows while the model is downloaded and loaded."""

import sys
from contextlib import aclosing

from tqdm import tqdm

from llmfirst.downloads import Download, Downloads
from llmfirst.models import Models
from llmfirst.offers import Choice
from llmfirst.readiness import Failed, Preparing, Readiness, Ready, readiness_of
from llmfirst.ui.render import reasons
from llmfirst.visible_text import visible


def print_choice(choice: Choice, url: str) -> None:
    """Say where the page is, which model answers under which licence, and why."""
    offer = choice.offer
    licence = "" if offer.card.licence is None else f", {offer.card.licence}"
    _say(f"llmfirst: {url}")
    _say(f"model: {offer.card.name} ({offer.provider}{licence}): {reasons(choice, 'en')}")


async def show_readiness(models: Models, key: str) -> Readiness | None:
    """Draw the download's progress and name each stage; return how it ended."""
    bar: tqdm[None] | None = None
    stage = ""
    last: Readiness | None = None
    async with aclosing(readiness_of(models, key)) as states:
        async for last in states:
            if isinstance(last, Preparing) and last.stage in ("downloading", "checking") and last.total_bytes:
                if bar is None or stage != last.stage:
                    _close(bar)
                    bar = _bar(last.stage, last.total_bytes)
                bar.update(last.done_bytes - bar.n)
            else:
                _close(bar)
                bar = None
            if isinstance(last, Preparing) and last.stage == "loading":
                _say("loading the model")
            stage = last.stage if isinstance(last, Preparing) else ""
    _close(bar)
    match last:
        case Ready(warm_seconds=seconds):
            _say(f"ready (loaded in {seconds:.1f} s)")
        case Failed(message=message):
            _say(f"error: {message}")
    return last


async def show_download(downloads: Downloads, key: str) -> Download:
    """Draw the progress of a download, and return how it ended. Call `Downloads.begin` first."""
    bar: tqdm[None] | None = None
    stage = ""
    async with aclosing(downloads.followed(key)) as states:
        async for download in states:
            if download.stage in ("downloading", "checking") and download.total_bytes:
                if bar is None or stage != download.stage:
                    _close(bar)
                    bar = _bar(download.stage, download.total_bytes)
                bar.total = download.total_bytes  # it grows with each file that is told
                bar.update(download.done_bytes - bar.n)
            stage = download.stage
    _close(bar)
    if download.stage == "done":
        _say(f"{download.model} is here ({download.provider})")
    return download


def _bar(stage: str, total_bytes: int) -> "tqdm[None]":
    return tqdm(desc=stage, total=total_bytes, unit="B", unit_scale=True, file=sys.stderr, mininterval=0.5)


def _close(bar: "tqdm[None] | None") -> None:
    if bar is not None:
        bar.close()


def _say(text: str) -> None:
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()
