"""Draw the history as HTML. Pure; everything is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from html import escape
from itertools import groupby
from typing import Literal
from urllib.parse import quote, urlencode

from llmfirst.events import Language
from llmfirst.local_time import offset_at
from llmfirst.runs.history import Listing, Rating, RunEntry
from llmfirst.texts import texts_in
from llmfirst.visible_text import visible


@dataclass(frozen=True)
class Look:
    """For whom the history is drawn."""

    language: Language
    zone: tzinfo
    zone_name: str


def list_html(listing: Listing, look: Look) -> str:
    """Return the runs of one page by days, the newest first; those of one conversation stand together."""
    texts = texts_in(look.language).history
    if listing.is_empty:
        return f'<p class="nothing">{escape(texts.nothing_yet)} <a href=".">{escape(texts.ask_first)}</a></p>'
    if not listing.page.entries:
        clear = f'<button type="button" data-act="clear">{escape(texts.clear)}</button>'
        return f'<p class="nothing">{escape(texts.nothing_found)} {clear}</p>'
    seen: set[str] = set()
    shown: list[RunEntry] = []
    for entry in listing.page.entries:
        if entry.conversation_id not in seen:
            shown.append(entry)
            seen.add(entry.conversation_id)
    days = groupby(shown, lambda entry: entry.submitted_at.astimezone(look.zone).date())
    return "".join(
        f'<section class="day"><h2>{escape(_day(day, look.language))}</h2>'
        f"<ol>{''.join(_item(entry, listing, look) for entry in entries)}</ol></section>"
        for day, entries in days
    )


def summary_html(listing: Listing, before: int, look: Look) -> str:
    """Return how many runs there are, which of them the page shows, and the zone of all times.

    `before` is the number of runs on the pages before this one.
    """
    texts = texts_in(look.language).history
    runs = len(listing.page.entries)
    is_whole = runs == listing.count
    words = (
        texts.count.format(count=listing.count)
        if is_whole or not runs
        else texts.place.format(first=before + 1, last=before + runs, count=listing.count)
    )
    offset = offset_at(datetime.now(UTC), look.zone)
    times = texts.times.format(zone=look.zone_name, offset=offset)
    return f'<span role="status">{escape(words)}</span><span class="quiet">{escape(visible(times))}</span>'


def outcome_words(entry: RunEntry, language: Language) -> str:
    """Return how a run ended, or that it has not."""
    texts = texts_in(language)
    match entry.outcome:
        case None:
            return texts.history.unreadable if entry.has_ended else texts.history.in_progress
        case "failed":
            return texts.history.failed
        case outcome:
            return texts.run.outcomes[outcome]


def rating_words(entry: RunEntry, language: Language) -> str:
    """Return what a person thinks of the answer; nothing where nobody said."""
    if entry.rating is None:
        return ""
    said = texts_in(language).history.ratings["good" if entry.rating == 1 else "bad"]
    return f"{said}: {visible(entry.rating_words)}" if entry.rating_words else said


def _item(entry: RunEntry, listing: Listing, look: Look) -> str:
    """Return one line of the list; under it, folded, the conversation that it is part of."""
    conversation = listing.conversations.get(entry.conversation_id, ())
    folded = ""
    if conversation:
        title = texts_in(look.language).history.conversation.format(count=len(conversation))
        lines = "".join(f"<li>{_line(one, look)}</li>" for one in conversation)
        folded = f'<details class="talk"><summary>{escape(title)}</summary><ol>{lines}</ol></details>'
    return f"<li>{_line(entry, look)}{folded}</li>"


def _line(entry: RunEntry, look: Look) -> str:
    at = entry.submitted_at.astimezone(look.zone)
    question = visible(" ".join(entry.question.split()))
    kind = entry.outcome or ("unknown" if entry.has_ended else "open")
    marks = f'<span class="outcome {kind}">{escape(outcome_words(entry, look.language))}</span>'
    marks += "".join(f"<span>{escape(fact)}</span>" for fact in _facts(entry, look.language))
    return (
        f'<div class="run{" pinned" if entry.pinned else ""}">'
        f'<time datetime="{at.isoformat(timespec="seconds")}">{at:%H:%M}</time>'
        f'<div class="what"><a href="?run={quote(entry.run_id)}">{escape(question)}</a>'
        f'<div class="facts"><b>{escape(visible(entry.model))}</b>{marks}</div></div>'
        f"{_acts(entry, question, look)}</div>"
    )


def _facts(entry: RunEntry, language: Language) -> Sequence[str]:
    texts = texts_in(language)
    facts = []
    if entry.total_seconds is not None:
        facts.append(texts.shared.seconds.format(seconds=entry.total_seconds - (entry.admitted_seconds or 0.0)))
    if entry.first_text_seconds is not None:
        first = entry.first_text_seconds - (entry.admitted_seconds or 0.0)
        facts.append(texts.history.first_text.format(seconds=texts.shared.seconds.format(seconds=first)))
    if entry.parent_run_id is not None:
        facts.append(texts.history.follow_up)
    if entry.fault is not None:
        facts.append(texts.break_it.recorded)
    if entry.rating is not None:
        facts.append(rating_words(entry, language))
    return facts


def _acts(entry: RunEntry, question: str, look: Look) -> str:
    texts = texts_in(look.language).history

    def named(words: str) -> str:
        return f'aria-label="{escape(texts.act_name.format(act=words, question=question[:80]))}">{escape(words)}<'

    def button(act: str, words: str) -> str:
        return f'<button type="button" data-act="{act}" data-run="{escape(entry.run_id)}" {named(words)}/button>'

    def thumb(act: Literal["good", "bad"], rating: Rating, words: str) -> str:
        name = escape(texts.act_name.format(act=words, question=question[:80]))
        state = f'title="{escape(words)}" aria-pressed="{str(entry.rating == rating).lower()}" aria-label="{name}"'
        return (
            f'<button type="button" class="thumb" data-act="{act}" data-run="{escape(entry.run_id)}" {state}></button>'
        )

    acts = button("unpin", texts.unpin) if entry.pinned else button("pin", texts.pin)
    if entry.has_ended:
        rated = texts_in(look.language).actions
        acts += thumb("good", 1, rated.good) + thumb("bad", -1, rated.bad)
        asked = urlencode({"language": look.language, "zone": look.zone_name})
        acts += f'<a href="api/runs/{quote(entry.run_id)}/file?{escape(asked)}" download {named(texts.save)}/a>'
        acts += "" if entry.is_background else button("delete", texts.delete)
    return f'<div class="acts">{acts}</div>'


def _day(day: date, language: Language) -> str:
    texts = texts_in(language).history
    return texts.day.format(
        year=day.year, month=texts.months[day.month - 1], day=day.day, weekday=texts.weekdays[day.weekday()]
    )
