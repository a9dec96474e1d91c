"""Serves one embedded model by the OpenAI protocol: `llmfirst model NAME`, or `python -m llmfirst.model_server NAME`.

For several machines behind a router (docs/operations.md); on one machine llmfirst starts such a process by itself. It
takes the options of app.py that an embedded model has, LLMFIRST_API_KEY for the key that callers must give, and
`--listen HOST:PORT`. It downloads the weights if they are not here, and ends with Ctrl+C.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from llmfirst.app.terminal import show_download
from llmfirst.command_line import run_command, started_settings
from llmfirst.engine.admission import Admission
from llmfirst.errors import SetupError
from llmfirst.loopback import is_loopback
from llmfirst.models import Models
from llmfirst.providers import open_providers
from llmfirst.providers.embedded import EmbeddedProvider, usable_cores
from llmfirst.providers.llama_process import end_child, launch_child, told_address
from llmfirst.settings import Settings

_LISTEN: Final = "127.0.0.1:8100"


def main(arguments: Sequence[str], *, program: str = "python -m llmfirst.model_server") -> int:
    """Serve until Ctrl+C; a model that cannot be served says why in one sentence and returns 1."""
    return run_command(lambda: _main(arguments, program), failed=1)


def _main(arguments: Sequence[str], program: str) -> int:
    parser = argparse.ArgumentParser(
        prog=program, usage=f"{program} [NAME] [--listen HOST:PORT] [OPTIONS OF SERVE]", allow_abbrev=False
    )
    parser.add_argument(
        "--listen", default=_LISTEN, metavar="HOST:PORT", help="where to serve it (default: %(default)s)"
    )
    own, others = parser.parse_known_args(arguments)
    named = ["--model", *others[:1]] if others and not others[0].startswith("-") else []
    settings = started_settings([*named, *others[len(named) // 2 :], "--provider", "embedded"], program=program)
    host, port = _place(own.listen)
    key = "" if settings.api_key is None else settings.api_key.get_secret_value()
    if not key and not is_loopback(host):
        raise SetupError(
            f"{host} is not a loopback address, so other machines can connect: set LLMFIRST_API_KEY to a key that "
            "callers must give, or keep --listen on 127.0.0.1."
        )
    return asyncio.run(_serve(settings, host, port, key))


def _place(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise SetupError(f"--listen is {listen!r}: write it as HOST:PORT, for example {_LISTEN}.")
    return host.strip("[]"), int(port)


async def _serve(settings: Settings, host: str, port: int, key: str) -> int:
    provider = open_providers(settings)["embedded"]
    assert isinstance(provider, EmbeddedProvider)
    models = Models({"embedded": provider}, Admission(slots=1, line_limit=0))
    try:
        offer = (await models.choose(settings.model, lambda _: None)).offer
        if not offer.card.is_here:
            download = await show_download(models.downloads, models.bring(offer.card.name))
            if download.error is not None:
                raise download.error
        path = await provider.path_of(offer.card.name)
    finally:
        await models.aclose()
    asked = {
        "name": offer.card.name,
        "path": str(path),
        "key": key,
        "host": host,
        "port": port,
        "context_tokens": settings.context_tokens,
        "slots": settings.slots,
        "threads": settings.threads or usable_cores(),
    }
    return await _run(asked, settings.data_dir / f"llama-{port}.log")


async def _run(asked: Mapping[str, object], log_path: Path) -> int:
    """Run llama.cpp until a signal comes, or it ends by itself."""
    process = await launch_child(log_path)
    address = await told_address(process, asked)
    if address is None:
        raise SetupError(
            f"{asked['name']} could not be served at {asked['host']}:{asked['port']} (exit code {process.returncode}): "
            f"is the port free, and is there memory for the model? What llama.cpp said is in {log_path}."
        )
    sys.stderr.write(f"{asked['name']}: {address}/v1\n")
    is_over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, is_over.set)
    ended, asked_to_end = asyncio.create_task(process.wait()), asyncio.create_task(is_over.wait())
    await asyncio.wait({ended, asked_to_end}, return_when=asyncio.FIRST_COMPLETED)
    asked_to_end.cancel()
    if not is_over.is_set():
        raise SetupError(f"The process of {asked['name']} ended by itself. What llama.cpp said is in {log_path}.")
    await end_child(process)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
