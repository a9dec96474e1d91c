"""The callbacks of the Compare tab: set up a session, put its questions, and show the answers beside each other."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from html import escape
from typing import Any, Final, Literal

import gradio as gr
from pydantic import Field, ValidationError

from evals.sessions.archive import SessionArchive, SessionUnreadable
from evals.sessions.export_file import read_session_export
from evals.sessions.rounds import Round, Turn
from evals.sessions.service import Sessions
from evals.sessions.session import Entrant, Session, SessionAsk, SessionQuestion, new_question
from evals.sessions.transfer import kept_session
from evals.suite.cases import load_suite
from evals.texts import texts_in
from evals.ui.compare_render import (
    QuestionLine,
    SessionEntry,
    bar_html,
    hidden_who_html,
    hidden_words,
    line_html,
    listing_html,
    loaded_html,
    refused_html,
    waiting_words,
    who_html,
)
from evals.ui.compare_setup import Wanted, model_choices
from evals.ui.compare_tab import LINE, CompareTab
from evals.ui.uploads import Uploads, is_over
from llmfirst import (
    Column,
    Language,
    LlmfirstError,
    Owner,
    RunViews,
    Updates,
    Value,
    answer_column,
    empty_column,
    in_batches,
    problem_html,
    visible,
    waiting_column,
)

_BEAT_SECONDS: Final = 0.5
_BATCH_SECONDS: Final = 0.1
_TITLE_CHARACTERS: Final = 80
_MOST_VISITS: Final = 1000
At = tuple[str, str]
"""A session and one of its questions, by their ids; empty for none."""


class Act(Value):
    """What a visitor does with a session or a question, as the page's script tells it."""

    act: Literal["home", "open", "show", "again", "rename", "delete"]
    id: str = Field("", max_length=64)
    text: str = Field("", max_length=200)


