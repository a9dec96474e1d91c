"""The callbacks of the blind deck: what there is to vote on, one pair after the other, and what a voter said."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, get_args

import gradio as gr

from evals.records.local_time import local_time
from evals.report.suite_title import suite_title
from evals.sessions.archive import SessionArchive
from evals.sessions.deck import card_of, deck
from evals.sessions.decks import Deck, Decks, Unveiling
from evals.sessions.votes import Choice, Pair
from evals.sessions.voting import Voting, voter_named
from evals.texts import texts_in
from evals.ui.cut_choice import chosen_cut
from evals.ui.deck_render import head_html, panes_html, result_html, sides_html
from evals.ui.deck_tab import DeckTab
from evals.ui.render import refusal_html
from llmfirst import LOCAL, Language, LlmfirstError, Owner, Updates, problem_html, visible

_ALL: Final = "all"
_KEPT_DECKS: Final = 20
_MOST_SOURCES: Final = 30


@dataclass(frozen=True)
class Sitting:
    """Where a visit is. It stays on the server."""

    deck_id: str
    voter: str
    at: int | None
    """The number of the pair on screen; None after the last one."""
    said_last: int | None = None


class DeckPage:
    """The callbacks. They serve all visitors, so each gets the owner.

    The pairs of a deck are kept in memory while it is voted on, those of the newest decks.
    """

    def __init__(self, archive: SessionArchive, decks: Decks, tab: DeckTab, now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._decks = decks
        self._tab = tab
        self._now = now
        self._pairs: dict[str, tuple[Pair, ...]] = {}

    async def on_open(
        self, owner: Owner, deck_id: str | None, sitting: Sitting | None, typed: str, language: Language
    ) -> Updates:
        """Offer what there is to vote on. Where the address names a deck and the voter is known, go on with it.

        Who comes back from another tab finds the board as it was.
        """
        if sitting is not None:
            return {self._tab.sitting: sitting}
        if not deck_id:
            return await asyncio.to_thread(self._choices, owner, language)
        return await self._sat_down(owner, lambda: self._decks.load(deck_id, owner), typed, language)

    async def on_begin(
        self,
        owner: Owner,
        deck_id: str,
        source: str | None,
        cut: str,
        unveiling: Unveiling,
        typed: str,
        language: Language,
    ) -> Updates:
        """Show the first pair on which this person has not voted. A deck that the address names goes first."""

        def wanted() -> Deck:
            if deck_id:
                return self._decks.load(deck_id, owner)
            return self._deck(owner, source, cut, unveiling)

        return await self._sat_down(owner, wanted, typed, language)

    async def on_share(
        self, owner: Owner, source: str | None, cut: str, unveiling: Unveiling, language: Language
    ) -> Updates:
        """Show the address of the deck, with the switch that lets others in."""
        try:
            of = await asyncio.to_thread(self._deck, owner, source, cut, unveiling)
        except LlmfirstError as error:
            return {self._tab.notice: refusal_html(error, language)}
        return {
            self._tab.sharing: gr.Row(visible=True),
            self._tab.is_open: gr.update(value=of.is_open, visible=owner != LOCAL),
            self._tab.address: of.deck_id,
            self._tab.shared: of.deck_id,
            self._tab.notice: "",
        }

    async def on_switch(self, owner: Owner, deck_id: str | None, is_open: bool, language: Language) -> Updates:
        """Let others vote on a deck, or no longer."""
        try:
            await asyncio.to_thread(self._decks.open, deck_id or "", owner, is_open=is_open)
        except LlmfirstError as error:
            return {self._tab.notice: refusal_html(error, language)}
        return {self._tab.notice: ""}

    async def on_vote(
        self, choice: Choice, owner: Owner, sitting: Sitting | None, words: str, language: Language
    ) -> Updates:
        """Keep a vote. The pair stays where its names are told now, else the next one comes."""

        def voted(seated: Sitting, voting: Voting) -> Sitting:
            at = seated.at
            if at is None or at in voting.votes():
                return seated
            voting.vote(at, choice, words, self._now())
            stays = voting.deck.unveiling == "after_each" and voting.may_tell(at)
            return replace(seated, at=at if stays else voting.open_after(at), said_last=at)

        return await self._step(owner, sitting, language, voted)

    async def on_words(self, owner: Owner, sitting: Sitting | None, words: str, language: Language) -> Updates:
        """Put other words to the vote on screen."""

        def explained(seated: Sitting, voting: Voting) -> Sitting:
            if seated.at is not None:
                voting.explain(seated.at, words)
            return seated

        return await self._step(owner, sitting, language, explained)

    async def on_undo(self, owner: Owner, sitting: Sitting | None, language: Language) -> Updates:
        """Take back the vote on screen, or else the last one."""

        def undone(seated: Sitting, voting: Voting) -> Sitting:
            number = seated.at if seated.at in voting.votes() else seated.said_last
            if number is None:
                return seated
            voting.take_back(number)
            return replace(seated, at=number, said_last=None)

        return await self._step(owner, sitting, language, undone)

    async def on_move(self, by: int, owner: Owner, sitting: Sitting | None, language: Language) -> Updates:
        """Show the pair before or after the one on screen; after the last one, the next without a vote."""

        def moved(seated: Sitting, voting: Voting) -> Sitting:
            last = len(voting.pairs)
            to = max(0, (last if seated.at is None else seated.at) + by)
            return replace(seated, at=to if to < last else voting.open_after(None))

        return await self._step(owner, sitting, language, moved)

    async def on_redraw(self, owner: Owner, sitting: Sitting | None, language: Language) -> Updates:
        """Draw the tab again, in another language."""
        if sitting is None:
            return await self.on_close(owner, language)
        return await self._step(owner, sitting, language, lambda seated, _: seated)

    async def on_close(self, owner: Owner, language: Language) -> Updates:
        """Go back to what there is to vote on."""
        return {**await asyncio.to_thread(self._choices, owner, language), **self._closed()}

    async def _sat_down(self, owner: Owner, deck_of: Callable[[], Deck], typed: str, language: Language) -> Updates:
        try:
            return await asyncio.to_thread(self._first, owner, deck_of, typed, language)
        except LlmfirstError as error:
            choices = await asyncio.to_thread(self._choices, owner, language)
            return {**choices, **self._closed(), self._tab.notice: refusal_html(error, language)}

    async def _step(
        self,
        owner: Owner,
        sitting: Sitting | None,
        language: Language,
        change: Callable[[Sitting, Voting], Sitting],
    ) -> Updates:
        """Return what is on screen after a change; nothing where the visit is at no deck."""
        if sitting is None:
            return {self._tab.sitting: None}

        def stepped() -> Updates:
            of = self._decks.load(sitting.deck_id, owner)  # its owner may have closed it
            voting = self._voting(of, sitting.voter, owner)
            return self._shown(change(sitting, voting), voting, language)

        try:
            return await asyncio.to_thread(stepped)
        except LlmfirstError as error:
            choices = await asyncio.to_thread(self._choices, owner, language)
            return {**choices, **self._closed(), self._tab.notice: refusal_html(error, language)}

    def _first(self, owner: Owner, deck_of: Callable[[], Deck], typed: str, language: Language) -> Updates:
        of = deck_of()
        voter = voter_named(typed, owner)
        if not voter:
            # The deck is chosen: what is left to ask for is the name.
            asked: Updates = {
                self._tab.empty: "",
                self._tab.what: gr.Row(visible=False),
                self._tab.who: gr.Row(visible=True),
                self._tab.deck_id: of.deck_id,
                self._tab.notice: problem_html(texts_in(language).vote.no_person),
            }
            return {**self._closed(), **asked}
        self._keep_pairs(of)
        voting = self._voting(of, voter, owner)
        if not voting.pairs:
            return {**self._closed(), self._tab.notice: problem_html(texts_in(language).deck.no_pairs)}
        sitting = Sitting(of.deck_id, voter, voting.open_after(None))
        return self._shown(sitting, voting, language)

    def _deck(self, owner: Owner, source: str | None, cut: str, unveiling: Unveiling) -> Deck:
        archive = self._archive.seen_by(owner)
        wanted = None if source in (None, _ALL) else source
        if wanted is not None:
            archive.models(wanted)  # raises where the owner may not see it
        return self._decks.of(
            owner, wanted, chosen_cut(cut), unveiling if unveiling in get_args(Unveiling) else "at_end"
        )

    def _voting(self, of: Deck, voter: str, asking: Owner) -> Voting:
        archive = self._archive.seen_by(of.owner)
        pairs = self._pairs.get(of.deck_id) or self._keep_pairs(of)
        return Voting(archive, of, pairs, voter, asking)

    def _keep_pairs(self, of: Deck) -> tuple[Pair, ...]:
        """Return the pairs of a deck. Those that somebody has seen keep their places, so that a room votes together."""
        archive, seed = self._archive.seen_by(of.owner), int(of.deck_id, 16)
        sources = None if of.source is None else [of.source]
        found = {_runs(one): one for one in deck(archive, seed=seed, sources=sources, cut_seconds=of.cut_seconds)}
        kept = [one for one in self._pairs.pop(of.deck_id, ()) if _runs(one) in found]
        known = {_runs(one) for one in kept}
        new = [pair for runs, pair in found.items() if runs not in known]
        pairs = (*kept, *(one for one in new if card_of(archive, one, cut_seconds=of.cut_seconds) is not None))
        self._pairs[of.deck_id] = pairs
        for old in list(self._pairs)[:-_KEPT_DECKS]:
            del self._pairs[old]
        return pairs

    def _shown(self, sitting: Sitting, voting: Voting, language: Language) -> Updates:
        """Return the board with the pair on screen, or with what came of the votes after the last one."""
        tab, at = self._tab, sitting.at
        common: Updates = {
            tab.setup: gr.Column(visible=False),
            tab.board: gr.Column(visible=True),
            tab.notice: "",
            tab.deck_id: sitting.deck_id,
            tab.sitting: sitting,
            tab.back: gr.update(interactive=at != 0),
            tab.forward: gr.update(interactive=at is not None),
        }
        if at is None:
            return {
                **common,
                tab.head: "",
                tab.sides: "",
                tab.panes: result_html(voting.result(), language),
                tab.bar.words: "",
                **tab.bar.ready(to_vote=False, to_undo=sitting.said_last is not None),
            }
        ballot = voting.ballot(at)
        common[tab.forward] = gr.update(interactive=True, variant="secondary" if ballot.vote is None else "primary")
        return {
            **common,
            tab.head: head_html(ballot, len(voting.pairs), len(voting.votes()), language),
            tab.sides: sides_html(ballot, language),
            tab.panes: panes_html(ballot, language),
            tab.bar.words: "" if ballot.vote is None else ballot.vote.words,
            **tab.bar.ready(
                to_vote=ballot.vote is None, to_undo=ballot.vote is not None or sitting.said_last is not None
            ),
        }

    def _closed(self) -> Updates:
        """Return the tab with nothing to vote on yet."""
        tab = self._tab
        return {
            tab.setup: gr.Column(visible=True),
            tab.board: gr.Column(visible=False),
            tab.notice: "",
            tab.head: "",
            tab.sides: "",
            tab.panes: "",
            tab.bar.words: "",
            **tab.bar.ready(to_vote=False, to_undo=False),
            tab.deck_id: "",
            tab.sitting: None,
        }

    def _choices(self, owner: Owner, language: Language) -> Updates:
        """Return what the owner's answers offer to vote on, the newest first. No name of a model is in it."""
        texts, archive = texts_in(language).deck, self._archive.seen_by(owner)
        named = []
        for one in _sources(archive, language):
            if count := len(archive.pairs(one.id)):
                words = texts.kinds[one.kind].format(time=local_time(one.created_at), name=one.name, count=count)
                named.append((visible(words), one.id))
        choices = [*named, (texts.all_sources, _ALL)] if len(named) > 1 else named
        return {
            self._tab.what: gr.Row(visible=bool(named)),
            self._tab.source: gr.Dropdown(choices=choices, value=next((source for _, source in choices), None)),
            self._tab.sharing: gr.Row(visible=False),
            self._tab.who: gr.Row(visible=bool(named)),
            self._tab.empty: "" if named else f'<p role="status">{texts.no_pairs}</p>',
        }


@dataclass(frozen=True)
class _Source:
    """A session or an evaluation of several models."""

    id: str
    kind: Literal["evaluation", "session"]
    name: str
    created_at: datetime


def _sources(archive: SessionArchive, language: Language) -> list[_Source]:
    """Return what has answers of several models, the newest first."""
    evaluations = [
        _Source(one.evaluation_id, "evaluation", suite_title(one.suite, language), one.created_at)
        for one in archive.evaluations.all()
        if len(one.models) > 1
    ]
    sessions = [_Source(one.session_id, "session", one.title, one.created_at) for one in archive.all()]
    return sorted([*evaluations, *sessions], key=lambda one: one.created_at, reverse=True)[:_MOST_SOURCES]


def _runs(pair: Pair) -> frozenset[str]:
    return frozenset((pair.left, pair.right))
