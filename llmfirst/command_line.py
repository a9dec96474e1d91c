"""What the commands have in common: their settings, their errors in one sentence, and a terminal that may lack much."""

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Final
from urllib.parse import urlsplit

from llmfirst.environment import RemovedVariable, host_of_ollama, remove_unusable_variables
from llmfirst.errors import LlmfirstError, SetupError
from llmfirst.loopback import is_loopback
from llmfirst.settings import Settings, load_settings
from llmfirst.unused_settings import unused_settings
from llmfirst.visible_text import visible_stream

logger = logging.getLogger(__name__)

_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141  # as of a program that the signal has ended


def run_command(command: Callable[[], int], *, failed: int, interrupted: str = "") -> int:
    """Run a command and return its exit code; one of our errors is one sentence on the error stream and `failed`.

    Signs that the terminal lacks are replaced, and those that would act on it are shown. A reader who leaves early
    (`| head`) ends the command without a word.
    `interrupted` is said at Ctrl+C.
    """
    _open_standard_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    with redirect_stdout(visible_stream(sys.stdout)), redirect_stderr(visible_stream(sys.stderr)):
        return _run(command, failed, interrupted)


def _run(command: Callable[[], int], failed: int, interrupted: str) -> int:
    try:
        code = command()
        sys.stdout.flush()
    except LlmfirstError as error:
        sys.stderr.write(f"error: {error}\n")
        return failed
    except KeyboardInterrupt:
        sys.stderr.write(interrupted)
        return _INTERRUPTED
    except BrokenPipeError:
        # Python flushes the stream again when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except OSError as error:
        logger.debug("The operating system refused.", exc_info=True)
        place = "" if error.filename is None else f" ({error.filename})"
        sys.stderr.write(f"error: The operating system says: {error.strerror}{place}.\n")
        return failed
    return code


def started_settings(arguments: Sequence[str], *, program: str) -> Settings:
    """Return the settings of a command that starts, and make the environment fit for the libraries.

    What is given and not used is told on the error stream. SetupError says what cannot be used.
    """
    settings = load_settings(arguments, program=program)
    removed = remove_unusable_variables()
    _check_proxies(settings, removed)
    from_elsewhere = ["ollama_host"] if settings.ollama_host == host_of_ollama() else []
    unused = unused_settings(settings, from_elsewhere=from_elsewhere)
    for sentence in [*(one.sentence for one in removed), *unused]:
        sys.stderr.write(f"note: {sentence}\n")
    return settings


@contextmanager
def loading_libraries() -> Iterator[None]:
    """Say in one sentence that a library refuses to be imported: it may read a variable that it cannot use."""
    try:
        yield
    except (ImportError, ValueError, OSError) as error:
        logger.debug("A library cannot be imported.", exc_info=True)
        raise SetupError(
            f"A library cannot be loaded ({type(error).__name__}: {error}): correct the variable of the environment "
            "that it reads, or install llmfirst again."
        ) from error


def _check_proxies(settings: Settings, removed: Sequence[RemovedVariable]) -> None:
    """Raise SetupError where a service is elsewhere, because going there without the proxy may be unwanted."""
    proxies = [one for one in removed if one.kind == "proxy"]
    addresses = [settings.base_url] if settings.provider == "openai" else []
    if settings.judge_provider is not None:
        addresses.append(settings.judge_base_url)
    hosts = [urlsplit(address).hostname for address in addresses if address is not None]
    elsewhere = [host for host in hosts if host is not None and not is_loopback(host)]
    if proxies and elsewhere:
        raise SetupError(
            f"{proxies[0].name} is no proxy that can be used for {elsewhere[0]}: {proxies[0].reason}; "
            "correct the variable or remove it."
        )


def _open_standard_streams() -> None:
    """Open what the caller has closed, so that no file or connection of ours takes the number of a standard stream."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8"))
