"""What the commands have in common: exit codes, terminals that lack signs, readers that leave, shut streams."""

import os
import subprocess
import sys

import pytest

from llmfirst.command_line import loading_libraries, run_command, started_settings
from llmfirst.errors import SetupError

COMMAND = "import sys; from llmfirst.command_line import run_command; sys.exit(run_command({command}, failed=2))"


def ran(command: str, **options: object) -> "subprocess.CompletedProcess[bytes]":
    """Run a command in a process of its own."""
    script = COMMAND.format(command=command)
    return subprocess.run([sys.executable, "-c", script], timeout=60, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_an_error_of_ours_is_a_sentence_and_the_code_that_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise SetupError("This cannot be: do that.")

    assert run_command(command, failed=2) == 2
    assert capsys.readouterr().err == "error: This cannot be: do that.\n"


def test_nothing_that_is_written_acts_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        sys.stdout.write("suite \x1b]0;mine\x07\n")
        sys.stderr.write("\r10%\x9b2J\n")
        raise SetupError("no model \x1b[2J\nready")

    assert run_command(command, failed=2) == 2
    assert capsys.readouterr() == ("suite \\x1b]0;mine\\x07\n", "\r10%\\u009b2J\nerror: no model \\x1b[2J\\nready\n")


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        raise KeyboardInterrupt

    assert run_command(command, failed=2, interrupted="stopped\n") == 130
    assert capsys.readouterr().err == "stopped\n"


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
def test_signs_that_the_terminal_lacks_are_replaced(encoding: str) -> None:
    printed = ran(
        r"lambda: sys.stdout.write('하늘 – \U0001f600\n') * 0",
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert (printed.returncode, printed.stderr) == (0, b"")
    assert printed.stdout == "하늘 – \U0001f600\n".encode(encoding, "replace")


def test_a_reader_who_leaves_ends_the_command_without_a_word() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    printed = ran("lambda: sys.stdout.write('x' * 100_000)", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (printed.returncode, printed.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a full device")
def test_a_full_disk_is_a_sentence() -> None:
    with open("/dev/full", "wb") as full:
        printed = ran("lambda: sys.stdout.write('x' * 100_000)", stdout=full, stderr=subprocess.PIPE)
    assert printed.returncode == 2
    assert b"Traceback" not in printed.stderr
    assert b"No space left on device" in printed.stderr


def test_streams_that_are_shut_are_opened_so_that_no_file_of_ours_takes_their_numbers() -> None:
    shut = "for n in (0, 1, 2): __import__('os').close(n)\nimport sys; sys.stdin = sys.stdout = sys.stderr = None\n"
    script = shut + COMMAND.format(
        command="lambda: 7 if open(sys.executable).fileno() > 2 and not print('x', file=sys.stderr) else 1"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 7


def test_a_library_that_refuses_to_be_imported_is_a_sentence() -> None:
    with (
        pytest.raises(SetupError, match=r"ValueError: invalid literal.*the variable of the environment"),
        loading_libraries(),
    ):
        int("abc")


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LLMFIRST_") or name.upper().endswith("_PROXY")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)  # CI names its own
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1")


@pytest.mark.usefixtures("elsewhere")
def test_loopback_needs_no_proxy_and_that_it_is_ignored_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    started_settings(["--provider", "openai", "--base-url", "http://127.0.0.1:8000/v1"], program="x")
    assert capsys.readouterr().err.startswith("note: ALL_PROXY is ignored: ")
    assert "ALL_PROXY" not in os.environ


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    "given",
    [
        ["--provider", "openai", "--base-url", "https://llm.example.org/v1"],
        ["--judge-provider", "openai", "--judge-model", "j", "--judge-base-url", "https://llm.example.org/v1"],
    ],
)
def test_a_service_elsewhere_is_not_asked_without_the_proxy_that_was_wanted(given: list[str]) -> None:
    with pytest.raises(SetupError, match=r"ALL_PROXY is no proxy that can be used for llm\.example\.org"):
        started_settings(given, program="x")


@pytest.mark.usefixtures("elsewhere")
def test_an_address_that_is_not_used_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    started_settings(["--provider", "auto", "--base-url", "http://h:1"], program="x")
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == "note: --base-url is not used by the provider auto: to use this address, set --provider openai."


@pytest.mark.usefixtures("elsewhere")
def test_a_base_url_is_the_address_of_an_ollama_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    settings = started_settings(["--provider", "ollama", "--base-url", "http://h:1"], program="x")
    assert settings.ollama_address == "http://h:1"
    assert "--base-url" not in capsys.readouterr().err


@pytest.mark.usefixtures("elsewhere")
def test_nothing_is_said_of_a_variable_that_ollama_itself_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0")
    started_settings(["--provider", "embedded"], program="x")
    assert "--ollama-host" not in capsys.readouterr().err
    started_settings(["--provider", "embedded", "--ollama-host", "h:1"], program="x")
    assert "note: --ollama-host is not used by the provider embedded" in capsys.readouterr().err


@pytest.mark.usefixtures("elsewhere")
def test_an_address_that_the_judge_uses_is_not_called_unused(capsys: pytest.CaptureFixture[str]) -> None:
    judge = ["--judge-provider", "openai", "--judge-model", "j"]
    started_settings(["--base-url", "http://127.0.0.1:1", *judge], program="x")
    assert "--base-url" not in capsys.readouterr().err
