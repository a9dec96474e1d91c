"""The rules of the house that a machine can check, read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCES = sorted([*REPOSITORY.glob("llmfirst/**/*.py"), *REPOSITORY.glob("evals/**/*.py"), REPOSITORY / "app.py"])
EVERY_FILE = sorted([*SOURCES, *REPOSITORY.glob("tests/**/*.py"), *REPOSITORY.glob("bench/**/*.py")])
VALUES = {"llmfirst.events", "llmfirst.errors", "llmfirst.answer", "llmfirst.providers.base"}

# Who may import whom inside the project, values apart; the longest name that fits a module counts.
ALLOWED: dict[str, set[str]] = {
    "app": {"llmfirst.settings", "llmfirst.launch"},
    "llmfirst.launch": {"llmfirst"},
    "llmfirst.serving": {"llmfirst"},
    "llmfirst.terminal": {"llmfirst.models", "llmfirst.ui.texts"},
    "llmfirst.api": {"llmfirst.api", "llmfirst.runs", "llmfirst.models"},
    "llmfirst.api.server": {"llmfirst.api", "llmfirst.runs", "llmfirst.ui.page"},
    "llmfirst.ui": {
        "llmfirst.ui",
        "llmfirst.runs",
        "llmfirst.models",
        "llmfirst.targets",
        "llmfirst.engine.windows",
    },
    "llmfirst.runs": {"llmfirst.engine", "llmfirst.models", "llmfirst.store"},
    "llmfirst.models": {"llmfirst.engine.admission"},
    "llmfirst.engine": {"llmfirst.engine", "llmfirst.ledger"},
    "llmfirst.store": {"llmfirst.store"},
    "llmfirst.providers": {"llmfirst.providers", "llmfirst.loopback"},
    "llmfirst.providers.base": set(),
    "llmfirst.providers.__init__": {"llmfirst.providers", "llmfirst.settings"},
    "llmfirst.answer": {"llmfirst.ledger"},
    "llmfirst.events": {"llmfirst.ledger"},
    "llmfirst.ledger": set(),
    "llmfirst.errors": set(),
    "llmfirst.settings": {"llmfirst.loopback"},
    "llmfirst.loopback": set(),
    "llmfirst.targets": set(),
    "evals": {"evals", "llmfirst"},
}
# One door each, so that each can be replaced.
DOORS: dict[str, tuple[str, ...]] = {
    "gradio": ("llmfirst/api/server.py", "llmfirst/ui/", "evals/ui/"),
    "httpx": ("llmfirst/providers/",),
    "httpx_sse": ("llmfirst/providers/",),
    "ollama": ("llmfirst/providers/ollama",),
    "xllamacpp": ("llmfirst/providers/llama_child.py",),
    "huggingface_hub": ("llmfirst/providers/hub",),
    "sqlalchemy": ("llmfirst/store/", "llmfirst/runs.py"),
    "alembic": ("llmfirst/store/",),
    "fastapi": ("llmfirst/api/",),
    "uvicorn": ("llmfirst/launch.py", "llmfirst/serving.py"),
    "tqdm": ("llmfirst/terminal.py",),
    "markdown_it": ("llmfirst/engine/landing.py",),
}


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


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_imports_only_what_it_may(path: Path) -> None:
    ours = {module for module in imports_of(path) if is_below(module, "llmfirst") or is_below(module, "evals")}
    allowed = allowed_for(name_of(path)) | VALUES
    assert {module for module in ours if not any(is_below(module, rule) for rule in allowed)} == set()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_library_has_one_door(path: Path) -> None:
    place = path.relative_to(REPOSITORY).as_posix()
    roots = {module.partition(".")[0] for module in imports_of(path)}
    assert {root for root in roots & set(DOORS) if not place.startswith(DOORS[root])} == set()


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_no_module_passes_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("llmfirst/engine/*.py")), ids=name_of)
def test_the_engine_looks_at_no_words(path: Path) -> None:
    assert "re" not in set(imports_of(path))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if name_of(path) == "app" or is_below(name_of(path), "llmfirst.providers"):
        return  # app.py sets telemetry off; providers hand the environment on to their children
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert names & {"environ", "getenv"} == set()


def test_the_rules_name_only_what_there_is() -> None:
    modules = {name_of(path) for path in SOURCES}
    assert {rule for rule in ALLOWED if not any(is_below(module, rule) for module in modules)} == set()


def test_the_tree_in_the_readmes_names_what_there_is() -> None:
    for name in ("README.md", "README.ko.md"):
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        tree = text.split("```text\n")[1].split("```")[0]
        folder: list[str] = []
        named = 0
        for line in tree.splitlines():
            entry, depth = line.split()[0], (len(line) - len(line.lstrip())) // 2
            folder[depth:] = [entry.rstrip("/")]
            assert (REPOSITORY / "/".join(folder)).exists(), f"{name} names {'/'.join(folder)}"
            named += 1
        assert named > 20