class ComparePage:
    """The callbacks of the tab. They serve all visitors; each gets the owner and shows only what is the owner's."""

    def __init__(self, sessions: Sessions, views: RunViews, tab: CompareTab, *, context_tokens: int | None) -> None:
        self._sessions = sessions
        self._views = views
        self._tab = tab
        self._context_tokens = context_tokens
        self._uploads = Uploads()
        self._at: OrderedDict[str, At] = OrderedDict()
        """What each visit has on its page; the oldest are forgotten."""

    async def on_open(self, owner: Owner, visit: str, session_id: str | None, language: Language) -> Updates:
        """Offer the models, and show the session that the page's address names, or the list.

        Who comes back from another tab finds what was there.
        """
        offers = await self._sessions.models()
        choices = model_choices(self._tab.setup, offers, self._context_tokens, language)
        if (at := self._at.get(visit)) is not None:
            shown = {**_choices_only(choices), **await self._shown(owner, visit, *at, language)}
        else:
            shown = {**choices, **await self._opened(owner, visit, session_id, language)}
        if len(offers) == 1:
            told = escape(texts_in(language).compare.one_model)
            shown[self._tab.notice] = shown.get(self._tab.notice) or f'<p class="notice" role="status">{told}</p>'
        return shown

    async def on_language(
        self, owner: Owner, visit: str, session_id: str, question_id: str, language: Language
    ) -> Updates:
        """Show what is on the page in another language."""
        self._views.spoken.switch(visit, language)
        if visit not in self._at:  # the tab has not been opened
            return {self._tab.notice: ""}
        offers = await self._sessions.models()
        offered = model_choices(self._tab.setup, offers, self._context_tokens, language)
        return {**_choices_only(offered), **await self._shown(owner, visit, session_id, question_id, language)}

    async def on_ask(
        self, owner: Owner, visit: str, at: At, question: str, wanted: Wanted, language: Language
    ) -> Updates:
        """Put a question to all columns; without a session on the page, one is begun with what is set up."""
        tab, texts = self._tab, texts_in(language).compare
        session_id, _ = at
        questions = [text for text in (question.strip(),) if text]
        try:
            if session_id:
                if not questions:
                    return {tab.notice: problem_html(texts.no_question)}
                first = new_question(questions[0])
            else:
                if len(wanted.chosen) < 2:
                    return {tab.notice: problem_html(texts.choose_two)}
                listed = [new_question(text) for text in (*questions, *wanted.questions)]
                listed += await asyncio.to_thread(_suite_questions, wanted.suite)
                if not listed:
                    return {tab.notice: problem_html(texts.no_question)}
                first = listed[0]
                session_id = await self._begun(wanted, listed, owner)
            await self._sessions.ask(session_id, first, language=language, owner=owner)
        except LlmfirstError as error:
            is_begun = bool(session_id and not at[0])
            shown = await self._opened(owner, visit, session_id, language) if is_begun else {}
            return {**shown, tab.notice: refused_html(error, language)}
        shown = await self._shown(owner, visit, session_id, first.question_id, language)
        return {**shown, tab.question: ""}

    async def on_next(self, owner: Owner, visit: str, at: At, language: Language) -> Updates:
        """Put the next question of the list."""
        session_id, _ = at
        try:
            archive = self._archive(owner)
            questions = await asyncio.to_thread(archive.questions, session_id)
            asked = {ask.question_id for ask in await asyncio.to_thread(archive.asks, session_id)}
            following = next((one for one in questions if one.question_id not in asked), None)
            if following is None:
                return {self._tab.notice: ""}
            await self._sessions.ask(session_id, following, language=language, owner=owner)
        except LlmfirstError as error:
            return {self._tab.notice: refused_html(error, language)}
        return await self._shown(owner, visit, session_id, following.question_id, language)

    async def on_act(self, owner: Owner, visit: str, at: At, data: Any, language: Language) -> Updates:
        """Do what a button of the tab says."""
        tab, texts = self._tab, texts_in(language).compare
        try:
            act = Act.model_validate(data)
        except ValidationError:  # not from our page
            return {tab.notice: problem_html(texts.gone)}
        archive = self._archive(owner)
        try:
            match act.act:
                case "home":
                    return await self._opened(owner, visit, None, language)
                case "open":
                    return await self._opened(owner, visit, act.id, language)
                case "show":
                    return await self._shown(owner, visit, at[0], act.id, language)
                case "again":
                    questions = await asyncio.to_thread(archive.questions, at[0])
                    asked = next((one for one in questions if one.question_id == at[1]), None)
                    if asked is None:
                        return {tab.notice: problem_html(texts.gone)}
                    await self._sessions.ask(at[0], asked, language=language, owner=owner)
                    return await self._shown(owner, visit, *at, language)
                case "rename":
                    title = " ".join(act.text.split())
                    session = await asyncio.to_thread(archive.rename, at[0], title)
                    named: Updates = {tab.bar: bar_html(session, language)} if self.is_at(visit, at) else {}
                    return {**named, tab.notice: ""}
                case "delete":
                    await self._sessions.delete(act.id, owner)
                    return await self._opened(owner, visit, None, language)
        except LlmfirstError as error:
            return {tab.notice: refused_html(error, language)}

    async def on_take_in(
        self, owner: Owner, visit: str, path: str, language: Language
    ) -> AsyncGenerator[Updates, None]:
        """Store a session that another machine exported, and show it. It belongs to whoever gave the file."""
        async with self._uploads.reading(path, read_session_export) as reading:
            while not await is_over(reading):
                yield {self._tab.notice: f'<p class="notice" role="status">{texts_in(language).tab.reading}</p>'}
            try:
                session = await asyncio.to_thread(kept_session, self._archive(owner), await reading)
            except LlmfirstError as error:
                yield {self._tab.notice: refused_html(error, language)}
            else:
                yield await self._opened(owner, visit, session.session_id, language)

    async def on_stop(self, owner: Owner) -> None:
        await self._sessions.stop(owner)

    async def on_line(
        self, owner: Owner, visit: str, at: At, language: Language
    ) -> AsyncGenerator[dict[str, str], None]:
        """Show which question is on the page and who has its turn, until nobody answers it any more."""
        session, archive = await self._session(owner, at[0]), self._archive(owner)
        if session is None:
            yield {LINE: ""}
            return
        async with aclosing(self._rounds(owner, visit, at)) as rounds:
            async for current in rounds:
                spoken = self._spoken(visit, language)
                is_busy = current is not None and self._sessions.running(owner) == at[0]
                line = await asyncio.to_thread(_line_of, archive, session, at[1], current, is_busy=is_busy)
                yield {LINE: line_html(line, spoken)}

    async def on_column(
        self, number: int, owner: Owner, visit: str, at: At, language: Language
    ) -> AsyncGenerator[Column, None]:
        """Show one column, until its answer has ended."""
        session = await self._session(owner, at[0])
        if session is None or number >= len(session.entrants) or not at[1]:
            yield empty_column()
            return
        archive = self._archive(owner)
        is_veiled = session.is_blind and not await asyncio.to_thread(archive.is_unveiled, *at)
        entrants = session.columns(at[1]) if session.is_blind else session.entrants
        entrant = entrants[number]

        def who(spoken: Language) -> str:
            return hidden_who_html(number, spoken) if is_veiled else who_html(number, entrant, spoken)

        turn: Turn | None = None
        waits_for_all = is_veiled and not session.shows_speed
        async with aclosing(self._rounds(owner, visit, at)) as rounds:
            async for current in rounds:
                turn, spoken = None if current is None else current.turn(entrant.key), self._spoken(visit, language)
                if current is None or current.is_over or not (waits_for_all or _is_early(turn)):
                    break
                words = hidden_words(current, spoken) if waits_for_all else waiting_words(turn, spoken)
                yield waiting_column(who(spoken), words, spoken)
        if not self.is_at(visit, at):
            return
        spoken = self._spoken(visit, language)
        if turn is not None and turn.problem is not None:
            yield waiting_column(who(spoken), "", spoken, problem=refused_html(turn.problem, spoken))
            return
        ask = await asyncio.to_thread(_ask_of, archive, at, entrant)
        if ask is None:
            yield waiting_column(who(spoken), waiting_words(turn, spoken), spoken)
            return
        try:
            # The session is the visitor's. The answers of a blind one are in nobody's history before the vote.
            async with aclosing(self._views.follow(ask.run_id, language, None, visit)) as views:
                async for view in views:
                    if not self.is_at(visit, at):
                        return
                    column = answer_column(view, who(view.language))
                    if is_veiled:
                        yield _veiled(column, shows_speed=session.shows_speed)
                    elif view.answer.end is None:
                        yield column
                    else:
                        yield {**column, "apart": loaded_html(ask.loading_seconds, view.language)}
            if session.is_blind and not is_veiled:  # it may have been voted on before its end
                await asyncio.to_thread(archive.unveil, *at)
        except LlmfirstError as error:
            yield waiting_column(who(spoken), "", spoken, problem=refused_html(error, spoken))

    def is_at(self, visit: str, at: At) -> bool:
        """Return whether a visit still has this question on its page."""
        return self._at.get(visit, at) == at

    async def _begun(self, wanted: Wanted, questions: Sequence[SessionQuestion], owner: Owner) -> str:
        session = await self._sessions.plan(
            wanted.chosen,
            title=visible(" ".join(questions[0].text.split()))[:_TITLE_CHARACTERS],
            fairness=wanted.fairness,
            order=wanted.order,
            is_blind=wanted.hiding != "open",
        )
        session = session.model_copy(update={"shows_speed": wanted.hiding != "blind"})
        await self._sessions.begin(session, questions, owner=owner)
        return session.session_id

    async def _opened(self, owner: Owner, visit: str, session_id: str | None, language: Language) -> Updates:
        """Show a session at the question that is being answered or was asked last, or the list of sessions."""
        if not session_id:
            return await self._shown(owner, visit, "", "", language)
        archive = self._archive(owner)
        try:
            questions = await asyncio.to_thread(archive.questions, session_id)
            asks = await asyncio.to_thread(archive.asks, session_id)
        except LlmfirstError as error:
            home = await self._shown(owner, visit, "", "", language)
            return {**home, self._tab.notice: refused_html(error, language)}
        last = asks[-1].question_id if asks else questions[0].question_id if questions else ""
        return await self._shown(owner, visit, session_id, last, language)

    async def _shown(self, owner: Owner, visit: str, session_id: str, question_id: str, language: Language) -> Updates:
        tab, texts = self._tab, texts_in(language).compare
        session = await self._session(owner, session_id)
        at = (session_id, question_id) if session is not None else ("", "")
        self._at[visit] = at
        self._at.move_to_end(visit)
        if len(self._at) > _MOST_VISITS:
            self._at.popitem(last=False)
        updates: Updates = {
            tab.session_id: at[0],
            tab.question_id: at[1],
            tab.bar: "" if session is None else bar_html(session, language),
            tab.notice: "",
            tab.ask: gr.update(value=texts.begin if session is None else texts.ask),
        }
        if session is None:
            entries = await asyncio.to_thread(_entries, self._archive(owner))
            updates[tab.listing] = listing_html(entries, language)
        return updates

    async def _session(self, owner: Owner, session_id: str) -> Session | None:
        if not session_id:
            return None
        try:
            return await asyncio.to_thread(self._archive(owner).load, session_id)
        except LlmfirstError:  # who opened it was told why
            return None

    async def _rounds(self, owner: Owner, visit: str, at: At) -> AsyncGenerator[Round | None, None]:
        """Yield the round of a question, again and again until it is over and another can be asked, then once more.

        None where nobody has asked the question since the program started.
        """
        session_id, question_id = at
        batches = in_batches(
            self._sessions.watch(session_id, owner), pause=lambda: _BATCH_SECONDS, beat_seconds=_BEAT_SECONDS
        )
        async with aclosing(batches):
            async for _ in batches:
                if not self.is_at(visit, at):
                    return
                current = self._sessions.round(session_id, owner)
                if current is None or current.question.question_id != question_id:
                    break
                yield current
        last = self._sessions.round(session_id, owner)
        yield last if last is not None and last.question.question_id == question_id else None

    def _spoken(self, visit: str, language: Language) -> Language:
        return self._views.spoken.now(visit, language)

    def _archive(self, owner: Owner) -> SessionArchive:
        return self._sessions.archive.seen_by(owner)


