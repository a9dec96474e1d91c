"""How a model's Markdown is read and drawn: CommonMark with tables, `~~` and formulas, without what hides text.

HTML, entities, images and definitions of links are shown as they are written. Everything drawn is escaped here.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, list_block, table
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from llmfirst.markdown.emphasis import CjkFriendlyInline
from llmfirst.markdown.formulas import DISPLAYED, FORMULA_SIGNS, formula_end, formula_html

LONGEST_PARAGRAPH: Final = 4_000
"""In characters. A longer paragraph is shown as it is written, so that drawing it stays quick."""
_LONGEST_LINK: Final = 1_000  # characters of a label or an address: bounds the search for their ends
_DEEPEST: Final = 16  # quotes in each other; a list counts twice. Beyond its `maxNesting` the library drops text
_MOST_CELLS: Final = 2_000  # of a table: rows without cells are filled up, so that a few signs can make very many
_SCHEMES: Final = ("http://", "https://", "mailto:")


@lru_cache(maxsize=1024)
def _inline_html(content: str) -> str:
    """Return the HTML of one paragraph, heading or cell. It depends on nothing else, so it can be kept."""
    if len(content) > LONGEST_PARAGRAPH:
        return f'<span class="plain">{escape(content, quote=False)}</span>'
    env: EnvType = {}
    tokens: list[Token] = []
    PARSER.inline.parse(content, PARSER, env, tokens)
    return str(PARSER.renderer.render(tokens, PARSER.options, env))


class _Html(RendererHTML):
    """Draws the tokens that differ from markdown-it. Each method has the name of the token that it draws."""

    def text_special(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return escape(tokens[at].content, quote=False)

    def inline_text(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return _inline_html(tokens[at].content)

    def heading_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{_heading(tokens[at], env)}>"

    def heading_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_heading(tokens[at], env)}>\n"

    def fence(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        said = tokens[at].info.strip()
        name = f'<div class="language">{escape(said)}</div>' if said else ""
        return f'{name}<pre tabindex="0"><code>{escape(tokens[at].content, quote=False)}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return self.fence(tokens, at, options, env)

    def list_item_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Give an item the number that was written, also where that is not the next one."""
        number = tokens[at].info
        if not number:
            return "<li>"
        if number != str(int(number)):
            return f'<li class="unnumbered">{number}{tokens[at].markup} '
        return f'<li value="{number}">'

    def ordered_list_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        start = tokens[at].attrGet("start")
        kind = ' class="long"' if tokens[at].meta["digits"] > _DIGITS else ""
        return f"<ol{kind}>" if start is None else f'<ol{kind} start="{start}">'

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def formula(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        return formula_html(tokens[at].content, tokens[at].markup)

    def link_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        href = escape(str(tokens[at].attrGet("href")))
        return f'<a href="{href}" target="_blank" rel="noopener noreferrer nofollow">'

    def link_close(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Show the address after a link that is called otherwise: it was written too, and tells where it leads."""
        return f'</a> <span class="address">({escape(tokens[at].content)})</span>' if tokens[at].content else "</a>"


def _heading(token: Token, env: EnvType) -> str:
    return f"h{min(6, int(token.tag[1]) + env['first_heading'] - 1)}"


def _quote(state: StateBlock, first_line: int, end_line: int, silent: bool) -> bool:
    return state.level < _DEEPEST and blockquote(state, first_line, end_line, silent)


def _list(state: StateBlock, first_line: int, end_line: int, silent: bool) -> bool:
    return state.level < _DEEPEST and list_block(state, first_line, end_line, silent)


def _table(state: StateBlock, first_line: int, end_line: int, silent: bool) -> bool:
    """Read a table; what stands in cells beyond its head, which the rule drops, stays in cells of its own."""
    begun = len(state.tokens)
    columns = 1 + state.src.count("|", state.bMarks[first_line], state.eMarks[first_line])
    end_line = min(end_line, first_line + 2 + _MOST_CELLS // columns)
    if not table(state, first_line, end_line, silent):
        return False
    rows: list[Token] = []
    columns = sum(token.type == "th_open" for token in state.tokens[begun:])
    for token in state.tokens[begun:]:
        if token.type == "tr_close":
            line = next(open_.map[0] for open_ in reversed(rows) if open_.type == "tr_open" and open_.map)
            for content in _cells(getLine(state, line))[columns:]:
                rows += _cell(content, token.level)
        rows.append(token)
    state.tokens[begun:] = rows
    return True


def _cells(line: str) -> list[str]:
    cells = escapedSplit(line.strip())
    return cells[not cells[0] : len(cells) - (len(cells) > 1 and not cells[-1])]


def _cell(content: str, level: int) -> list[Token]:
    inline = Token("inline", "", 0, content=content.strip(), children=[], level=level + 1)
    return [Token("td_open", "td", 1, level=level), inline, Token("td_close", "td", -1, level=level)]


def _formula_lines(state: StateBlock, first_line: int, end_line: int, silent: bool) -> bool:
    """Keep the lines of a displayed formula together, so that none of them begins a list or a heading."""
    start = state.bMarks[first_line] + state.tShift[first_line]
    opening = next((sign for sign in DISPLAYED if state.src.startswith(sign, start)), None)
    if opening is None or state.is_code_block(first_line):
        return False
    line, start = first_line, start + len(opening)
    while line < end_line and not state.isEmpty(line) and (line == first_line or state.sCount[line] >= state.blkIndent):
        is_closed = state.src.find(FORMULA_SIGNS[opening], start, state.eMarks[line]) >= 0
        line += 1
        if is_closed:
            break
        start = state.bMarks[line] if line < end_line else start
    if is_closed and line == first_line + 1:
        return False  # it is part of a sentence
    if silent:
        return True
    state.push("paragraph_open", "p", 1).map = [first_line, line]
    state.push("inline", "", 0).content = state.getLines(first_line, line, state.blkIndent, False).strip()
    state.push("paragraph_close", "p", -1)
    state.line = line
    return True


def _prepare(state: StateCore) -> None:
    """Leave text to be read when it is drawn, and note at each list how many digits its longest number has."""
    lists: list[Token] = []
    for token in state.tokens:
        match token.type:
            case "inline":
                token.children = [Token("inline_text", "", 0, content=token.content)]
            case "bullet_list_open" | "ordered_list_open":
                lists.append(token)
                token.meta["digits"] = 0
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                lists[-1].meta["digits"] = max(lists[-1].meta["digits"], len(token.info))


def _formula(state: StateInline, silent: bool) -> bool:
    sign = next((sign for sign in FORMULA_SIGNS if state.src.startswith(sign, state.pos)), None)
    end = -1 if sign is None else formula_end(state.src, state.pos, state.posMax, sign)
    if sign is None or end < 0:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.markup, token.content = sign, state.src[state.pos + len(sign) : end]
    state.pos = end + len(FORMULA_SIGNS[sign])
    return True


def _link(state: StateInline, silent: bool) -> bool:
    """Read `[label](address)`; an image, a title, an address of another kind stay as they are written."""
    src, start, limit = state.src, state.pos + 1, state.posMax
    if src.startswith("![", state.pos):
        if not silent:
            state.append_pending("![")
        state.pos += 2
        return True
    if src[state.pos] != "[" or state.linkLevel:
        return False
    label_end = src.find("](", start, min(limit, start + _LONGEST_LINK))
    if label_end <= start or "[" in src[start:label_end] or "]" in src[start:label_end]:
        return False
    address = _address(src, label_end + 2, min(limit, label_end + 2 + _LONGEST_LINK))
    if address is None or not state.md.validateLink(address):
        return False
    if not silent:
        state.pos, state.posMax = start, label_end
        state.push("link_open", "a", 1).attrs = {"href": address}
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1).content = "" if src[start:label_end] == address else address
    state.pos, state.posMax = label_end + len(address) + 3, limit
    return True


def _address(text: str, start: int, limit: int) -> str | None:
    """Return the address that ends at the bracket which closes the one before it; None where there is none."""
    depth = 0
    for at in range(start, limit):
        if text[at].isspace() or text[at] in "<>[":
            return None
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth < 0:
            return text[start:at]
    return None


class Markdown(MarkdownIt):
    """Leaves addresses as they are written, and takes for a link only what opens a page or writes a mail."""

    def validateLink(self, url: str) -> bool:
        return url.lower().startswith(_SCHEMES)

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _parser() -> Markdown:
    parser = Markdown("zero", renderer_cls=_Html)
    parser.inline = CjkFriendlyInline()
    parser.configure("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "reference", "html_inline", "entity", "image"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.core.ruler.push("prepare", _prepare)
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.before("fence", "formula", _formula_lines, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.at("link", _link)
    for ruler in (parser.core.ruler, parser.block.ruler, parser.inline.ruler, parser.inline.ruler2):
        ruler.getRules("")  # threads share the parser: its chains of rules are complete from the start
    return parser


_DIGITS: Final = 3  # what the room beside a list holds
PARSER: Final = _parser()
