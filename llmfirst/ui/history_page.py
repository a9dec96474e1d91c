"""What the History tab does: it lists, filters, pins and deletes runs. It keeps nothing of any visitor."""

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from typing import Any, Final, Literal
from urllib.parse import urlencode

import gradio as gr
from pydantic import Field, ValidationError

from llmfirst.errors import RunInProgress, RunUnknown, StoreUnavailable
from llmfirst.events import Language
from llmfirst.local_time import day_begins, zone_named
from llmfirst.runs.history import PAGE_RUNS, History, Rating, RunFilter
from llmfirst.runs.owners import Owner
from llmfirst.texts import texts_in
from llmfirst.ui.history_render import Look, list_html, summary_html
from llmfirst.ui.history_tab import ANY, HistoryTab
from llmfirst.ui.render import problem_html
from llmfirst.ui.updates import Updates
from llmfirst.values import Value
from llmfirst.visible_text import visible

logger = logging.getLogger(__name__)

Pages = tuple[int | None, ...]
FIRST: Final[Pages] = (None,)


class Act(Value):
    """What a visitor wants of one run of the list."""

    act: Literal["pin", "unpin", "good", "bad", "delete", "clear"]
    run: str = Field(max_length=32)


@dataclass(frozen=True)
class Wanted:
    """The filters as the visitor has set them."""

    words: str
    model: str
    outcome: str
    language: str
    mark: str
    asker: str
    since: str
    until: str
    zone_name: str

    @property
    def zone(self) -> tzinfo:
        return zone_named(self.zone_name)

    def as_filter(self) -> RunFilter:
        until = _day(self.until)
        ratings: dict[str, Rating] = {"good": 1, "bad": -1}
        return RunFilter(
            words=self.words,
            model=_unless_any(self.model),
            outcome=_unless_any(self.outcome),
            language=_unless_any(self.language),
            rating=ratings.get(self.mark),
            pinned=True if self.mark == "pinned" else None,
            is_background={"people": False, "evaluations": True}.get(self.asker),
            since=_begin(_day(self.since), self.zone),
            before=_begin(None if until is None else until + timedelta(days=1), self.zone),
        )

    def address(self) -> str:
        """Return where all runs that the filters let through are saved from."""
        asked = self.as_filter()
        told = {
            "words": asked.words.strip() or None,
            "model": asked.model,
            "outcome": asked.outcome,
            "language": asked.language,
            "rated": self.mark if asked.rating is not None else None,
            "pinned": "true" if asked.pinned else None,
            "asked_by": self.asker,
            "since": None if asked.since is None else asked.since.isoformat(),
            "before": None if asked.before is None else asked.before.isoformat(),
        }
        return f"api/runs.jsonl?{urlencode({name: value for name, value in told.items() if value is not None})}"


