"""Draw the state of an answer and of a model as HTML, but no text of a model. Pure; everything is escaped."""

from collections.abc import Sequence
from html import escape
from typing import Final

from llmfirst.answer import Answer, Metrics
from llmfirst.engine.windows import PHASE_ENDS
from llmfirst.events import (
    PHASES,
    SECTIONS,
    AnswerFailed,
    AnswerFinished,
    EarlierTurns,
    Language,
    PartlyRead,
    Phase,
    State,
)
from llmfirst.loopback import host_of, is_loopback
from llmfirst.machine.room import Fit
from llmfirst.model_options import OptionName
from llmfirst.offers import Choice, Offer
from llmfirst.proof import guard_of
from llmfirst.readiness import Failed, Preparing, Readiness, Ready
from llmfirst.runs.background_probe import ProbeState
from llmfirst.targets import TIERS
from llmfirst.texts import ModelTexts, Texts, texts_in
from llmfirst.ui.problems import problem_words
from llmfirst.visible_text import visible

# What is waited for in these is no phase of the answer.
_APART: Final[frozenset[State]] = frozenset({"queued", "loading_model", "reviewing"})


def budget_bar(answer: Answer, elapsed_seconds: float, deadline_seconds: float, language: Language) -> str:
    """Return the bar from 0 to the deadline: the phases' windows, what each has used, and where the run is now."""
    texts = texts_in(language)
    used = _used(answer, elapsed_seconds)
    scale = deadline_seconds / PHASE_ENDS["conclusion"]
    begun = answer.admitted_seconds or 0.0
    windows, fills, start = [], [], 0.0
    for phase in PHASES:
        width = 100 * (PHASE_ENDS[phase] - start) / PHASE_ENDS["conclusion"]
        name, end = texts.shared.phases[phase], texts.shared.second.format(seconds=round(PHASE_ENDS[phase] * scale, 1))
        label = f"<span><i>{escape(name)} </i>{escape(end)}</span>"
        windows.append(f'<span class="window" style="width:{width:.2f}%">{label}</span>')
        start = PHASE_ENDS[phase]
        part = answer.phases.get(phase)
        if part is not None:
            until = elapsed_seconds if part.ended_seconds is None else part.ended_seconds
            fills.append(_fill(phase, part.started_seconds - begun, until - begun, deadline_seconds))
    review = answer.review
    if review is not None and review.started_seconds is not None:
        until = elapsed_seconds if review.ended_seconds is None else review.ended_seconds
        fills.append(_fill("review", review.started_seconds - begun, until - begun, deadline_seconds))
    head = min(100.0, 100 * used / deadline_seconds)
    told, left = (_seconds(seconds, texts) for seconds in (used, deadline_seconds - round(used, 1)))
    words = (texts.run.over if answer.end else texts.run.left).format(used=told, left=left)
    return (
        f'<div class="budget" role="progressbar" aria-label="{escape(texts.run.budget)}" aria-valuemin="0" '
        f'aria-valuemax="{deadline_seconds:g}" aria-valuenow="{used:.0f}" aria-valuetext="{escape(words)}">'
        f'<div class="track">{"".join(fills)}<div class="windows">{"".join(windows)}</div>'
        f'<span class="head" style="left:{head:.2f}%"></span></div><div class="words">{escape(words)}</div></div>'
    )


def state_clock(answer: Answer, elapsed_seconds: float, language: Language) -> str:
    """Return how long the present state has lasted, or nothing when no run is open."""
    if answer.end is not None or answer.state is None:
        return ""
    lasted = _seconds(elapsed_seconds - answer.state_since_seconds, texts_in(language))
    return f'<span class="clock">{lasted}</span>'


