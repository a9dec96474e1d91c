"""From the settings to a running server."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import uvicorn

from llmfirst.app.logs import begin_log
from llmfirst.app.services import Services, open_services
from llmfirst.app.terminal import print_choice, show_readiness
from llmfirst.command_line import loading_libraries
from llmfirst.errors import SetupError
from llmfirst.readiness import Failed, Readiness
from llmfirst.runs.text_index import index_old_texts
from llmfirst.settings import Settings

_LAST_WORDS_SECONDS: Final = 2.0
_SWITCH_SECONDS: Final = 0.001


TabLoader = Callable[[], Callable[[Services], tuple[Sequence[Any], Sequence[Any]]]]


def launch(settings: Settings, tabs: TabLoader) -> int:
    """Serve until a signal ends the program; return the exit code. SetupError and ProviderError say why it cannot.

    `tabs` imports the parts of the page that come from outside and returns their builder. It is called after the model
    has begun to load.
    """
    begin_log(settings.log_level)
    with listen_on(settings.host, settings.port) as listening:
        return asyncio.run(_serve(settings, listening, tabs))


async def _serve(settings: Settings, listening: socket.socket, tabs: TabLoader) -> int:
    async with open_services(settings) as services:
        models = services.models
        choice = await models.choose(settings.model, services.store.last_model, services.forecaster.suited)
        print_choice(choice, f"http://{_shown(settings.host)}:{listening.getsockname()[1]}")
        models.begin(choice.offer.key)
        telling = asyncio.create_task(show_readiness(models, choice.offer.key))
        build = await asyncio.to_thread(_server_builder, tabs)
        if isinstance(models.readiness(choice.offer.key), Failed):  # nobody has the page open yet
            await telling
            return 1
        server = build(services)
        shorten_waits_of_the_loop()
        ending = asyncio.create_task(_end_when_not_ready(telling, server))
        probing = asyncio.create_task(services.probe.run())
        forecasting = asyncio.create_task(services.forecaster.run() if settings.probe == "on" else asyncio.sleep(0))
        indexing = asyncio.create_task(index_old_texts(services.runs, services.store))
        for ending_signal in (signal.SIGINT, signal.SIGTERM):
            # The server shuts down gracefully and then raises the signal again; that must not cut off the code below.
            signal.signal(ending_signal, lambda *_: None)
        await server.serve(sockets=[listening])
        tasks = (telling, ending, probing, forecasting, indexing)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return 1 if isinstance(models.readiness(choice.offer.key), Failed) else 0


def shorten_waits_of_the_loop() -> None:
    """Let the event loop in after 1 ms of a thread that computes, and leave what was loaded so far to no collection.

    With the page loaded, a collection of garbage looks through 240,000 objects and holds everything for 0.2 s.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()


def _server_builder(tabs: TabLoader) -> Callable[[Services], uvicorn.Server]:
    """Import the page. This takes seconds, so a wrong setting is reported before, and the model loads meanwhile."""
    with loading_libraries():
        from llmfirst.app.serving import page_server

        build = tabs()
    return lambda services: page_server(services, build)


async def _end_when_not_ready(telling: asyncio.Task[Readiness | None], server: uvicorn.Server) -> None:
    """End the program when the first model cannot be made ready, after open pages could show why."""
    if isinstance(await telling, Failed):
        await asyncio.sleep(_LAST_WORDS_SECONDS)
        server.should_exit = True


def listen_on(host: str, port: int) -> socket.socket:
    """Return a socket that listens; whoever takes it closes it. SetupError says why it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small pieces at once only where the protocol is named; else many wait 40 ms for an acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # a client that connects while the page is imported waits instead of being refused
    except OSError as error:
        listening.close()
        raise SetupError(
            f"{_shown(host)}:{port} cannot be served ({error.strerror}): end the program that uses the port, "
            "or choose another with --port."
        ) from error
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
