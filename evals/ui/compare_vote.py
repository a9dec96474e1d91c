"""Votes below the columns of a comparison: what is asked, what was said, and when the names are told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape

import gradio as gr
from gradio.blocks import Block

from evals.sessions.question_votes import QuestionVotes
from evals.sessions.service import Sessions
from evals.sessions.votes import Choice
from evals.sessions.voting import MOST_VOTER_CHARACTERS, voter_named
from evals.texts import texts_in
from evals.ui.compare_render import refused_html
from evals.ui.compare_setup import LETTERS
from evals.ui.compare_tab import CompareTab
from evals.ui.vote_bar import VoteBar, build_vote_bar, choice_label, choice_words, vote_bar_words
from llmfirst import Language, LlmfirstError, Owner, Updates, problem_html


@dataclass(frozen=True)
class CompareVote:
    """The components."""

    head: gr.HTML
    """Which two are voted on, and what this voter has said."""
    bar: VoteBar
    person: gr.Textbox

    @property
    def shown(self) -> list[Block]:
        """What changes with the question, and with each vote."""
        return [self.head, self.bar.words, *self.bar.buttons]


def build_compare_vote(tab: CompareTab, language: Language) -> CompareVote:
    """Place the components without connecting them."""
    with tab.voting:
        head = gr.HTML(elem_id="compare-vote", padding=False)
        bar = build_vote_bar("compare", language)
        with bar.more:
            person = gr.Textbox(
                label=texts_in(language).vote.person,
                placeholder=texts_in(language).vote.person,
                container=False,
                max_lines=1,
                max_length=MOST_VOTER_CHARACTERS,
                elem_id="compare-person",
                scale=1,
                min_width=120,
            )
    return CompareVote(head, bar, person)


def compare_vote_words(vote: CompareVote, language: Language) -> Updates:
    """Return the words of the components in a language; what was said comes with the question."""
    person = texts_in(language).vote.person
    return {**vote_bar_words(vote.bar, language), vote.person: gr.update(label=person, placeholder=person)}


class CompareVotePage:
    """The callbacks. They serve all visitors; each votes on the own sessions."""

    def __init__(self, sessions: Sessions, vote: CompareVote, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self.vote = vote
        self._now = now

    async def on_show(self, owner: Owner, at: tuple[str, str], typed: str, language: Language) -> Updates:
        """Show which two answers are to be voted on."""
        return await self._changed(owner, at, typed, language, lambda _: None)

    async def on_vote(
        self, choice: Choice, owner: Owner, at: tuple[str, str], typed: str, words: str, language: Language
    ) -> Updates:
        """Keep a vote on the pair that is asked about."""
        if not voter_named(typed, owner):
            shown = await self.on_show(owner, at, typed, language)
            return {**shown, self.vote.head: problem_html(texts_in(language).vote.no_person)}

        def voted(votes: QuestionVotes) -> None:
            if self._is_ready(votes, owner):
                votes.vote(choice, words, self._now(), is_early=self._is_busy(at, owner))

        return await self._changed(owner, at, typed, language, voted)

    async def on_undo(self, owner: Owner, at: tuple[str, str], typed: str, language: Language) -> Updates:
        """Take back the last vote on the question."""
        return await self._changed(owner, at, typed, language, QuestionVotes.take_back)

    async def _changed(
        self,
        owner: Owner,
        at: tuple[str, str],
        typed: str,
        language: Language,
        change: Callable[[QuestionVotes], None],
    ) -> Updates:
        def changed() -> Updates:
            archive = self._sessions.archive.seen_by(owner)
            votes = QuestionVotes(archive, archive.load(at[0]), at[1], voter_named(typed, owner))
            change(votes)
            return self._shown(votes, language, is_ready=self._is_ready(votes, owner))

        try:
            return self._nothing() if not all(at) else await asyncio.to_thread(changed)
        except LlmfirstError as error:
            return {**self._nothing(), self.vote.head: refused_html(error, language)}

    def _shown(self, votes: QuestionVotes, language: Language, *, is_ready: bool) -> Updates:
        texts, said = texts_in(language).vote, votes.votes()
        pair = next((one for one, vote in said.items() if vote is None), None)
        given = [
            choice_words(vote.choice, language, _letters(columns)) for columns, vote in said.items() if vote is not None
        ]
        lines = [] if not given else [texts.said.format(choice=" · ".join(given))]
        if not is_ready:
            lines.append(texts.waits)
        elif pair is not None:
            lines.append(texts.which.format(left=LETTERS[pair[0]], right=LETTERS[pair[1]]))
        words = " ".join(f"<span>{escape(line)}</span>" for line in lines)
        letters = _letters(pair or (0, 1))
        return {
            self.vote.head: f'<p class="which" role="status">{words}</p>',
            self.vote.bar.words: "",
            **{
                button: gr.update(
                    value=choice_label(choice, language, letters), interactive=is_ready and pair is not None
                )
                for choice, button in self.vote.bar.choices.items()
            },
            self.vote.bar.undo: gr.update(interactive=bool(given)),
        }

    def _nothing(self) -> Updates:
        return {
            self.vote.head: "",
            self.vote.bar.words: "",
            **self.vote.bar.ready(to_vote=False, to_undo=False),
        }

    def _is_ready(self, votes: QuestionVotes, owner: Owner) -> bool:
        """Return whether two answers can be seen: of hidden speed once all are whole, else from their beginning."""
        at = votes.session.session_id, votes.question_id
        waits = votes.session.is_blind and not votes.session.shows_speed and self._is_busy(at, owner)
        return len(votes.runs()) > 1 and not waits

    def _is_busy(self, at: tuple[str, str], owner: Owner) -> bool:
        current = self._sessions.round(at[0], owner)
        return current is not None and current.question.question_id == at[1] and not current.is_over


def _letters(columns: tuple[int, int]) -> str:
    return LETTERS[columns[0]] + LETTERS[columns[1]]