def state_words(answer: Answer, language: Language, *, is_replayed: bool = False) -> str:
    """Return the present state in words. Screen readers read it aloud, so it changes with the state only."""
    texts = texts_in(language)
    if isinstance(answer.end, AnswerFailed):
        words = texts.run.failed
    elif isinstance(answer.end, AnswerFinished):
        words = texts.run.outcomes[answer.end.outcome]
    elif answer.state is None:
        words = ""
    else:
        words = texts.run.states[answer.state].format(ahead=answer.ahead)
        if answer.expected_seconds is not None:
            words = f"{words}, {texts.run.expected.format(seconds=answer.expected_seconds)}"
        phase = _phase_now(answer)
        if answer.state not in _APART and phase is not None:
            words = f"{texts.shared.phases[phase]}: {words}"
    if answer == Answer():
        return ""
    stage = "replayed" if is_replayed else "running"
    if answer.end is not None:
        stage = "failed" if isinstance(answer.end, AnswerFailed) else "ended"
    stopping = escape(texts.run.stopping, quote=True)
    return (
        f'<div class="state" role="status" aria-live="polite" data-stage="{stage}" data-stopping="{stopping}">'
        f"{escape(words)}</div>"
    )


def timing_strip(metrics: Metrics, language: Language) -> str:
    """Return the measured figures of an answer in one line, or the targets before there are any."""
    texts = texts_in(language)
    cells: list[tuple[str, str, str]] = []
    if metrics.waited is not None and metrics.waited >= 0.1:
        waited = _seconds(metrics.waited, texts)
        if metrics.cold and metrics.loading is not None:
            waited = f"{waited} {texts.timing.loaded.format(seconds=_seconds(metrics.loading, texts))}"
        cells.append((texts.timing.waited, waited, ""))
    if metrics.any_ttft is not None and metrics.any_ttft != metrics.ttft:
        cells.append((texts.timing.first_token, _seconds(metrics.any_ttft, texts), ""))
    if metrics.ttft is not None:
        met = metrics.ttft <= TIERS[0].first_text_seconds
        seconds = f"{_seconds(metrics.ttft, texts)} {'✓' if met else '✗'}"
        cells.append((texts.timing.first_text, seconds, "met" if met else "missed"))
    if metrics.core_ttft is not None:
        cells.append((texts.timing.core_text, _seconds(metrics.core_ttft, texts), ""))
    cells += [(texts.shared.phases[phase], _seconds(taken, texts), "") for phase, taken in metrics.phases.items()]
    if metrics.review is not None:
        cells.append((texts.why.calls["review"], _seconds(metrics.review, texts), ""))
    if metrics.total_time is not None:
        cells.append((texts.shared.total, _seconds(metrics.total_time, texts), ""))
    if metrics.tokens_per_second is not None:
        cells.append((texts.timing.rate, f"{metrics.tokens_per_second:.1f} tok/s", ""))
    if metrics.energy_joules is not None:
        cells.append((texts.timing.energy, f"{metrics.energy_joules:,.0f} J", ""))
    if not cells:
        words = texts.timing.targets.format(first=TIERS[0].first_text_seconds, total=TIERS[0].total_seconds)
        return f'<div class="strip"><span class="name">{escape(words)}</span></div>'
    items = "".join(
        f'<span class="cell {kind}"><span class="name">{escape(name)}</span> <b>{escape(value)}</b></span>'
        for name, value, kind in cells
    )
    return f'<div class="strip">{items}</div>'


def notice(answer: Answer, language: Language, *, is_stored: bool = True) -> str:
    """Return what has to be said about the answer, outside the answer."""
    texts = texts_in(language)
    said = [f"{texts.shared.phases[event.phase]}: {texts.guards[event.trouble]}" for event in answer.resumed]
    if answer.admitted is not None and answer.admitted.earlier is not None:
        said += conversation_losses(answer.admitted.earlier, language)
    said += [] if answer.think_note is None else [texts.think_notes[answer.think_note]]
    said += [ignored_words(answer.ignored, language)] if answer.ignored else []
    if isinstance(answer.end, AnswerFailed):
        said.append(failure_words(answer.end, language))
    elif isinstance(answer.end, AnswerFinished):
        said += _stopped(answer, texts) if answer.end.outcome == "stopped" else _cut_short(answer, texts)
        said += [words] if (words := ending_words(answer.end, language)) else []
        if isinstance(answer.end, PartlyRead):
            said.append(texts.notice.partly_read.format(count=answer.end.unreadable))
        for phase in SECTIONS:
            if phase in answer.phases and answer.phases[phase].ending == "skipped":
                said.append(f"{texts.shared.phases[phase]}: {texts.guards['skipped']}")
            elif phase in answer.phases and answer.phases[phase].is_left_empty:
                said.append(f"{texts.shared.phases[phase]}: {texts.notice.empty_section}")
    said += [] if is_stored else [texts.notice.not_stored]
    return (problem_html(" ".join(dict.fromkeys(said))) if said else "") + _ended_before(answer, texts)


