from pathlib import Path

import pytest

from llmfirst.providers.llama_process import log_file


def test_a_log_that_cannot_be_written_keeps_no_model_from_being_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with log_file(tmp_path / "llama.log") as log:
        log.write(b"loaded")
    assert (tmp_path / "llama.log").read_bytes() == b"loaded"
    assert not caplog.records
    with log_file(tmp_path) as log:
        log.write(b"loaded")
    assert f"{tmp_path} cannot be written" in caplog.text
