"""Two real llama.cpp servers, each started by `llmfirst model`, behind the real vllm-router, and one of them killed."""

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.profiles import load_profiles
from llmfirst.events import SECTIONS, AnswerEvent, PhaseResumed, TextAdded
from llmfirst.proof import verify
from llmfirst.providers.openai import OpenAIProvider
from tests.browser.server import free_port
from tests.conftest import SMALL_MODEL
from tests.scripted import asked, engine, handle

pytestmark = [pytest.mark.slow, pytest.mark.embedded]
START_SECONDS = 60.0
QUESTIONS = ("Why is the sky blue?", "How do vaccines work?", "왜 하늘은 파란가요?")
PROFILE = load_profiles().profiles["answer_first"].model_copy(update={"verdict": None, "review": None})


@dataclass(frozen=True)
class Cluster:
    """A router and the servers behind it."""

    url: str
    servers: dict[str, psutil.Process]
    """By URL."""

    def kill_busy(self) -> None:
        """End the server that writes now, and its llama.cpp, at once."""
        (url,) = [url for url in self.servers if is_writing(url)]
        for process in [*self.servers[url].children(recursive=True), self.servers[url]]:
            process.kill()


def is_writing(url: str) -> bool:
    try:
        slots = httpx.get(f"{url}/slots", timeout=5).json()
    except httpx.HTTPError:
        return False
    return any(slot["is_processing"] for slot in slots)


@pytest.fixture
def cluster(tmp_path: Path, small_model_home: Path) -> Iterator[Cluster]:
    program = shutil.which("vllm-router", path=str(Path(sys.executable).parent))
    assert program is not None, "requirements-dev.txt brings it"
    with ExitStack() as stack:
        servers: dict[str, psutil.Process] = {}
        for _ in range(2):
            port = free_port()
            command = [sys.executable, "-m", "llmfirst.model_server", SMALL_MODEL, "--listen", f"127.0.0.1:{port}"]
            command += ["--weights-dir", str(small_model_home / "models"), "--data-dir", str(tmp_path / str(port))]
            servers[f"http://127.0.0.1:{port}"] = started(stack, *command, "--threads", "1")
        for url in servers:
            wait_until(f"{url}/v1/models")
        port = free_port()
        routed = [program, "--host", "127.0.0.1", "--port", str(port), "--prometheus-port", str(free_port())]
        started(stack, *routed, "--policy", "cache_aware", "--worker-urls", *servers)
        wait_until(f"http://127.0.0.1:{port}/v1/models")
        yield Cluster(f"http://127.0.0.1:{port}/v1", servers)


def started(stack: ExitStack, *command: str) -> psutil.Process:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end() -> None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(end)
    return psutil.Process(process.pid)


def wait_until(url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end, f"{url} does not answer"
        time.sleep(0.1)


async def answered(
    provider: OpenAIProvider, question: str, on_details: Callable[[], object] | None = None
) -> list[AnswerEvent]:
    """Ask; once the details have begun, `on_details` is called."""
    events: list[AnswerEvent] = []
    answering = engine(profile=PROFILE).answer(asked(question), handle(provider, SMALL_MODEL))
    async with aclosing(answering) as steps:
        async for event in steps:
            events.append(event)
            if on_details is not None and isinstance(event, TextAdded) and event.phase == "details":
                act, on_details = on_details, None
                await asyncio.to_thread(act)
    return events


def whole(events: list[AnswerEvent]) -> Answer:
    """Return the answer, of which everything is there and proved."""
    answer = fold(events)
    assert answer.metrics().outcome == "complete"
    assert all(answer.text(section).strip() for section in SECTIONS)
    assert verify(events).holds
    return answer


def test_a_killed_server_costs_a_section_one_more_try_and_the_answer_nothing(cluster: Cluster) -> None:
    async def main() -> None:
        provider = OpenAIProvider(cluster.url, api_key=None, dialect=None, silence_limit_seconds=30)
        try:
            await provider.warm(SMALL_MODEL)
            for question in QUESTIONS[:2]:
                answer = whole(await answered(provider, question))
                core, *later = [call.usage for call in answer.calls if call.purpose in SECTIONS]
                assert core is not None
                for usage in later:  # on the other server nothing of the core's prompt would be in the cache
                    assert usage is not None
                    assert (usage.cached_tokens or 0) >= core.prompt_tokens - 8
            events = await answered(provider, QUESTIONS[2], cluster.kill_busy)
            troubles = [event.trouble for event in events if isinstance(event, PhaseResumed)]
            assert troubles.count("broken") <= 2, troubles
            assert events[-1].elapsed_seconds < 120
            whole(events)
            whole(await answered(provider, QUESTIONS[0]))
        finally:
            await provider.aclose()

    asyncio.run(main())