def ignored_words(names: Sequence[OptionName], language: Language) -> str:
    """Return which options of a model its service cannot be told."""
    texts = texts_in(language).options
    return texts.ignored.format(options=", ".join(texts.names[name] for name in names))


def _stopped(answer: Answer, texts: Texts) -> list[str]:
    """Return when the answer was stopped, counted as its time is counted, and how fast that was."""
    metrics = answer.metrics()
    if metrics.stopped_after is None:
        return []
    if metrics.total_time is None:
        return [texts.notice.stopped_before]
    at, after = _seconds(metrics.total_time, texts), _seconds(metrics.stopped_after, texts)
    return [texts.notice.stopped_after.format(at=at, after=after)]


def _cut_short(answer: Answer, texts: Texts) -> list[str]:
    """Return which sections a limit has cut short, and which limit; what was left out is told elsewhere."""
    limits = {phase: guard_of(ending) for phase, ending in answer.shortened.items() if ending != "skipped"}
    return [f"{texts.shared.phases[phase]}: {texts.guards[limit]}" for phase, limit in limits.items() if limit]


def conversation_losses(told: EarlierTurns, language: Language) -> list[str]:
    """Return what the model was not told of the conversation before a question."""
    texts = texts_in(language).conversation
    said = [texts.left_out.format(count=told.left_out)] if told.left_out else []
    return said if told.lost is None else [*said, texts.lost[told.lost]]


def _ended_before(answer: Answer, texts: Texts) -> str:
    """Name the sections that are empty because the model had ended its answer before them. This is no problem."""
    names = [texts.shared.phases[phase] for phase, part in answer.phases.items() if part.ending == "ended"]
    words = texts.notice.ended_before.format(phases=", ".join(names))
    return f'<div class="remark">{escape(words)}</div>' if names else ""


def failure_words(end: AnswerFailed, language: Language) -> str:
    """Return why there is no answer."""
    if end.problem is not None:
        return problem_words(end.problem, end.message, language)
    translated = texts_in(language).notice.failures.get(end.code)
    return end.message if translated is None else f"{translated} ({end.message})"


def ending_words(end: AnswerFinished | AnswerFailed, language: Language) -> str:
    """Return why there is no answer, or why it ended early; nothing where it simply ended."""
    if isinstance(end, AnswerFailed):
        return failure_words(end, language)
    return problem_words(end.problem, end.detail, language) if end.detail else ""


def problem_html(message: str) -> str:
    """Return one message to the reader."""
    return f'<div class="notice" role="alert">{escape(message)}</div>'


def readiness_line(
    offer: Offer,
    choice: Choice,
    readiness: Readiness | None,
    language: Language,
    probe: ProbeState | None = None,
    *,
    thinking_pays: bool | None = None,
    fit: Fit | None = None,
) -> str:
    """Return which model answers and why, whether it is ready, and what is or was found out about how it is asked.

    `fit` is how it would lie in the memory, while it is not loaded.
    """
    texts = texts_in(language).models
    is_taken = offer.key == choice.offer.key
    reason = f' <span class="why">({escape(reasons(choice, language))})</span>' if is_taken else ""
    name = f'<b>{escape(visible(offer.card.name))}</b> <span class="why">{escape(_place(offer, texts))}</span>{reason}'
    found = _probe(probe, texts) if probe is not None else _thinking(thinking_pays, texts)
    state = _readiness(readiness, language)
    room = "" if fit is None else _room(fit, texts)
    return f'<div class="ready" role="status">{name}{state}{found}{room}</div>'


def larger_model_line(name: str | None, language: Language) -> str:
    """Return the offer of a larger model that keeps the times here too; empty without one."""
    if name is None:
        return ""
    words = texts_in(language).models
    told = escape(words.larger.format(model=visible(name)))
    return f'<div class="larger why">{told} <a href="?system">{escape(words.larger_link)}</a></div>'


