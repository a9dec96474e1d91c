"""Variables that are meant for every program: what our libraries cannot use is removed and told."""

import os
from pathlib import Path

import httpx
import pytest

from llmfirst.environment import remove_unusable_variables


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies and certificates, which is put back afterwards."""
    for name in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        for spelt in (name, name.lower()):
            monkeypatch.setenv(spelt, "")
            monkeypatch.delenv(spelt)


def test_an_environment_without_them_is_left_alone() -> None:
    before = dict(os.environ)
    assert remove_unusable_variables() == []
    assert os.environ == before


@pytest.mark.parametrize("value", ["http://127.0.0.1:1", "https://h:1", "h:1", "socks5://h:1", "socks5h://u:p@h:1"])
@pytest.mark.parametrize("name", ["ALL_PROXY", "https_proxy"])
def test_a_proxy_that_can_be_used_stays(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert remove_unusable_variables() == []
    assert os.environ[name] == value


@pytest.mark.parametrize("value", ["socks://h:1", "socks4://h:1", "ftp://h", "://", "http://h:port", '"http://h:1"'])
def test_a_proxy_that_cannot_be_used_is_removed_without_its_password(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", value.replace("//h", "//me:secret@h"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    (removed,) = remove_unusable_variables()
    assert removed.kind == "proxy"
    assert removed.sentence.startswith("all_proxy is ignored: ")
    assert "secret" not in removed.sentence
    assert "all_proxy" not in os.environ
    assert os.environ["HTTP_PROXY"] == "http://127.0.0.1:1"
    httpx.Client().close()


def test_of_the_hosts_without_a_proxy_only_the_wrong_ones_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost, ::1/128,.example.org,10.0.0.0/8")
    (removed,) = remove_unusable_variables()
    assert removed.sentence.startswith("::1/128 in NO_PROXY is ignored")
    assert os.environ["NO_PROXY"] == "localhost,.example.org,10.0.0.0/8"
    httpx.Client().close()


def test_certificates_that_cannot_be_read_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    (removed,) = remove_unusable_variables()
    assert "absent.pem" in removed.sentence
    httpx.Client().close()


def test_gradios_own_variables_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SERVER_PORT", "none")
    assert remove_unusable_variables() == []
    assert "GRADIO_SERVER_PORT" not in os.environ
