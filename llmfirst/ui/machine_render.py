"""Draw what this machine can do as HTML. Pure; everything is escaped."""

from collections.abc import Mapping
from html import escape
from typing import Final, get_args

from llmfirst.events import Language
from llmfirst.runs.outlook import Expected, Outlook
from llmfirst.texts import MachineColumn, MachineTexts, texts_in
from llmfirst.ui.model_actions import acts_html, size_words
from llmfirst.visible_text import visible

_WHOLE_FROM: Final = 10.0  # seconds; a tenth says nothing there
_TOO_LONG: Final = 600.0  # seconds; by how much more is no matter


def outlook_html(outlook: Outlook, language: Language) -> str:
    """Return the offer, how sure it is, and what is expected of each model."""
    words = texts_in(language).system.machine
    columns = "".join(
        f'<th scope="col" class="{name}" role="columnheader">{escape(words.columns[name])}</th>'
        for name in get_args(MachineColumn)
    )
    rows = "".join(_row(model, outlook.chosen, words) for model in outlook.models)
    return (
        f'{_offer(outlook, words, language)}<table class="system-table" role="table"><thead role="rowgroup">'
        f'<tr role="row">{columns}</tr></thead><tbody role="rowgroup">{rows}</tbody></table>'
        f'<p class="quiet">{escape(_basis(outlook, words))}</p>'
    )


def seconds_words(seconds: float, words: MachineTexts, *, is_measured: bool) -> str:
    """Return a time; a predicted one says so."""
    if seconds > _TOO_LONG:
        return words.too_long.format(minutes=_TOO_LONG / 60)
    told = (words.seconds if seconds < _WHOLE_FROM else words.whole_seconds).format(seconds=seconds)
    return told if is_measured else words.about.format(seconds=told)


def _offer(outlook: Outlook, words: MachineTexts, language: Language) -> str:
    best = outlook.best
    if best is None or best.first_text_seconds is None or best.total_seconds is None:
        is_known = any(model.total_seconds is not None for model in outlook.models)
        return f'<p class="offer">{escape(words.nothing_larger)}</p>' if is_known else ""
    said = words.offer.format(
        model=visible(best.size.name),
        size=size_words(best.size.size_bytes),
        first=seconds_words(best.first_text_seconds, words, is_measured=best.is_measured),
        total=seconds_words(best.total_seconds, words, is_measured=best.is_measured),
    )
    act = acts_html(("load",) if best.is_here else ("download",), best.key, best.size.name, language)
    return f'<p class="offer best">{escape(said)} {"" if best.is_loaded else act}</p>'


def _basis(outlook: Outlook, words: MachineTexts) -> str:
    measured = outlook.measured
    told = words.not_measured if measured is None else words.memory.format(speed=measured.bytes_per_second / 1e9)
    error = outlook.typical_error
    if error is None:
        return f"{told} {words.no_error}"
    count = sum(model.error is not None for model in outlook.models)
    return f"{told} {words.typical_error.format(share=100 * error, count=count)}"


def _row(model: Expected, chosen: str, words: MachineTexts) -> str:
    kind = "chosen" if model.key == chosen else "here" if model.is_here else "away"
    name = (
        f'<span class="name">{escape(visible(model.size.name))}</span> '
        f'<span class="quiet">{escape(size_words(model.size.size_bytes))}</span>'
    )
    before = model.before if model.is_measured else None
    first = _time(model.first_text_seconds, None if before is None else before.first_text_seconds, model, words)
    total = _time(model.total_seconds, None if before is None else before.total_seconds, model, words)
    drawn: Mapping[MachineColumn, str] = {"first_text": first, "total": total, "tier": _tier(model, words)}
    cells = "".join(
        f'<td role="cell" data-name="{escape(words.columns[column])}">{cell}</td>' for column, cell in drawn.items()
    )
    return f'<tr role="row" class="{kind}"><th scope="row" class="model" role="rowheader">{name}</th>{cells}</tr>'


def _time(seconds: float | None, before: float | None, model: Expected, words: MachineTexts) -> str:
    if not model.fits:
        return ""
    if seconds is None:
        return f'<span class="quiet">{escape(words.unknown)}</span>'
    told = escape(seconds_words(seconds, words, is_measured=model.is_measured))
    if before is None or seconds <= 0:
        return told
    was = words.was_predicted.format(
        seconds=seconds_words(before, words, is_measured=True), error=100 * (before - seconds) / seconds
    )
    return f'{told} <small class="was">{escape(was)}</small>'


def _tier(model: Expected, words: MachineTexts) -> str:
    if not model.fits:
        return f'<span class="quiet">{escape(words.no_room)}</span>'
    if model.first_text_seconds is None or model.total_seconds is None:
        return ""
    told = words.no_tier if model.tier is None else words.tier.format(tier=model.tier)
    mark = "missed" if model.tier is None else "met"
    by = words.measured if model.is_measured else words.predicted
    return f'<span class="{mark}">{escape(told)}</span> <small>{escape(by)}</small>'
