"""Draw the providers and their models as HTML. Pure; everything is escaped."""

from collections.abc import Mapping
from html import escape
from typing import get_args

from llmfirst.events import Language
from llmfirst.offers import Choice, Found, Offer
from llmfirst.providers.base import ProviderKind
from llmfirst.readiness import Failed, Preparing
from llmfirst.runs.inventory import Inventory, KnownModel
from llmfirst.texts import ModelColumn, SystemModelTexts, Texts, texts_in
from llmfirst.ui.model_actions import model_actions
from llmfirst.ui.problems import problem_words
from llmfirst.ui.render import reasons
from llmfirst.visible_text import visible


def models_html(stock: Inventory, language: Language, *, context_tokens: int, setting: str) -> str:
    """Return the providers in one line each, and all models in one table; `setting` is the provider that was set."""
    texts = texts_in(language)
    providers = _providers(stock, language, setting)
    if not stock.models:
        return f'{providers}<p class="nothing">{escape(texts.system.models.nothing)}</p>'
    columns = texts.system.models.columns
    head = "".join(
        f'<th scope="col" class="{name}" role="columnheader">{escape(columns[name])}</th>' for name in columns
    )
    head += f'<th scope="col" class="acts" role="columnheader">{escape(texts.bring.acts_title)}</th>'
    rows = "".join(_row(model, stock.choice, texts, language, context_tokens) for model in stock.models)
    return (
        f'{providers}<table class="system-table" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _providers(stock: Inventory, language: Language, setting: str) -> str:
    texts = texts_in(language)
    words = texts.system.models
    lines = [_provider(found, stock.choice, language) for found in stock.found]
    used = {found.provider for found in stock.found}
    lines += [
        f'<li class="off"><b>{escape(texts.head.providers[kind])}</b> '
        f'<span class="quiet">{escape(words.others[kind].format(provider=setting))}</span></li>'
        for kind in get_args(ProviderKind)
        if kind not in used
    ]
    return f'<ul class="providers">{"".join(lines)}</ul>'


def _provider(found: Found, choice: Choice, language: Language) -> str:
    texts = texts_in(language)
    words = texts.system.models
    name = " ".join(filter(None, [found.build or texts.head.providers[found.provider], found.address]))
    if found.error is not None:
        said = problem_words(found.error.problem, str(found.error), language)
        state = (
            f'<span class="dot failed">●</span> {escape(words.provider_away)} <span class="quiet">{escape(said)}</span>'
        )
    else:
        here = sum(offer.card.is_here for offer in found.offers)
        count = words.provider_models if here == len(found.offers) else words.provider_here
        state = f'<span class="dot warm">●</span> {escape(count.format(here=here, count=len(found.offers)))}'
    why = ""
    if found.provider == choice.offer.provider:
        told = words.this_one.format(because=reasons(choice, language))
        why = f' <span class="quiet">{escape(visible(choice.offer.card.name))} {escape(told)}</span>'
    return f"<li><b>{escape(visible(name))}</b> {state}{why}</li>"


def _row(model: KnownModel, choice: Choice, texts: Texts, language: Language, context_tokens: int) -> str:
    words, offer = texts.system.models, model.offer
    cells: Mapping[ModelColumn, str] = {
        "model": _name(offer, texts),
        "size": _size(model),
        "context": _context(offer, words, context_tokens),
        "can": _can(model, words),
        "state": _state(model, words, language),
        "first_text": _first_text(model, words),
        "rate": _rate(model, words),
        "profile": _profile(model, texts),
    }
    columns = words.columns
    missing = f'<span class="quiet">{escape(words.not_measured)}</span>'
    drawn = "".join(
        f'<td class="{name if cell else f"{name} unknown"}" role="cell" data-name="{escape(columns[name])}">'
        f"{cell or missing}</td>"
        for name, cell in cells.items()
        if name != "model"
    )
    kind = "chosen" if offer.key == choice.offer.key else "here" if offer.card.is_here else "away"
    name = f'<th scope="row" class="model" role="rowheader">{cells["model"]}</th>'
    acts = "" if isinstance(model.readiness, Preparing) else model_actions(offer, language)
    return f'<tr role="row" class="{kind}">{name}{drawn}<td class="acts" role="cell">{acts}</td></tr>'


def _name(offer: Offer, texts: Texts) -> str:
    return (
        f'<span class="name">{escape(visible(offer.card.name))}</span> '
        f'<span class="quiet">{escape(texts.head.providers[offer.provider])}</span>'
    )


def _size(model: KnownModel) -> str:
    card, count = model.offer.card, model.capabilities.parameter_count
    parameters = card.parameters or (None if count is None else _short(count))
    size = None if card.size_bytes is None else f"{card.size_bytes / 1e9:.1f} GB"
    details = " · ".join(filter(None, [parameters, card.quantization]))
    return _two(size, details)


def _short(count: int) -> str:
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.0f}M"


