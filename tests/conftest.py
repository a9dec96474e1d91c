"""Which tests can run here, what to do about the others, and how many examples Hypothesis tries."""

import asyncio
import os
from collections.abc import Generator
from contextlib import aclosing
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from hypothesis import settings
from platformdirs import user_cache_path

from llmfirst.providers.catalog import load_catalog
from llmfirst.providers.embedded import EmbeddedProvider
from llmfirst.providers.ollama_wire import ollama_url
from tests.thinking_models import ThinkingKind, write_thinking_weights

OLLAMA_MODEL = "smollm2:135m"
_LONG_MODULE_LINES = 300
_REMEDIES = {
    "ollama": f"start Ollama and `ollama pull {OLLAMA_MODEL}`; OLLAMA_HOST says where it is",
    "embedded": "let it download its model once: pytest -m embedded",
    "browser": "install Chromium: apt-get install chromium, or playwright install chromium",
    "nginx": "install nginx: apt-get install nginx-light",
    "vllm": "set LLMFIRST_TEST_VLLM_URL to the base URL of a server, such as http://127.0.0.1:8200/v1",
}
SMALL_MODEL = "smollm2-135m"

# A fifth of the examples by default; LLMFIRST_TEST_PROFILE=thorough, as in CI's slow step, tries them all.
_THOROUGH_EXAMPLES = 100
settings.register_profile("thorough", settings(), max_examples=_THOROUGH_EXAMPLES)
settings.register_profile("quick", settings(), max_examples=_THOROUGH_EXAMPLES // 5)
settings.load_profile(os.environ.get("LLMFIRST_TEST_PROFILE", "quick"))


def tries(thorough: int) -> int:
    """Return how many examples to try by the profile in force where the thorough one tries so many."""
    return thorough * settings().max_examples // _THOROUGH_EXAMPLES


@pytest.fixture(scope="session")
def small_model_home() -> Path:
    """A data directory with the small model of the catalogue in it, kept from run to run: 98 MB the first time."""
    home = user_cache_path("llmfirst-tests", appauthor=False)

    async def pull() -> None:
        provider = EmbeddedProvider(home)
        async with aclosing(provider.pull(SMALL_MODEL)) as steps:
            async for _ in steps:
                pass
        await provider.aclose()

    asyncio.run(pull())
    return home


@pytest.fixture(scope="session")
def thinking_weights(small_model_home: Path) -> dict[ThinkingKind, Path]:
    """The small model with templates that open a thought; the embedded provider takes such a path as a model's name."""
    (weights,) = [entry for entry in load_catalog() if entry.name == SMALL_MODEL]
    folder = small_model_home / "models"
    return {
        kind: write_thinking_weights(folder / weights.file, small_model_home / "thinking", kind)
        for kind in get_args(ThinkingKind)
    }


@pytest.fixture
def embedded_provider(small_model_home: Path) -> EmbeddedProvider:
    """The embedded provider, not started yet; its test closes it.

    One thread: two that share their cores with anything else wait for each other most of the time.
    """
    return EmbeddedProvider(small_model_home, context_tokens=2048, threads=1, silence_limit_seconds=60)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = {mark for mark in ("ollama", "vllm") if any(item.get_closest_marker(mark) for item in items)}
    absent = {}
    if "ollama" in marked and (reason := _why_no_ollama()):
        absent["ollama"] = reason
    if "vllm" in marked and "LLMFIRST_TEST_VLLM_URL" not in os.environ:
        absent["vllm"] = "LLMFIRST_TEST_VLLM_URL names no server"
    for item in items:
        for mark, reason in absent.items():
            if item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


def _why_no_ollama() -> str | None:
    url = ollama_url(os.environ.get("OLLAMA_HOST", ""))
    try:
        tags = httpx.get(f"{url}/api/tags", timeout=3.0, trust_env=False).raise_for_status()
    except httpx.HTTPError:
        return f"no Ollama answers at {url}"
    return None if OLLAMA_MODEL in tags.text else f"the Ollama at {url} does not have {OLLAMA_MODEL}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skip a failure where LLMFIRST_TEST_REQUIRE names one of the test's marks."""
    report = yield
    required = [mark for mark in os.environ.get("LLMFIRST_TEST_REQUIRE", "").split(",") if mark]
    for mark in required:
        if report.skipped and item.get_closest_marker(mark):
            report.outcome = "failed"
            report.longrepr = f"LLMFIRST_TEST_REQUIRE forbids to skip a test marked {mark}: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for mark, remedy in _REMEDIES.items():
        count = sum(mark in report.keywords for report in skipped)
        if count:
            terminalreporter.write_line(f"not run: {count} tests marked {mark}; to run them, {remedy}")
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    if any(report.nodeid.startswith("tests/architecture/") for report in reports):
        for lines, path in _long_modules():
            terminalreporter.write_line(f"a long module: {path} has {lines} lines; look whether it holds two ideas")


def _long_modules() -> list[tuple[int, Path]]:
    """Return the modules over 300 lines, the longest first; nothing fails because of them."""
    root = Path(__file__).parents[1]
    modules = [path for package in ("llmfirst", "evals") for path in (root / package).rglob("*.py")]
    counts = [(len(path.read_text(encoding="utf-8").splitlines()), path.relative_to(root)) for path in modules]
    return sorted((count for count in counts if count[0] > _LONG_MODULE_LINES), reverse=True)
