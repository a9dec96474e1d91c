"""Draw why an answer is as it is: the proof, the guards that acted, and every call. Pure; everything is escaped."""

from collections.abc import Sequence
from html import escape
from typing import Final

from llmfirst.answer import Metrics
from llmfirst.events import Admitted, AnswerEvent, CallFinished, Language, PhaseStarted, QuestionSubmitted, is_end
from llmfirst.model_options import ModelOptions, OptionName
from llmfirst.proof import Proof, verify
from llmfirst.texts import WhyTexts, texts_in
from llmfirst.ui.render import conversation_losses
from llmfirst.visible_text import visible

_WRITTEN: Final = ("plan", "content", "review")  # the kinds of decisions whose text is shown
_NUMBERS: Final[tuple[OptionName, ...]] = ("temperature", "top_p", "top_k", "repeat_penalty")
_SHORT: Final = 12  # characters of a hash that a person compares


def why_panel(events: Sequence[AnswerEvent], language: Language, metrics: Metrics | None = None) -> str:
    """Return the fold-out of a run that has ended; empty before. Messages and replies are shown unchanged.

    `metrics` are the figures of the run; without them none is shown.
    """
    if not events or not is_end(events[-1]):
        return ""
    texts = texts_in(language)
    proof = verify(events)
    calls = [event for event in events if isinstance(event, CallFinished)]
    guards = [f"{texts.shared.phases[acted.phase]}: {texts.guards[acted.guard]}" for acted in proof.guards]
    return (
        f'<details class="why"><summary>{escape(texts.why.title)}</summary>'
        f"{_verdict(proof, len(calls), texts.why)}{_list(guards or [texts.why.no_guard])}"
        f"{_profile(events[0], language)}{_options(events[0], language)}{_firsts(metrics, language)}"
        f"{_conversation(events, language)}{_left_out(calls, language)}{_unused(calls, language)}"
        f"{_instructions(events, language)}"
        f"{''.join(_call(number, one, proof, language) for number, one in enumerate(calls, 1))}</details>"
    )


def _verdict(proof: Proof, calls: int, texts: WhyTexts) -> str:
    if not proof.holds:
        words = texts.not_proved.format(shown=proof.shown_characters, accounted=proof.accounted_characters)
        return f'<p class="broken">{escape(words)}</p><div lang="en">{_list(proof.problems)}</div>'
    if proof.shown_characters == 0 or proof.head is None:
        return f"<p>{escape(texts.nothing_shown.format(calls=calls))}</p>"
    words = texts.proved.format(shown=proof.shown_characters, calls=calls, head=proof.head[:_SHORT])
    return f'<p class="whole">{escape(words)}</p>'


def _profile(first: AnswerEvent, language: Language) -> str:
    """Return how the model was asked and why. Runs of older versions did not record it."""
    texts = texts_in(language).why
    match first:
        case QuestionSubmitted(profile=str(name), profile_because=str(because)):
            said = texts.profile.format(profile=texts.profiles[name], because=texts.because[because])
            return f"<p>{escape(said)}</p>"
        case _:
            return ""


def _options(first: AnswerEvent, language: Language) -> str:
    """Return what the model was asked with. Runs of older versions did not record it."""
    match first:
        case QuestionSubmitted(options=ModelOptions() as options):
            return f"<p>{escape(options_words(options, language))}</p>"
        case _:
            return ""


def options_words(options: ModelOptions, language: Language) -> str:
    """Return the options of a model as a sentence."""
    texts = texts_in(language).options
    said = [f"{texts.names[name]} {getattr(options, name):g}" for name in _NUMBERS]
    said.append(f"{texts.names['seed']} {texts.any_seed if options.seed is None else options.seed}")
    context = options.context_tokens
    said.append(
        f"{texts.names['context_tokens']} {texts.decided if context is None else texts.tokens.format(count=context)}"
    )
    if options.system_prompt:
        count = len(options.system_prompt)
        said.append(f"{texts.names['system_prompt']} {texts.characters.format(count=count)}")
    return texts.asked_with.format(options=" · ".join(said))


