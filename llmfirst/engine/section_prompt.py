"""Builds the messages that ask for a section from the prompts and from what was asked and written before."""

from llmfirst.engine.prompt_budget import end_of, readable_characters
from llmfirst.engine.prompts import SectionTurn, ask_for, characters_in, continued, conversation, resumed
from llmfirst.engine.run_state import RunState
from llmfirst.events import SECTIONS, Phase
from llmfirst.providers.base import Message


def section_messages(
    run: RunState, section: Phase, *, sentences: int | None = None, is_asked_anew: bool = False
) -> tuple[Message, ...]:
    """Return the messages that ask for a section or, if it has text already, for the rest of it.

    `sentences` is the length to ask for. With `is_asked_anew`, a model that wrote nothing new is asked in another way:
    a growing reply gets a message of its own for the section, and a section of its own continues the reply.
    """
    question, text = run.request.question, run.text_of(section)
    if run.is_growing:
        if is_asked_anew and not text:
            turns = run.turns(SECTIONS[: SECTIONS.index(section)])
            return conversation(turns, ask_for(section, question, sentences=sentences), is_instructed=False)
        return continued(run.opening, _readable(run, run.carried + text, len(run.opening)))
    if is_asked_anew and run.can_continue and run.carried:
        return continued(run.first_ask, _readable(run, run.carried + text, len(run.first_ask)))
    asked = _asked(run, section, sentences)
    if text and run.can_continue:
        return (*asked, Message(role="assistant", content=text))
    return resumed(asked, text, question) if text else asked


def _asked(run: RunState, section: Phase, sentences: int | None) -> tuple[Message, ...]:
    """Return the messages that ask for a section in a message of its own, after the turns of earlier sections."""
    question = run.request.question
    if run.text_of(section) and section in run.asks:
        ask = run.asks[section].ask
    elif section == "core" and run.chosen.profile.sections == "grown":
        ask = question
    else:
        ask = ask_for(
            section,
            question,
            instruction=run.instructions.get(section),
            sentences=sentences,
            is_worked_out=run.is_worked_out,
        )
    turns = run.turns(SECTIONS[: SECTIONS.index(section)])
    written = run.carried.rstrip()
    besides = characters_in(conversation([], ask, is_instructed=run.is_instructed))
    readable = _readable(run, written, len(question) + besides)
    if len(readable) < len(written):
        turns = [SectionTurn(question, readable)]
    return conversation(turns, ask, is_instructed=run.is_instructed)


def _readable(run: RunState, written: str, besides: int) -> str:
    """Return the reply, shortened to the end that can be read in time along with `besides` other characters."""
    most = readable_characters(run.pace.rates, run.usual_token_seconds, run.pace.end - run.at())
    return written if most is None or not written else end_of(written, most - run.characters_in(()) - besides)
