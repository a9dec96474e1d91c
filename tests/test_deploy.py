"""The recipes of `deploy/`: what can be seen without a container engine."""

import re
import shlex
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from llmfirst.settings import Settings, option_of

ROOT: Final = Path(__file__).parents[1]
DEPLOY: Final = ROOT / "deploy"
COMPOSED: Final = ("compose.yaml", "compose.vllm.yaml")


def composed() -> dict[str, Any]:
    """Return what both files say, as `docker compose` merges them."""
    whole: dict[str, Any] = {}
    for name in COMPOSED:
        for part, entries in yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8")).items():
            for key, value in entries.items():
                known = whole.setdefault(part, {}).setdefault(key, {}) or {}
                whole[part][key] = {**known, **value} if value else known
    return whole


def steps(name: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, each with its arguments."""
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.router"])
def test_an_image_has_a_fixed_base_and_does_not_run_as_root(name: str) -> None:
    found = steps(name)
    (base,) = [rest for word, rest in found if word == "FROM"]
    assert re.fullmatch(r"[a-z/.]+:\S*\d\S*", base)
    words = [word for word, _ in found]
    assert "USER" in words[: words.index("ENTRYPOINT")]
    assert dict(found)["USER"] != "root"


def test_the_image_has_every_file_that_it_copies_and_installs_by_the_lock() -> None:
    found = steps("Dockerfile")
    copied = [source for word, rest in found if word == "COPY" for source in rest.split()[:-1]]
    assert all((ROOT / source).exists() for source in copied)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    assert let_in == set(copied)
    (installed,) = [rest for word, rest in found if word == "RUN" and "pip install" in rest]
    assert "-c requirements.lock" in installed
    assert any(word == "HEALTHCHECK" and "/healthz" in rest for word, rest in found)


def test_the_image_sets_only_settings_that_there_are() -> None:
    for word, rest in steps("Dockerfile"):
        if word == "ENV":
            names = [pair.partition("=")[0] for pair in shlex.split(rest)]
            settings = {name.removeprefix("LLMFIRST_").lower() for name in names if name.startswith("LLMFIRST_")}
            assert settings <= set(Settings.model_fields)


def test_every_service_is_pinned_watched_and_restarted() -> None:
    for name, service in composed()["services"].items():
        assert "build" in service or re.search(r":v?\d", service["image"]), name
        assert "healthcheck" in service or service["image"] == "llmfirst", name
        assert service["restart"] == "unless-stopped", name
        assert not service.get("privileged"), name


def test_what_services_use_is_declared_and_only_loopback_is_open() -> None:
    whole = composed()
    for name, service in whole["services"].items():
        assert set(service.get("secrets", ())) <= set(whole["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(whole["services"]), name
        named = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert named <= set(whole["volumes"]), name
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ())), name


@pytest.mark.parametrize("name", COMPOSED)
def test_the_page_is_given_options_and_secrets_that_it_knows(name: str) -> None:
    page = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["services"]["page"]
    options = {word for word in page["command"] if word.startswith("--")}
    assert options <= {option_of(field) for field in Settings.model_fields}
    assert {secret.removeprefix("llmfirst_") for secret in page.get("secrets", ())} <= set(Settings.model_fields)
