"""The rules of the house that a machine can check, read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from llmfirst.events import Phase
from tests.architecture.rules import ALLOWED, DOORS, VALUES

REPOSITORY = Path(__file__).parents[2]
ENTRIES = [REPOSITORY / "app.py", REPOSITORY / "llmfirst_cli.py"]
SOURCES = sorted([*REPOSITORY.glob("llmfirst/**/*.py"), *REPOSITORY.glob("evals/**/*.py"), *ENTRIES])

OURS = {"app", "evals", "llmfirst", "llmfirst_cli"}

# What a value is called that says of what form a text is: a parser's token, a message's role, a sign's category.
FORM_NAMES = {"type", "kind", "role", "tag", "name", "info", "env", "category"}
LOOKS_INSIDE = {"startswith", "endswith", "find", "rfind", "index", "rindex", "count", "removeprefix", "removesuffix"}
LOOKS_INSIDE |= {"partition", "rpartition", "split", "rsplit", "replace"}
READS_PATTERNS = {"re", "regex", "fnmatch", "difflib"}


def name_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    if parts[-1] == "__init__" and parts != ("llmfirst", "providers", "__init__"):
        parts = parts[:-1]
    return ".".join(parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    inner = f"{module}.{alias.name}"
                    is_module = (REPOSITORY / f"{inner.replace('.', '/')}.py").exists()
                    yield inner if is_module else module


def is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def allowed_for(module: str) -> set[str]:
    fitting = max((rule for rule in ALLOWED if is_below(module, rule)), key=len, default=None)
    return set() if fitting is None else ALLOWED[fitting]


def test_a_module_imports_only_what_it_may() -> None:
    broken = {}
    for path in SOURCES:
        ours = {module for module in imports_of(path) if module.partition(".")[0] in OURS}
        allowed = allowed_for(name_of(path)) | VALUES
        if extra := {module for module in ours if not any(is_below(module, rule) for rule in allowed)}:
            broken[name_of(path)] = extra
    assert broken == {}


def test_evaluations_use_only_the_public_names_of_llmfirst() -> None:
    evals = [path for path in SOURCES if is_below(name_of(path), "evals")]
    assert {name_of(path) for path in evals if any(one.startswith("llmfirst.") for one in imports_of(path))} == set()


def test_nothing_imports_the_research_or_the_benches() -> None:
    product = {name_of(path): set(imports_of(path)) for path in SOURCES}
    assert {
        name for name, ones in product.items() if any(one.startswith(("research", "bench")) for one in ones)
    } == set()
    benches = {name_of(path): set(imports_of(path)) for path in REPOSITORY.glob("bench/**/*.py")}
    assert {name for name, ones in benches.items() if any(one.startswith("research") for one in ones)} == set()


def test_a_library_has_one_door() -> None:
    broken = {}
    for path in SOURCES:
        place = path.relative_to(REPOSITORY).as_posix()
        roots = {module.partition(".")[0] for module in imports_of(path)}
        if extra := {root for root in roots & set(DOORS) if not place.startswith(DOORS[root])}:
            broken[place] = extra
    assert broken == {}


def words_in(*nodes: ast.AST | None) -> list[str]:
    """Return the literals with letters among these nodes; of a collection, those that it holds."""
    words: list[str] = []
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)) if any(sign.isalpha() for sign in text):
                words.append(text)
            case ast.Tuple(elts=inner) | ast.List(elts=inner) | ast.Set(elts=inner) | ast.JoinedStr(values=inner):
                words += words_in(*inner)
            case ast.Dict(keys=keys, values=values):
                words += words_in(*keys, *values)
            case ast.Call(func=ast.Name(id="frozenset" | "set" | "tuple" | "list"), args=inner):
                words += words_in(*inner)
    return words


def own_names(sources: list[Path]) -> Iterator[str]:
    """Yield the names that a `Literal` declares: states and kinds of ours, which code may compare."""
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Subscript(value=ast.Name(id="Literal"), slice=names):
                    yield from words_in(names)


# Any other word could be one of a question or an answer.
OWN_NAMES = set(own_names(SOURCES))


def is_form(node: ast.AST) -> bool:
    """Tell whether a value is called by a name of form, also where something is cut off it."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in LOOKS_INSIDE:
            return is_form(inner)
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name)):
            return name in FORM_NAMES
        case _:
            return False


def compared_words(operator: ast.cmpop, left: ast.expr, right: ast.expr) -> list[str]:
    """Return the words that a text is compared with; a phase of ours in a mapping is a look-up."""
    if is_form(left) or is_form(right):
        return []
    match operator:
        case ast.In() | ast.NotIn():
            return [*(set(words_in(left)) - set(get_args(Phase))), *(set(words_in(right)) - OWN_NAMES)]
        case ast.Eq() | ast.NotEq():
            return [*(set(words_in(left, right)) - OWN_NAMES)]
        case _:
            return []


