"""What is done with an answer on the page: the conversation goes on, the answer is asked again, copied, rated."""

import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr
from gradio.blocks import Block

from llmfirst.events import Language
from llmfirst.providers.base import Think
from llmfirst.runs.history import Rating
from llmfirst.runs.owners import owner_of
from llmfirst.texts import texts_in
from llmfirst.ui.answer_actions import AnswerActions, answer_actions_words, build_answer_actions, rating_updates
from llmfirst.ui.ask_page import AskPage
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.ask_wiring import AskCallbacks, answer_updates, wire_end_of_answer
from llmfirst.ui.blocks import LANGUAGES
from llmfirst.ui.break_it import chosen_fault
from llmfirst.ui.conversation import Conversation, build_conversation, conversation_words
from llmfirst.ui.earlier_turns import earlier_turns
from llmfirst.ui.settings_drawer import settings_in
from llmfirst.ui.updates import Updates

_QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}


@dataclass(frozen=True)
class AroundAnswer:
    """The components around an answer, and those of the tab that it is in."""

    tab: AskTab
    conversation: Conversation
    actions: AnswerActions

    @property
    def over(self) -> list[Block]:
        """What is emptied when another answer is shown: what was written and said about the one before."""
        conversation, actions = self.conversation, self.actions
        fields: list[Block] = [conversation.question, conversation.problem, conversation.parent, conversation.goes_on]
        return [*fields, actions.said, actions.rating_said]


def build_around_answer(tab: AskTab, language: Language) -> AroundAnswer:
    """Place the components without connecting them."""
    actions = build_answer_actions(tab, language)
    return AroundAnswer(tab, build_conversation(tab, language), actions)


def around_answer_words(around: AroundAnswer, language: Language) -> Updates:
    """Return the words of the components in a language; those of the thumbs come with the rating."""
    return {
        **conversation_words(around.conversation, language),
        **answer_actions_words(around.actions, language),
    }