class HistoryPage:
    """The callbacks of the tab."""

    def __init__(self, history: History, tab: HistoryTab) -> None:
        self._history = history
        self._tab = tab

    async def look(
        self, owner: Owner, wanted: Wanted, language: Language, pages: Pages = FIRST, notice: str = ""
    ) -> Updates:
        """Show a page of the runs that the filters let through."""
        tab, texts = self._tab, texts_in(language).history
        look = Look(language, wanted.zone, wanted.zone_name)
        try:
            listing = await self._history.listing(wanted.as_filter(), owner, following=pages[-1])
        except StoreUnavailable as error:
            logger.error("the history cannot be read: %s", error)
            return {tab.notice: problem_html(texts_in(language).refusals.store_unavailable)}
        save = f'<a href="{escape(wanted.address())}" download>{escape(texts.save_all)}</a>' if listing.count else ""
        return {
            tab.listing: list_html(listing, look),
            tab.summary: summary_html(listing, PAGE_RUNS * (len(pages) - 1), look),
            tab.save_all: save,
            tab.newer: gr.update(interactive=len(pages) > 1),
            tab.older: gr.update(interactive=listing.page.following is not None),
            tab.turning: gr.update(visible=len(pages) > 1 or listing.page.following is not None),
            tab.delete_old: gr.update(interactive=not listing.is_empty),
            tab.pages: pages,
            tab.following: listing.page.following,
            tab.notice: notice,
        }

    async def models(self, owner: Owner, language: Language) -> Updates:
        """Offer the models that have answered this owner."""
        try:
            names = await self._history.models(owner)
        except StoreUnavailable as error:
            logger.error("the history cannot be read: %s", error)
            return {}
        every = texts_in(language).history.every_model
        return {self._tab.model: gr.update(choices=[(every, ANY), *((visible(name), name) for name in names)])}

    async def act(self, owner: Owner, data: Any, wanted: Wanted, language: Language, pages: Pages) -> Updates:
        """Do what a button of the list says, and show the page again."""
        tab, texts = self._tab, texts_in(language).history
        try:
            asked = Act.model_validate(data)
        except ValidationError:  # not from our page
            return {tab.notice: problem_html(texts.gone)}
        notice = ""
        try:
            match asked.act:
                case "pin" | "unpin":
                    await self._history.pin(asked.run, owner, pinned=asked.act == "pin")
                case "good" | "bad":
                    await self._rate(asked.run, owner, 1 if asked.act == "good" else -1)
                case "delete":
                    await self._history.delete(asked.run, owner)
                    notice = _done(texts.deleted.format(count=1))
                case "clear":
                    wanted = Wanted("", ANY, ANY, ANY, ANY, "people", "", "", wanted.zone_name)
                    return {**self._cleared(), **await self.look(owner, wanted, language)}
        except RunUnknown:
            notice = problem_html(texts.gone)
        except RunInProgress:
            notice = problem_html(texts.running)
        except StoreUnavailable as error:
            logger.error("the history cannot be changed: %s", error)
            notice = problem_html(texts_in(language).refusals.store_unavailable)
        return await self.look(owner, wanted, language, pages, notice)

    async def _rate(self, run_id: str, owner: Owner, rating: Rating) -> None:
        """Keep a rating with the words that stand beside it, or take it back if it was this one."""
        before, words = await self._history.rating(run_id, owner)
        await self._history.rate(run_id, owner, None if before == rating else rating, words)

    async def count_old(self, owner: Owner, day: str, zone: str, with_pinned: bool, language: Language) -> Updates:
        """Say how many runs would be deleted."""
        tab, texts = self._tab, texts_in(language).history
        before = _begin(_day(day), zone_named(zone))
        if before is None:
            return {tab.old_count: escape(texts.no_date), tab.old_delete: _delete_button(texts.delete, 0)}
        pinned = await self._history.count(RunFilter(before=before, pinned=True), owner)
        stay = 0 if with_pinned else pinned
        count = await self._history.count(RunFilter(before=before), owner) - stay
        words = (texts.delete_old_count if count else texts.delete_old_none).format(count=count, pinned=stay)
        label = texts.delete_old_all.format(count=count) if count else texts.delete
        return {tab.old_count: f'<p role="status">{escape(words)}</p>', tab.old_delete: _delete_button(label, count)}

    async def delete_old(
        self,
        owner: Owner,
        day: str,
        with_pinned: bool,
        wanted: Wanted,
        language: Language,
    ) -> AsyncGenerator[Updates, None]:
        """Delete the runs before a day, and show the first page."""
        tab, texts = self._tab, texts_in(language).history
        before = _begin(_day(day), wanted.zone)
        if before is None:
            yield {tab.old_count: escape(texts.no_date)}
            return
        yield {tab.old_count: _done(texts.deleting), tab.old_delete: gr.update(interactive=False)}
        try:
            count = await self._history.delete_before(before, owner, with_pinned=with_pinned)
        except StoreUnavailable as error:
            logger.error("the history cannot be changed: %s", error)
            yield {tab.notice: problem_html(texts_in(language).refusals.store_unavailable)}
            return
        shown = await self.look(owner, wanted, language, notice=_done(texts.deleted.format(count=count)))
        yield {**shown, tab.old: gr.update(visible=False)}

    def _cleared(self) -> Updates:
        tab = self._tab
        chosen: Updates = dict.fromkeys((tab.model, tab.outcome, tab.language, tab.mark), ANY)
        written: Updates = dict.fromkeys((tab.words, tab.since, tab.until), "")
        return {**chosen, **written, tab.asker: "people"}


def _done(words: str) -> str:
    return f'<div class="remark" role="status">{escape(words)}</div>'


def _delete_button(label: str, count: int) -> Any:
    return gr.update(value=label, interactive=count > 0)


def _unless_any(chosen: str) -> Any:
    return None if chosen == ANY else chosen


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:  # empty, or not yet whole
        return None


def _begin(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else day_begins(day, zone)