def reasons(choice: Choice, language: Language) -> str:
    """Return why this model was chosen, and what `auto` found before it."""
    texts = texts_in(language).models
    why = [texts.because[choice.because]]
    if choice.ollama == "absent":
        why.append(texts.no_ollama)
    elif choice.ollama == "no_chat_model":
        why.append(texts.no_ollama_model)
    return "; ".join(why)


def offer_label(offer: Offer, language: Language, fit: Fit | None = None) -> str:
    """Return a model as it stands in the picker, with a warning where the memory does not hold it."""
    texts = texts_in(language).models
    card = offer.card
    details = [card.parameters, card.quantization]
    details.append(None if card.size_bytes is None else f"{card.size_bytes / 1e9:.1f} GB")
    details.append(card.licence)
    details.append(None if offer.provider != "embedded" else texts.here if card.is_here else texts.to_download)
    details.append(None if fit is None or fit.doubt is None else texts.fits[fit.doubt])
    return visible(" · ".join([f"{card.name} ({_place(offer, texts)})", *[detail for detail in details if detail]]))


def _room(fit: Fit, texts: ModelTexts) -> str:
    if fit.doubt is None:
        return ""
    needed, free = f"{fit.needed_bytes / 1e9:.1f} GB", f"{fit.free_bytes / 1e9:.1f} GB"
    return f'<div class="notice">{escape(texts.fit_notes[fit.doubt].format(needed=needed, free=free))}</div>'


def _place(offer: Offer, texts: ModelTexts) -> str:
    """Return where a model runs. The address of a server is named: `openai` would not tell that it is this machine."""
    if offer.address is None:
        return texts.places["embedded"] if offer.provider == "embedded" else offer.provider
    is_near = is_loopback(host_of(offer.address))
    if offer.provider == "ollama":
        return texts.places["ollama" if is_near else "remote_ollama"].format(address=offer.address)
    return texts.places["local" if is_near else "remote"].format(address=offer.address)


def _readiness(readiness: Readiness | None, language: Language) -> str:
    texts = texts_in(language).models
    match readiness:
        case Ready(warm_seconds=seconds):
            return f' <span class="dot warm">●</span> {escape(texts.ready.format(seconds=seconds))}'
        case Failed(message=message, problem=problem):
            said = problem_html(problem_words(problem, message, language))
            return f' <span class="dot failed">●</span> {said}'
        case Preparing(stage=stage, done_bytes=done, total_bytes=total):
            words = f' <span class="dot cold">●</span> {escape(texts.stages[stage])}'
            if stage in ("downloading", "checking") and total:
                words += (
                    f" {100 * done / total:.0f} % ({done / 1e6:,.0f} / {total / 1e6:,.0f} MB)"
                    f'<progress max="{total}" value="{done}"></progress>'
                )
            return words
        case None:
            return ""


def _probe(probe: ProbeState, texts: ModelTexts) -> str:
    table = texts.probe if probe.about == "profile" else texts.thinking_probe
    words = table[probe.stage].format(question=probe.question, questions=probe.questions)
    return f' <span class="why">{escape(words)}</span>'


def _thinking(pays: bool | None, texts: ModelTexts) -> str:
    if pays is None:
        return ""
    return f' <span class="why">{escape(texts.thinking_paid if pays else texts.thinking_did_not_pay)}</span>'


def _seconds(seconds: float, texts: Texts) -> str:
    """Return a time as it stands everywhere on the page: rounded as the figures of an answer, never below zero."""
    return texts.shared.seconds.format(seconds=max(0.0, round(seconds, 3)))


def _fill(kind: str, started_seconds: float, ended_seconds: float, deadline_seconds: float) -> str:
    start, end = (100 * min(max(0.0, seconds / deadline_seconds), 1.0) for seconds in (started_seconds, ended_seconds))
    return f'<span class="fill {kind}" style="left:{start:.2f}%;width:{max(0.0, end - start):.2f}%"></span>'


def _used(answer: Answer, elapsed_seconds: float) -> float:
    if answer.admitted_seconds is None:
        return 0.0
    until = elapsed_seconds if answer.end is None else answer.end.elapsed_seconds
    return max(0.0, round(until - answer.admitted_seconds, 3))


def _phase_now(answer: Answer) -> Phase | None:
    return next((phase for phase in reversed(PHASES) if phase in answer.phases), None)
