"""The command `llmfirst`: serve the page, run evaluations, download a model, probe one, or serve one."""

# It stands beside the two packages because it needs both, and llmfirst must not import evals.

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmfirst.command_line import loading_libraries, run_command, started_settings
from llmfirst.version import llmfirst_version

if TYPE_CHECKING:
    from llmfirst.app.services import Services
    from llmfirst.ui.page import PageTab
    from llmfirst.ui.system_tab import SystemCard

USAGE_EXIT: Final = 2
_HELP: Final = """\
usage: llmfirst [COMMAND] [OPTIONS]

Answer questions with a local language model, always inside the deadline.

commands:
  serve          serve the page and the API; this is the default
  evals          measure speed and quality against the targets
  pull NAME      download a model, for Ollama or for the embedded provider
  probe [MODEL]  find out which profile suits a model, and store the result
  model [NAME]   serve an embedded model by the OpenAI protocol, for several machines

options:
  -h, --help     show this help and exit
  --version      show the version and exit

`llmfirst COMMAND --help` shows the options of a command.
"""


def main() -> int:
    """Run the command that the arguments name, and return its exit code."""
    return run_command(lambda: _run(sys.argv[1:]), failed=1)


def _run(given: Sequence[str]) -> int:
    match given:
        case ["-h" | "--help"]:
            sys.stdout.write(_HELP)
            return 0
        case ["--version"]:
            sys.stdout.write(f"llmfirst {llmfirst_version()}\n")
            return 0
        case ["evals", *arguments]:
            with loading_libraries():
                from evals.cli.parser import main as run_evals
            return run_evals(arguments, program="llmfirst evals")
        case ["pull", *arguments]:
            with loading_libraries():
                from llmfirst.pull import main as run_pull
            return run_pull(arguments, program="llmfirst pull")
        case ["probe", *arguments]:
            with loading_libraries():
                from llmfirst.probe import main as run_probe
            return run_probe(arguments, program="llmfirst probe")
        case ["model", *arguments]:
            with loading_libraries():
                from llmfirst.model_server import main as run_model_server
            return run_model_server(arguments, program="llmfirst model")
        case ["serve", *arguments]:
            return serve(arguments, program="llmfirst serve")
        case [word, *_] if not word.startswith("-"):
            sys.stderr.write(
                f"error: {word} is not a command of llmfirst: use serve, evals, pull, probe, model or --help.\n"
            )
            return USAGE_EXIT
        case options:
            return serve(options, program="llmfirst")


def serve(arguments: Sequence[str], *, program: str) -> int:
    """Serve until Ctrl+C; a start that fails says why in one sentence and returns 1."""
    return run_command(lambda: _serve(arguments, program), failed=1)


def _serve(arguments: Sequence[str], program: str) -> int:
    settings = started_settings(arguments, program=program)
    # Gradio reads these when it is imported; `launch` imports it.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    with page_files(settings.data_dir) as folder:
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
        with loading_libraries():
            from llmfirst.app.launch import launch
        return launch(settings, _other_tabs)


@contextmanager
def page_files(data_dir: Path) -> Iterator[Path]:
    """Yield the folder of the files that the page serves: in the data directory, unless its name spoils addresses.

    Gradio writes the path of a file into its address as it is.
    """
    folder = data_dir.resolve() / "gradio"
    if not set("%?#").intersection(str(folder)):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="llmfirst-", ignore_cleanup_errors=True) as elsewhere:
        yield Path(elsewhere)


def _other_tabs() -> "Callable[[Services], tuple[Sequence[PageTab], Sequence[SystemCard]]]":
    from evals.ui.tabs import measuring_parts

    return measuring_parts
