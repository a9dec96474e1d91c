"""Start llmfirst: settings -> providers -> engine -> server -> launch."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from llmfirst.errors import LlmfirstError
from llmfirst.settings import load_settings

if TYPE_CHECKING:
    from llmfirst.app.services import Services
    from llmfirst.ui.page import PageTab


def _other_tabs() -> "Callable[[Services], Sequence[PageTab]]":
    from evals.ui.evaluate_wiring import evaluate_tabs

    return evaluate_tabs


def main() -> int:
    """Serve until Ctrl+C; a start that fails says why in one sentence and returns 1."""
    try:
        settings = load_settings(sys.argv[1:])
        os.environ["GRADIO_TEMP_DIR"] = str(settings.data_dir / "gradio")
        from llmfirst.app.launch import launch

        return launch(settings, _other_tabs)
    except LlmfirstError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:  # Ctrl+C before the page is up
        return 130


if __name__ == "__main__":
    sys.exit(main())