def _conversation(events: Sequence[AnswerEvent], language: Language) -> str:
    """Return how much of the conversation the model was told; nothing for the first question of one."""
    told = next((event.earlier for event in events if isinstance(event, Admitted)), None)
    if told is None:
        return ""
    words = texts_in(language).conversation.told.format(kept=told.kept)
    return _list([words, *conversation_losses(told, language)])


def _firsts(metrics: Metrics | None, language: Language) -> str:
    """Return when the first token of any kind and the first text came, and what each of them is."""
    if metrics is None:
        return ""
    shared, texts = texts_in(language).shared, texts_in(language).why
    figures = (
        (texts.first_token, metrics.any_ttft),
        (texts.first_text, metrics.ttft),
        (texts.thought, metrics.thought_seconds),
    )
    said = [
        words.format(seconds=shared.seconds.format(seconds=figure)) for words, figure in figures if figure is not None
    ]
    return _list(said) if said else ""


def _instructions(events: Sequence[AnswerEvent], language: Language) -> str:
    """Return the instructions from the model's plan, of the sections that were asked with one."""
    texts = texts_in(language)
    names = texts.shared.phases
    begun = [event for event in events if isinstance(event, PhaseStarted)]
    told = [f"{names[event.phase]}: {event.instruction}" for event in begun if event.instruction is not None]
    return f"<p>{escape(texts.why.instructions)}</p>{_list(told)}" if told else ""


def _left_out(calls: Sequence[CallFinished], language: Language) -> str:
    """Return what the service refused of the calls, each part once."""
    texts = texts_in(language).why
    parts = dict.fromkeys(part for finished in calls for part in finished.call.left_out)
    return f"<p>{escape(texts.left_out)}</p>{_list([texts.parts[part] for part in parts])}" if parts else ""


def _unused(calls: Sequence[CallFinished], language: Language) -> str:
    """Return which numbers of the service were not used, each kind once."""
    texts = texts_in(language).why
    kinds = dict.fromkeys(kind for finished in calls for kind in finished.call.unused)
    return f"<p>{escape(texts.unused)}</p>{_list([texts.numbers[kind] for kind in kinds])}" if kinds else ""


def _call(number: int, finished: CallFinished, proof: Proof, language: Language) -> str:
    """Return one call: a summary line that unfolds to the messages and the reply."""
    shared, texts, call = texts_in(language).shared, texts_in(language).why, finished.call
    named = (*shared.phases.items(), *texts.calls.items())
    names: dict[str, str] = {str(purpose): name for purpose, name in named}
    wrote = [
        one.phase for one in proof.decisions if call.call_id in one.calls and one.is_backed and one.kind in _WRITTEN
    ]
    purpose = ", ".join(
        [names.get(call.purpose, call.purpose), *(names[each] for each in wrote if each != call.purpose)]
    )
    seconds = shared.seconds.format(seconds=call.ended_seconds - call.started_seconds)
    facts = [f"{number}. {purpose}", call.request.model, seconds]
    if call.model_digest is not None:
        facts.insert(2, call.model_digest.removeprefix("sha256:")[:_SHORT])
    if call.usage is not None:
        usage = call.usage
        facts.append(texts.call_tokens.format(read=usage.prompt_tokens, written=call.tokens))
    elif call.tokens is not None:
        facts.append(texts.call_pieces.format(written=call.tokens))
    facts.append(texts.unfinished if call.finish_reason is None else texts.finished[call.finish_reason])
    if call.finish_word is not None:
        facts.append(call.finish_word)
    if call.fault is not None:
        facts.append(texts_in(language).break_it.recorded)
    error = "" if call.error is None else f"<p>{escape(call.error)}</p>"
    thoughts = _as_it_is(texts.thoughts, call.thoughts) if call.thoughts else ""
    sent = [_as_it_is(texts.sent.format(role=message.role), message.content) for message in call.request.messages]
    return (
        f"<details><summary>{escape(visible(' · '.join(facts)))}</summary>"
        f"{error}{''.join(sent)}{thoughts}{_as_it_is(texts.reply, call.reply)}</details>"
    )


def _as_it_is(title: str, text: str) -> str:
    return f"<h3>{escape(title)}</h3><pre>\n{escape(text)}</pre>"  # HTML drops one line end at the start


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>"
