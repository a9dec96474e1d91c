"""Texts that a model could write to make reading them slow: 200 of them, each named by what it does."""

import random
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from itertools import count
from typing import Final

LENGTH: Final = 100_000

# Repeated to the length of a text. A letter at the end keeps a line of markers from being a rule.
_REPEATED: Final[Mapping[str, str]] = {
    **{f"only {name}": sign for name, sign in [
        ("letters", "x"), ("full stops", "."), ("question marks", "?"), ("stars", "*"), ("underscores", "_"),
        ("backticks", "`"), ("tildes", "~"), ("dollars", "$"), ("brackets", "["), ("closing brackets", "]"),
        ("parentheses", "("), ("closing parentheses", ")"), ("braces", "{"), ("quotes", ">"), ("less-than", "<"),
        ("ampersands", "&"), ("backslashes", "\\"), ("pipes", "|"), ("hashes", "#"), ("dashes", "-"),
        ("equals signs", "="), ("colons", ":"), ("exclamation marks", "!"),
        ("quotation marks", '"'), ("apostrophes", "'"), ("digits", "1"), ("spaces", " "), ("tabs", "\t"),
        ("new lines", "\n"), ("carriage returns", "\r"), ("form feeds", "\f"), ("zeros", "\0"),
        ("syllables", "가"), ("jamo", "\u1100\u1161"), ("ideographs", "天"), ("kana", "あ"),
        ("ideographic stops", "。"),
        ("opening guillemets", "«"), ("emoji", "😀"), ("families", "👨\u200d👩\u200d👧"), ("flags", "🇰🇷"),
        ("combining marks", "\u0301"), ("mixed combining marks", "\u0301\u0323"), ("zero-width spaces", "\u200b"),
        ("joiners", "\u200d"), ("byte order marks", "\ufeff"), ("right-to-left signs", "\u202e"), ("hebrew", "א"),
        ("soft hyphens", "\u00ad"), ("long ligatures", "\ufdfa"), ("line separators", "\u2028"),
        ("surrogate pairs", "𝒳"), ("devanagari", "कि"),
    ]},
    **{f"{name} on one line": text for name, text in [
        ("quotes", "> "), ("dashes", "- "), ("numbers", "1. "), ("numbers in parentheses", "1) "), ("hashes", "# "),
        ("stars", "* "), ("plus signs", "+ "), ("quotes and lists", "> - 1. "), ("full stops", ". "),
        ("exclamations", "!? "), ("words of one letter", "a. "), ("one-letter words", "a "), ("abbreviations", "e.g. "),
        ("dollars", "$a "), ("closed dollars", "$a$ "), ("double dollars", "$$a "), ("inline formulas", "\\( "),
        ("displayed formulas", "\\[ "), ("closed formulas", "\\(a\\) "), ("backticks", "` "), ("code", "`a` "),
        ("more backticks", "`` ` "), ("bold", "**a"), ("bold inside words", "a**a"), ("italics", "_a"),
        ("italics inside words", "a_a"), ("bold italics", "***a** "), ("strikes", "~~a "), ("links", "[a]("),
        ("closed links", "[a](b) "), ("images", "![a]("), ("references", "[a]"), ("references to references", "[a][b]"),
        ("tags", "<a "), ("closed tags", "<a>"), ("comments", "<!-- "), ("instructions", "<?"), ("data", "<![CDATA["),
        ("addresses", "<http://a"), ("entities", "&amp;"), ("numbers of entities", "&#"), ("escapes", "\\*"),
        ("quotations", '"a. '), ("unclosed quotations", "“a. "), ("unclosed parentheses", "(a. "),
        ("cells", "|a"), ("escaped cells", "|\\|"), ("sentences", "The sky is blue. "),
        ("korean", "하늘은 파랗습니다. "),
        ("sentences without spaces", "하늘은파랗습니다."), ("stops and brackets", ".) "),
        ("stops and spaces", ".     "),
        ("marks on letters", "e\u0301"), ("dots and dashes", ".-"), ("hebrew and latin", "א a "),
    ]},
    **{f"lines of {name}": text for name, text in [
        ("one letter", "a\n"), ("one letter, apart", "a\n\n"), ("stars", "* a\n"), ("dashes", "- a\n"),
        ("stars, apart", "* a\n\n"), ("empty items", "-\n"), ("numbers", "1. a\n"), ("other numbers", "1) a\n"),
        ("nested quotes", "> " * 12 + "a\n"), ("deeply nested quotes", ">" * 40 + "a\n"),
        ("nested lists", "- " * 8 + "a\n"), ("deeply nested lists", "- " * 30 + "a\n"),
        ("nested numbers", "1. " * 8 + "a\n"), ("quotes in lists", "- > 1. " * 4 + "a\n"),
        ("quotes and lists by turns", "> a\n- b\n"), ("quotes and lists apart", "> a\n\n- b\n\n"),
        ("quotes", "> a\n"), ("quotes in quotes", "> > - 1. a\n"), ("headings", "# a\n"), ("empty headings", "#\n"),
        ("underlined headings", "a\n=\n"), ("dashed headings", "a\n-\n"), ("rules", "---\n"), ("star rules", "***\n"),
        ("fences", "```\n"), ("fences with text", "```\na\n"), ("growing fences", "`````\n````\n"),
        ("tilde fences", "~~~\na\n"), ("displayed formulas", "$$\na\n"), ("bracket formulas", "\\[\na\n"),
        ("indented code", "    a\n"), ("indented code, apart", "    a\n\n"), ("tags", "<div>\n"),
        ("tags, apart", "<div>\n\n"), ("comments", "<!--\n"), ("scripts", "<script>\n"), ("cells", "|a|b\n"),
        ("tables", "|a|b|\n|-|-|\n"), ("tables, apart", "|a|b|\n|-|-|\n|1|2|\n\n"), ("wide rows", "|a" * 60 + "\n"),
        ("definitions", "[a]: b\n"), ("full stops", ".\n"), ("sentences", "The sky is blue.\n"),
        ("sentences, apart", "The sky is blue.\n\n"), ("carriage returns", "a.\r\n"), ("old new lines", "a.\r"),
        ("blanks", "    \n"), ("tabs", "\t- a\n"), ("markers only", "1.\n-\n>\n"), ("breaks", "a  \n"),
        ("emoji", "- 😀\n"), ("korean items", "- 물: 200g\n"), ("items and paragraphs", "- a\n\nb\n\n"),
        ("lazy quotes", "> a\nb\n"), ("code in items", "- ```\n  a\n"), ("formulas in items", "1. $$\n   a\n"),
    ]},
}  # fmt: skip


