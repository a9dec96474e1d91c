"""Search of what was asked and answered: an index of all trigrams of the texts, and a look into the text itself."""

import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

import sqlalchemy as sa

from llmfirst.answer import Answer
from llmfirst.events import PHASES
from llmfirst.store.tables import run_texts, runs

_TRIGRAM: Final = 3
_TRIGRAMS_LIMIT: Final = 64
"""How many trigrams of a word are looked up; the text itself decides about the rest."""

_WORDS_LIMIT: Final = 50
"""How many words are searched for; SQLite bears some hundreds."""

_END: Final = "\n" * (_TRIGRAM - 1)
"""Lets a trigram begin with every character of a text, also with its last ones."""

SearchIndex = Literal["fts5", "texts"]
"""What is searched first: SQLite's index of trigrams, or PostgreSQL's texts, which may have an index that it uses."""

_indexed: Final = sa.table("run_search", sa.column("rowid"), sa.column("run_search"))
_terms: Final = sa.table("run_terms", sa.column("term"))


def searchable(question: str, answer: Answer | None) -> str:
    """Return the text in which a run is searched for."""
    written = () if answer is None else (answer.text(phase) for phase in PHASES)
    return _folded("\n".join([question, *written])) + _END


def matching(words: str, index: SearchIndex | None) -> list[sa.ColumnElement[bool]]:
    """Return what a run must meet in which each of these words occurs, in any case and inside of longer words too."""
    found: list[sa.ColumnElement[bool]] = []
    for word in [*dict.fromkeys(_folded(words).split())][:_WORDS_LIMIT]:
        if index == "texts":
            in_text = run_texts.c.text.contains(word, autoescape=True)
            found.append(runs.c.number.in_(sa.select(run_texts.c.number).where(in_text)))
            continue
        if index == "fts5" and len(word) >= _TRIGRAM - 1:
            wanted = sa.select(_indexed.c.rowid).where(_indexed.c.run_search.op("MATCH")(_expression(word)))
            found.append(runs.c.number.in_(wanted))
        text = sa.select(run_texts.c.text).where(run_texts.c.number == runs.c.number).scalar_subquery()
        found.append(sa.func.instr(text, word) > 0)
    return found


def _expression(word: str) -> sa.ColumnElement[str] | str:
    """Return what the index is asked for: all trigrams of a word, or any that begins with a shorter one."""
    if len(word) < _TRIGRAM:
        quoted = sa.literal('"') + sa.func.replace(_terms.c.term, '"', '""') + '"'
        begins = _terms.c.term.between(word, word + "\U0010ffff")
        return sa.select(sa.func.coalesce(sa.func.group_concat(quoted, " OR "), '""')).where(begins).scalar_subquery()
    trigrams = dict.fromkeys(word[at : at + _TRIGRAM] for at in range(len(word) - _TRIGRAM + 1))
    return " AND ".join(_quoted([*trigrams][:_TRIGRAMS_LIMIT]))


def _quoted(terms: Iterable[str]) -> list[str]:
    return ['"' + term.replace('"', '""') + '"' for term in terms]


def _folded(text: str) -> str:
    """Return a text without the differences that a search overlooks: case, width, and how Hangul is composed."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\0", " ")