def looked_at(node: ast.AST, *, may_list_words: bool) -> list[str]:
    """Return the words by which this piece of code looks at what a text says, or that it lists to do so."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names if alias.name.partition(".")[0] in READS_PATTERNS]
        case ast.ImportFrom(module=str(module)):
            return [module] if module.partition(".")[0] in READS_PATTERNS else []
        case ast.Compare(left=left, ops=operators, comparators=others):
            pairs = zip(operators, [left, *others], others, strict=False)
            return [word for operator, one, other in pairs for word in compared_words(operator, one, other)]
        case ast.Call(func=ast.Attribute(attr=method, value=text), args=args) if method in LOOKS_INSIDE:
            words = set(words_in(text, *args)) - (OWN_NAMES if method == "index" else set())
            return [] if is_form(text) else list(words)
        case ast.Match(subject=subject, cases=cases) if not is_form(subject):
            patterns = [part for case in cases for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue)]
            return list(set(words_in(*[part.value for part in patterns])) - OWN_NAMES)
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() if not may_list_words:
            listed = [word for word in words_in(node) if " " in word.strip() or not word.isascii()]
            return listed if len(listed) >= 3 else []
        case _:
            return []


def looks_at_words(source: str, *, may_list_words: bool = False) -> list[str]:
    found = ((node, looked_at(node, may_list_words=may_list_words)) for node in ast.walk(ast.parse(source)))
    return [f"line {getattr(node, 'lineno', 0)}: {words}" for node, words in found if words]


def test_the_engine_looks_at_no_words() -> None:
    found = {}
    for path in [*REPOSITORY.glob("llmfirst/engine/**/*.py"), REPOSITORY / "llmfirst/one_token.py"]:
        if words := looks_at_words(path.read_text(encoding="utf-8"), may_list_words=path.name == "prompts.py"):
            found[path.name] = words
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import re",
        "from re import search",
        "import regex as r",
        "if 'why' in question: pass",
        "if '왜' not in asked.question: pass",
        "short = 'yes' in text.lower()",
        "if question in 'why how': pass",
        "if word in ('why', 'how'): pass",
        "if word in frozenset({'why'}): pass",
        "if answer.text in ['stop', 'halt']: pass",
        "if question == 'hello': pass",
        "question.startswith('Why')",
        "question.endswith(('까요?', '나요?'))",
        "answer.text.find('sorry')",
        "text.count('however')",
        "text.removeprefix('Answer: ')",
        "text.replace('As an AI', '')",
        "text.split('결론')",
        "WORDS = 'why how what'.split()",
        "match question:\n    case 'why': pass",
        "WORDS = ['how to', 'what is', 'why does']",
        "WORDS = ('왜', '어떻게', '무엇')",
        "WORDS = {'왜', '어떻게', '무엇'}",
        "WORDS = {'왜': 1, '어떻게': 2, '무엇': 3}",
        "WORDS = {1: 'an answer', 2: 'one more', 3: 'a third'}",
        "WORDS = [('how to', 1), ('what is', 2), ('why does', 3)]",
    ],
)
def test_code_that_looks_at_words_is_found(source: str) -> None:
    assert looks_at_words(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "text.endswith('\\n\\n')",
        "text.startswith(('```', '~~~'))",
        "if '|' in line: pass",
        "text.count('$$')",
        "if ending in ('timed', 'cut'): pass",
        "if phase == 'strategy': pass",
        "if 'core' in written: pass",
        "if token.type in ('fence', 'code_block'): pass",
        "kind = token.type.removesuffix('_open')",
        "if 'formula' in state.env: pass",
        "match category(sign):\n    case 'Ps': pass",
        "if message.role == 'assistant': pass",
        "SECTIONS.index('core')",
        "match ending:\n    case 'timed' | 'cut': pass",
        "Kind = Literal['one', 'two', 'three']",
        "return_value = ('no_text', 'The model ended without writing.')",
    ],
)
def test_code_that_looks_at_form_and_at_names_of_ours_is_allowed(source: str) -> None:
    assert looks_at_words(source) == []


def test_only_the_settings_read_the_environment() -> None:
    readers = set()
    for path in SOURCES:
        if name_of(path) in ("llmfirst_cli", "llmfirst.environment") or is_below(name_of(path), "llmfirst.providers"):
            continue  # `serve` switches telemetry off; providers hand the environment on to their children
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if names & {"environ", "getenv"}:
            readers.add(name_of(path))
    assert readers == set()


def test_the_rules_name_only_what_there_is() -> None:
    modules = {name_of(path) for path in SOURCES}
    assert {rule for rule in ALLOWED if not any(is_below(module, rule) for module in modules)} == set()


@pytest.mark.parametrize(("page", "least"), [("README.md", 8), ("README.ko.md", 8), ("docs/architecture.md", 60)])
def test_the_tree_names_what_there_is(page: str, least: int) -> None:
    tree = (REPOSITORY / page).read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    folder: list[str] = []
    for line in tree.splitlines():
        entry, depth = line.split()[0], (len(line) - len(line.lstrip())) // 2
        folder[depth:] = [entry.rstrip("/")]
        assert (REPOSITORY / "/".join(folder)).exists(), f"{page} names {'/'.join(folder)}"
    assert len(tree.splitlines()) > least


def test_page_and_api_say_who_asks_for_a_run() -> None:
    for path in [*REPOSITORY.glob("llmfirst/api/**/*.py"), *REPOSITORY.glob("llmfirst/ui/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        attr="start" | "follow" | "stop" | "so_far",
                        value=ast.Name(id="runs") | ast.Attribute(attr="_runs" | "runs"),
                    )
                ):
                    assert "owner" in {keyword.arg for keyword in node.keywords}, f"{path.name}, line {node.lineno}"
