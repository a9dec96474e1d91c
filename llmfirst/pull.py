"""Downloads a model: `llmfirst pull NAME`, or `python -m llmfirst.pull NAME`.

A name of the catalogue, or `hf:owner/repository/file.gguf`, comes to the embedded provider, any other one to Ollama;
`--provider` chooses. It takes all options of app.py, and may be used while the server runs.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from llmfirst.app.terminal import show_download
from llmfirst.command_line import run_command, started_settings
from llmfirst.engine.admission import Admission
from llmfirst.errors import SetupError
from llmfirst.models import Models
from llmfirst.providers import open_providers
from llmfirst.settings import Settings

_RESUMES: Final = "interrupted: what has come is kept, and the same command goes on from there.\n"


def main(arguments: Sequence[str], *, program: str = "python -m llmfirst.pull") -> int:
    """Download the model that the first argument names; one that does not come says why and returns 1."""
    return run_command(lambda: _main(arguments, program), failed=1, interrupted=_RESUMES)


def _main(arguments: Sequence[str], program: str) -> int:
    is_named = bool(arguments) and not arguments[0].startswith("-")
    settings = started_settings(arguments[1:] if is_named else arguments, program=f"{program} NAME")
    if not is_named:
        raise SetupError(f"Write which model to download, for example `{program} qwen3:4b-instruct`.")
    return asyncio.run(_pull(settings, arguments[0]))


async def _pull(settings: Settings, name: str) -> int:
    models = Models(open_providers(settings), Admission(slots=1, line_limit=0))
    try:
        download = await show_download(models.downloads, models.bring(name))
        if download.error is not None:
            raise download.error
        return 0
    finally:
        await models.aclose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