def _choices_only(offered: Updates) -> Updates:
    """Return what there is to choose, and leave alone what was chosen."""
    return {one: gr.update(choices=offer["choices"]) for one, offer in offered.items() if "choices" in offer}


def _suite_questions(name: str | None) -> list[SessionQuestion]:
    """Return the questions of a shipped suite."""
    cases = () if name is None else load_suite(name).cases
    return [new_question(case.question, case.language, case.category) for case in cases]


def _entries(archive: SessionArchive) -> list[SessionEntry]:
    entries: list[SessionEntry] = []
    for session in archive.listed():
        if isinstance(session, SessionUnreadable):
            entries.append(SessionEntry(session))
        else:
            name = session.session_id
            entries.append(SessionEntry(session, len(archive.questions(name)), len(archive.votes(name))))
    return entries


def _ask_of(archive: SessionArchive, at: At, entrant: Entrant) -> SessionAsk | None:
    """Return the last time that a question was put to an entrant."""
    session_id, question_id = at
    asked = [one for one in archive.asks(session_id) if (one.question_id, one.entrant) == (question_id, entrant.key)]
    return asked[-1] if asked else None


def _line_of(
    archive: SessionArchive, session: Session, question_id: str, current: Round | None, *, is_busy: bool
) -> QuestionLine:
    asked = frozenset(ask.question_id for ask in archive.asks(session.session_id))
    answered = {one.trial.model for one in archive.attempts(session.session_id) if one.trial.case_id == question_id}
    return QuestionLine(
        session=session,
        questions=archive.questions(session.session_id),
        asked=asked,
        question_id=question_id,
        round=current,
        is_hidden=session.is_blind and not archive.is_unveiled(session.session_id, question_id),
        is_busy=is_busy,
        is_whole=answered >= {entrant.key for entrant in session.entrants},
    )


def _is_early(turn: Turn | None) -> bool:
    """Return whether the run of an entrant has not begun."""
    return turn is not None and turn.stage in ("waiting", "loading")


def _veiled(column: Column, *, shows_speed: bool) -> Column:
    """Return a column without what tells of its model, and of its speed unless that may be seen."""
    hidden = {"figures", "notice"} if shows_speed else {"figures", "notice", "state", "clock", "budget", "pace"}
    return {name: "" if name in hidden else value for name, value in column.items() if not name.startswith("thought")}
