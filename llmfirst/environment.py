"""Variables of the environment that are meant for every program, and that break our libraries when they are wrong."""

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_PROXIES: Final = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY")
_NO_PROXY: Final = "NO_PROXY"
SECRETS_DIR: Final = "LLMFIRST_SECRETS_DIR"


@dataclass(frozen=True)
class RemovedVariable:
    """A variable that was taken out of the environment of this process."""

    name: str
    kind: Literal["proxy", "no_proxy", "certificates"]
    reason: str

    @property
    def sentence(self) -> str:
        """What is told about it."""
        return f"{self.name} is ignored: {self.reason}."


def remove_unusable_variables() -> list[RemovedVariable]:
    """Remove what httpx cannot use, before it is read by a library that is being imported; return what was removed.

    Gradio's own variables are removed without a word: our settings decide what its page does.
    """
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]
    return [*_unusable_proxies(), *_unusable_certificates()]


def host_of_ollama() -> str | None:
    """Return the variable that Ollama itself reads; who starts it here has set it for Ollama."""
    return os.environ.get("OLLAMA_HOST")


def folder_of_secrets() -> str | None:
    """Return the variable that names a folder with a file for each secret, as containers have it."""
    return os.environ.get(SECRETS_DIR)


def _unusable_proxies() -> Iterator[RemovedVariable]:
    """Try the variables one by one, because httpx does not say which one it cannot use."""
    names = [name for name in os.environ if name.upper() in (*_PROXIES, _NO_PROXY)]
    given = {name: os.environ.pop(name) for name in names}
    usable: dict[str, str] = {}
    for name, value in given.items():
        if _is_usable(name, value):
            usable[name] = value
        elif name.upper() == _NO_PROXY:
            hosts = {host.strip(): _is_usable(name, host.strip()) for host in value.split(",")}
            usable[name] = ",".join(host for host, is_usable in hosts.items() if is_usable)
            unusable = ", ".join(host for host, is_usable in hosts.items() if not is_usable)
            yield RemovedVariable(f"{unusable} in {name}", "no_proxy", "a host name or an address can stand there")
        else:
            yield RemovedVariable(name, "proxy", "its value must be http://, https:// or socks5:// with HOST:PORT")
    os.environ.update(usable)


def _is_usable(name: str, value: str) -> bool:
    import httpx  # here, because a start without these variables does not need it yet

    os.environ[name] = value
    try:
        httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)).close()
    except (ValueError, httpx.InvalidURL):
        return False
    finally:
        del os.environ[name]
    return True


def _unusable_certificates() -> Iterator[RemovedVariable]:
    for name, is_file in (("SSL_CERT_FILE", True), ("SSL_CERT_DIR", False)):
        if not (value := os.environ.get(name)):
            continue
        try:
            ssl.create_default_context(cafile=value if is_file else None, capath=None if is_file else value)
        except OSError as error:  # a wrong file raises ssl.SSLError, which is one
            del os.environ[name]
            yield RemovedVariable(name, "certificates", f"no certificates can be read from {value} ({error.strerror})")
