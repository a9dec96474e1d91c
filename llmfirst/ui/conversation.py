"""Where a conversation goes on: the earlier turns above an answer, and the field for the next question below it."""

from dataclasses import dataclass

import gradio as gr

from llmfirst.events import Language
from llmfirst.texts import texts_in
from llmfirst.ui.ask_tab import AskTab
from llmfirst.ui.updates import Updates


@dataclass(frozen=True)
class Conversation:
    """The components."""

    earlier: gr.HTML
    question: gr.Textbox
    send: gr.Button
    begin: gr.Button
    """Begins a new conversation."""
    problem: gr.HTML
    """Why the last question was not taken, at its field."""
    parent: gr.Textbox
    """The run that the question in the bar follows up: only while that of a follow-up is edited."""
    goes_on: gr.HTML
    """Says so."""


def build_conversation(tab: AskTab, language: Language) -> Conversation:
    """Place the components around the answer without connecting them."""
    texts = texts_in(language).conversation
    with tab.below_question:
        goes_on = gr.HTML(elem_id="goes-on", padding=False)
        parent = gr.Textbox(visible="hidden", elem_id="parent-run-id")
    with tab.above:
        earlier = gr.HTML(elem_id="earlier-turns", padding=False)
    with tab.follow_up:
        question = gr.Textbox(
            label=texts.follow_up,
            show_label=False,
            container=False,
            placeholder=texts.follow_up,
            lines=1,
            max_lines=4,
            scale=6,
            min_width=240,
            elem_id="follow-up-question",
        )
        send = gr.Button(texts.send, variant="primary", scale=0, min_width=110, elem_id="follow-up-ask")
        begin = gr.Button(texts.begin, scale=0, min_width=110, elem_id="new-conversation")
        problem = gr.HTML(elem_id="follow-up-problem", padding=False)
    return Conversation(earlier, question, send, begin, problem, parent, goes_on)


def conversation_words(conversation: Conversation, language: Language) -> Updates:
    """Return the words of the components in a language."""
    texts = texts_in(language).conversation
    return {
        conversation.question: gr.update(label=texts.follow_up, placeholder=texts.follow_up),
        conversation.send: gr.update(value=texts.send),
        conversation.begin: gr.update(value=texts.begin),
    }