def _context(offer: Offer, words: SystemModelTexts, context_tokens: int) -> str:
    most = offer.card.context_tokens
    if offer.provider == "openai":  # its server decides
        return _two(None if most is None else words.context_whole.format(most=_tokens(most)), "")
    if most is None or most <= context_tokens:
        return _two(_tokens(context_tokens if most is None else most), "")
    return _two(words.context.format(set=_tokens(context_tokens), most=_tokens(most)), "")


def _tokens(count: int) -> str:
    return f"{count / 1024:.0f}K" if count >= 1024 else str(count)


def _can(model: KnownModel, words: SystemModelTexts) -> str:
    card = model.offer.card
    able = [words.can["chat" if card.is_chat else "no_chat"]]
    able += [words.can["thinks"]] if model.thinks else []
    able += [words.can["logprobs"]] if card.is_chat and model.capabilities.logprobs else []
    return "".join(f'<span class="chip">{escape(word)}</span>' for word in able)


def _state(model: KnownModel, words: SystemModelTexts, language: Language) -> str:
    card = model.offer.card
    match model.readiness:
        case Preparing(done_bytes=done, total_bytes=total):
            share = f" {100 * done / total:.0f} %" if total else ""
            return f'<span class="dot cold">●</span> {escape(words.states["preparing"])}{share}'
        case Failed(message=message, problem=problem):
            said = escape(problem_words(problem, message, language))
            return f'<span class="dot failed">●</span> {escape(words.states["failed"])} <small>{said}</small>'
        case _:
            pass
    if not card.is_here:
        return f'<span class="quiet">{escape(words.states["away"])}</span>'
    if card.is_loaded is None:
        return escape(words.states["served"])
    dot, state = ("warm", words.states["warm"]) if card.is_loaded else ("cold", words.states["cold"])
    where = _where(card.gpu_share, words) if card.is_loaded else ""
    return f'<span class="dot {dot}">●</span> {escape(state)} <small>{escape(where)}</small>'


def _where(gpu_share: float | None, words: SystemModelTexts) -> str:
    if gpu_share is None:
        return ""
    if gpu_share in (0, 1):
        return words.on_gpu if gpu_share else words.on_processor
    return words.split.format(share=100 * gpu_share)


def _first_text(model: KnownModel, words: SystemModelTexts) -> str:
    times = model.times
    if times is None or times.first_text_seconds is None:
        return ""
    return _two(words.first_text.format(seconds=times.first_text_seconds), words.answers.format(count=times.answers))


def _rate(model: KnownModel, words: SystemModelTexts) -> str:
    token = model.rates.token_seconds
    return "" if token is None else _two(words.rate.format(rate=1 / token), "")


def _profile(model: KnownModel, texts: Texts) -> str:
    if not model.offer.card.is_chat:
        return ""
    name, because = model.profile.name, model.profile.because
    return _two(texts.head.profiles[name], texts.system.models.because[because])


def _two(first: str | None, second: str) -> str:
    """Return a cell of one line, and a quiet second one where there is something to say."""
    return f"{escape(first or '')} <small>{escape(second)}</small>" if second else escape(first or "")