class AroundAnswerCallbacks:
    """The callbacks as Gradio calls them. `shown` is the run whose answer is on the page."""

    def __init__(self, around: AroundAnswer, page: AskPage, asking: AskCallbacks) -> None:
        self._around = around
        self._page = page
        self.asking = asking
        self.answer_outputs: list[Block] = [*asking.answer_outputs, around.conversation.problem]

    async def on_drawn(self, shown: str | None, language: Language, request: gr.Request) -> Updates:
        """Draw what stands around the answer."""
        owner = owner_of(request.username)
        before = await self._page.shown.earlier(shown, owner)
        rating, words = await self._page.shown.rating(shown, owner)
        return {
            self._around.conversation.earlier: earlier_turns(before, language),
            **rating_updates(self._around.actions, rating, words, language),
        }

    async def on_run(self, shown: str | None, language: Language, request: gr.Request) -> Updates:
        """Another answer is shown: what was written and said about the one before is over."""
        return {**dict.fromkeys(self._around.over, ""), **await self.on_drawn(shown, language, request)}

    async def on_follow_up(
        self,
        question: str | None,
        model: str | None,
        think: Think,
        kept: object,
        fault: str,
        language: Language,
        shown: str | None,
        request: gr.Request,
    ) -> AsyncGenerator[Updates, None]:
        owner, visit, settings = owner_of(request.username), request.session_hash, settings_in(kept, think)
        injected = chosen_fault(fault)
        answers = self._page.ask(question or "", model, language, owner, visit, settings, shown or None, injected)
        place = self._around.conversation.problem
        async with aclosing(self.asking.answered(answers, place, language, shown, owner)) as updates:
            async for update in updates:
                yield update

    async def on_again(
        self, fault: str, language: Language, shown: str | None, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        """Ask the same question of the same model in the same way, with another seed."""
        owner, visit, injected = owner_of(request.username), request.session_hash, chosen_fault(fault)
        asked = await self._page.asked(shown, owner)
        if asked is None:
            return
        settings = asked.settings.model_copy(update={"seed": secrets.randbelow(2**31)})
        model = f"{asked.provider}/{asked.model}"
        answers = self._page.ask(asked.question, model, language, owner, visit, settings, asked.parent_run_id, injected)
        place = self._around.conversation.problem
        async with aclosing(self.asking.answered(answers, place, language, shown, owner)) as updates:
            async for update in updates:
                yield update

    async def on_edit(self, shown: str | None, language: Language, request: gr.Request) -> Updates:
        """Put the question back into its field; one that followed up another will do so again."""
        conversation, asked = self._around.conversation, await self._page.asked(shown, owner_of(request.username))
        parent = None if asked is None else asked.parent_run_id
        words = texts_in(language).conversation.goes_on
        return {
            self._around.tab.question: "" if asked is None else asked.question,
            conversation.parent: parent or "",
            conversation.goes_on: f'<div class="remark">{escape(words)}</div>' if parent else "",
        }

    async def on_begin(self, language: Language) -> Updates:
        """Begin a new conversation: no answer is shown, and the field is empty."""
        return {**answer_updates(self._around.tab, self._page.idle(language)), self._around.tab.question: ""}

    async def on_copy(self, shown: str | None, language: Language, request: gr.Request) -> str:
        return await self._page.shown.markdown(shown, language, owner_of(request.username))

    async def on_link(self, shown: str | None) -> str:
        return self._page.shown.link(shown or "")

    async def on_good(self, shown: str | None, language: Language, request: gr.Request) -> Updates:
        return await self._rated(1, shown, language, request)

    async def on_bad(self, shown: str | None, language: Language, request: gr.Request) -> Updates:
        return await self._rated(-1, shown, language, request)

    async def on_words(self, words: str | None, shown: str | None, language: Language, request: gr.Request) -> Updates:
        """Keep the words beside the rating."""
        rating, _ = await self._page.shown.rating(shown, owner_of(request.username))
        return await self._kept(rating, words, shown, language, request)

    async def _rated(self, rating: Rating, shown: str | None, language: Language, request: gr.Request) -> Updates:
        """Keep a rating, or take it back if it was this one."""
        before, words = await self._page.shown.rating(shown, owner_of(request.username))
        return await self._kept(None if before == rating else rating, words, shown, language, request)

    async def _kept(
        self, rating: Rating | None, words: str | None, shown: str | None, language: Language, request: gr.Request
    ) -> Updates:
        actions, texts = self._around.actions, texts_in(language).actions
        problem = await self._page.shown.rate(shown, rating, words, language, owner_of(request.username))
        said = problem or (texts.rating_taken_back if rating is None else texts.rating_kept)
        drawn = {} if problem else rating_updates(actions, rating, words, language)
        return {actions.rating_said: f'<p role="status">{escape(said)}</p>', **drawn}


def wire_around_answer(
    around: AroundAnswer, callbacks: AroundAnswerCallbacks, language: gr.Radio, kept: gr.BrowserState, switched: Any
) -> None:
    """Connect the components. `kept` is what the browser keeps of the settings, `switched` the change of language."""
    tab, conversation, actions = around.tab, around.conversation, around.actions
    answering: dict[str, Any] = {**_QUIET, "concurrency_id": "model"}
    rating: list[Block] = [actions.good, actions.bad, actions.words]
    drawn: list[Block] = [conversation.earlier, *rating]
    tab.run_id.change(callbacks.on_run, [tab.run_id, language], [*drawn, *around.over], **_QUIET)
    switched.then(callbacks.on_drawn, [tab.run_id, language], drawn, **_QUIET)
    sent = [conversation.send.click, conversation.question.submit]
    # Before the answer, whose first view empties the field.
    tab_asks = "(asked, before) => asked.trim() || before"
    gr.on(
        sent,
        None,
        [conversation.question, tab.question],
        tab.question,
        js=tab_asks,
        api_visibility="private",
    )
    followed = gr.on(
        sent,
        callbacks.on_follow_up,
        [conversation.question, tab.model, tab.settings.think, kept, tab.break_it.choice, language, tab.run_id],
        callbacks.answer_outputs,
        **answering,
    )
    asked_again = actions.again.click(
        callbacks.on_again, [tab.break_it.choice, language, tab.run_id], callbacks.answer_outputs, **answering
    )
    for asked in (followed, asked_again):
        wire_end_of_answer(asked, tab, callbacks.asking, language)
    focus = "() => document.querySelector('#question textarea').focus()"
    edited: list[Block] = [tab.question, conversation.parent, conversation.goes_on]
    actions.edit.click(callbacks.on_edit, [tab.run_id, language], edited, **_QUIET).then(
        None, None, None, js=focus, api_visibility="private"
    )
    forget = "() => history.replaceState(null, '', location.pathname)"
    begun = conversation.begin.click(callbacks.on_begin, language, [*callbacks.answer_outputs, tab.question], **_QUIET)
    begun.then(None, None, None, js=forget, api_visibility="private").then(
        None, None, None, js=focus, api_visibility="private"
    )
    for copy, text, inputs in (
        (actions.copy, callbacks.on_copy, [tab.run_id, language]),
        (actions.link, callbacks.on_link, [tab.run_id]),
    ):
        copy.click(text, inputs, actions.clip, **_QUIET).then(
            None, [actions.clip, language], actions.said, js=_copying(is_link=copy is actions.link), **_QUIET
        )
    for thumb, on_rating in ((actions.good, callbacks.on_good), (actions.bad, callbacks.on_bad)):
        thumb.click(on_rating, [tab.run_id, language], [actions.rating_said, *rating], **_QUIET)
    actions.words.submit(
        callbacks.on_words, [actions.words, tab.run_id, language], [actions.rating_said, *rating], **_QUIET
    )


def _copying(*, is_link: bool) -> str:
    """Return the browser's part: it copies, and tells what came of it in the language of the page."""
    words: dict[str, list[str]] = {}
    for one in LANGUAGES:
        texts = texts_in(one).actions
        words[one] = [texts.link_copied if is_link else texts.copied, texts.not_copied]
    text = "new URL(text, location.href).href" if is_link else "text"
    return f"(text, language) => copyText({text}, ...{json.dumps(words)}[language])"
