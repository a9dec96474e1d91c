"""What the blind deck draws: values in, escaped HTML out. Pure."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Final

from evals.report.numbers import seconds, size
from evals.sessions.blind import BlindAnswer, Unveiled
from evals.sessions.votes import Battle
from evals.sessions.voting import Ballot
from evals.texts import texts_in
from evals.ui.vote_bar import choice_words
from llmfirst import Language, markdown_html, shared_texts, visible

_SIDES: Final = ("A", "B")


def head_html(ballot: Ballot, count: int, said: int, language: Language) -> str:
    """Return the question, where the voter is, and what the voter said of this pair."""
    texts = texts_in(language)
    vote = ballot.vote
    own = "" if vote is None else f"<b>{escape(texts.vote.said.format(choice=choice_words(vote.choice, language)))}</b>"
    place = texts.deck.progress.format(number=ballot.number + 1, count=count, said=said)
    return (
        f'<p class="place" role="status"><span>{escape(place)}</span> {own}</p>'
        f'<div class="done"><span style="width:{100 * said / count:.1f}%"></span></div>'
        f'<h2 class="asked" dir="auto">{escape(visible(ballot.question))}</h2>'
    )


def sides_html(ballot: Ballot, language: Language) -> str:
    """Return the heads of the two answers: A and B, and once it may be told who wrote them."""
    told = ballot.unveiled or (None, None)
    won = {"left": 0, "right": 1}.get(ballot.vote.choice) if ballot.vote else None
    return (
        '<div class="sides" aria-live="polite">'
        + "".join(
            f'<div class="side{" won" if number == won else ""}"><h3><button type="button" data-pane="{number}">'
            f"{side}</button></h3>{_who(who, language)}</div>"
            for number, (side, who) in enumerate(zip(_SIDES, told, strict=True))
        )
        + "</div>"
    )


def panes_html(ballot: Ballot, language: Language) -> str:
    """Return the two answers, each in a part that scrolls by itself."""
    return (
        '<div class="panes">'
        + "".join(
            f'<article class="pane" tabindex="0" role="region" aria-label="{escape(_name(side, language))}">'
            f"{_answer(answer, language)}</article>"
            for side, answer in zip(_SIDES, (ballot.left, ballot.right), strict=True)
        )
        + "</div>"
    )


def result_html(battles: Sequence[Battle], language: Language) -> str:
    """Return what one voter's votes come to, once all are cast: how often each entrant was better."""
    texts = texts_in(language)
    won, others = Counter[str](), Counter[str]()
    for battle in battles:
        sides = dict(zip(("left", "right"), battle.pair.entrants, strict=True))
        if battle.vote.choice in sides:
            won[sides[battle.vote.choice]] += 1
        else:
            others[choice_words(battle.vote.choice, language)] += 1
    entrants = {entrant for battle in battles for entrant in battle.pair.entrants}
    rows = sorted(entrants, key=lambda entrant: (-won[entrant], entrant))
    lines = [(visible(entrant), won[entrant]) for entrant in rows] + sorted(others.items())
    items = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{count}</td></tr>" for name, count in lines)
    return (
        f'<section class="all-said"><h2>{escape(texts.deck.all_said)}</h2>'
        f"<table><caption>{escape(texts.deck.your_votes)}</caption>{items}</table></section>"
    )


def _answer(answer: BlindAnswer, language: Language) -> str:
    names = shared_texts(language).phases
    if not answer.sections:
        return f'<p class="quiet">{escape(texts_in(language).deck.no_text)}</p>'
    return "".join(
        f"<section><h4>{escape(names[phase])}</h4>"
        f'<div class="written" dir="auto">{markdown_html(text, first_heading=5)}</div></section>'
        for phase, text in answer.sections
    )


def _who(who: Unveiled | None, language: Language) -> str:
    if who is None:
        return ""
    texts, shared = texts_in(language), shared_texts(language)
    card = who.model
    facts = [] if card is None else [card.parameters, card.quantization]
    facts += [] if card is None or card.size_bytes is None else [size(card.size_bytes)]
    if who.first_text_seconds is not None:
        facts.append(f"{texts.names.targets['first_text']} {seconds(who.first_text_seconds, language)}")
    if who.total_seconds is not None:
        facts.append(f"{shared.total} {seconds(who.total_seconds, language)}")
    if who.tokens_per_second is not None:
        facts.append(f"{who.tokens_per_second:.1f} {texts.tab.rate}")
    facts.append(texts.vote.asked_first if who.is_first else texts.vote.asked_second)
    told = " · ".join(visible(fact) for fact in facts if fact)
    return f'<p class="who"><b>{escape(visible(who.entrant))}</b> <span>{escape(told)}</span></p>'


def _name(side: str, language: Language) -> str:
    return texts_in(language).vote.side.format(side=side)