def hostile_texts(length: int = LENGTH) -> dict[str, str]:
    """Return 200 texts of `length` characters by their names; the same ones each time."""
    texts = {name: text * (length // len(text) + 1) for name, text in _REPEATED.items()}
    texts |= {name: _joined(parts(), length) for name, parts in _GROWING.items()}
    return {name: text[:length] for name, text in texts.items()}


def _joined(parts: Iterator[str], length: int) -> str:
    text = StringIO()
    while text.tell() < length:
        text.write(next(parts))
    return text.getvalue()


def _random(alphabet: str, seed: int) -> Callable[[], Iterator[str]]:
    def signs() -> Iterator[str]:
        chance = random.Random(seed)
        while True:
            yield chance.choice(alphabet)

    return signs


def _each(line: Callable[[int], str]) -> Callable[[], Iterator[str]]:
    return lambda: map(line, count())


_LETTERS: Final = "every block begins with the same letters, " * 3
_ALIKE: Final = "".join(f"{word} " for word in ("alpha", "beta", "gamma", "delta") * 6)

_GROWING: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "blocks that begin with 23 equal letters": _each(lambda n: f"{_LETTERS[:23]}{n}\n\n"),
    "blocks that begin with 120 equal letters": _each(lambda n: f"{_LETTERS[:120]}{n}\n\n"),
    "items that begin with 120 equal letters": _each(lambda n: f"- {_LETTERS[:120]}{n}\n"),
    "lines that begin with 120 equal letters": _each(lambda n: f"{_LETTERS[:120]}{n}\n"),
    "items of equal digits": _each(lambda n: f"- {'1' * 60} {n}\n"),
    "items with growing numbers": _each(lambda n: f"{n}. a\n"),
    "items that are nested deeper and deeper": _each(lambda n: f"{'  ' * n}- a\n"),
    "quotes that are nested deeper and deeper": _each(lambda n: f"{'>' * n} a\n"),
    "indentation that grows": _each(lambda n: f"{' ' * n}a\n"),
    "fences that grow": _each(lambda n: f"{'`' * (n + 3)}\n"),
    "backticks that grow": _each(lambda n: f"{'`' * (n + 1)} "),
    "stars that grow": _each(lambda n: f"{'*' * (n + 1)}a"),
    "headings that grow": _each(lambda n: f"# {'a' * n}\n"),
    "tables with more and more columns": _each(lambda n: f"{'|a' * n}|\n{'|-' * n}|\n\n"),
    "one table with a thousand columns": _each(lambda n: ("|a" if n != 1 else "|-") * 1000 + "|\n"),
    "one table with very many rows": _each(lambda n: "|a|b|\n" if n != 1 else "|-|-|\n"),
    "rules broken by letters": _each(lambda n: f"{'=' * (280 - n % 9)}{n}"),
    "stretches that nearly repeat": _each(lambda n: f"{_ALIKE}{n}"),
    "a fence that is never closed": _each(lambda n: f"print({n})\n" if n else "```python\n"),
    "a formula that is never closed": _each(lambda n: f"x_{n} = {n}.\n" if n else "$$\n"),
    "a quotation that is never closed": _each(lambda n: f"Word {n}. " if n else "“"),
    "bold that is never closed": _each(lambda n: f"Word {n}. " if n else "**"),
    "a bracket that is never closed": _each(lambda n: f"Word {n}. " if n else "(("),
    "one item that never ends": _each(lambda n: f"Word {n}. " if n else "- "),
    "one paragraph that never ends": _each(lambda n: f"Word {n} goes on, "),
    "sentences that differ": _each(lambda n: f"Sentence {n} is here. "),
    "paragraphs that differ": _each(lambda n: f"Paragraph {n} of very many is here.\n\n"),
    "random letters": _random("abcdefgh ", 1),
    "random signs": _random("*_`[]()<>!$\\|#-+.:\"'~&= \n", 2),
    "random markers": _random(">-*+#1.) \n", 3),
    "random emphasis": _random("*_a ", 4),
    "random brackets": _random("[]()a", 5),
    "random sentences": _random("aB.?! \n", 6),
    "random characters of the first plane": _random(
        "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0xFFFE)])), 7
    ),
    "random characters of all planes": _random("".join(map(chr, range(0x10000, 0x30000, 7))), 8),
    "random blanks": _random(" \t\n\r\f\u00a0\u2028\u200b", 9),
}
