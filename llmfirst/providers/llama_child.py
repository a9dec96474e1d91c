"""The child process in which the embedded model runs: a crash of native code ends this process and no other.

It is run as a script, imports nothing of ours, reads one line of JSON, prints one with its address, and ends when its
standard input closes, however the parent ended.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

import xllamacpp

_PRIORITY: Final = -5  # "nice"; more would make the page wait for the model
_GROUP: Final = Path("/proc/self/autogroup")  # Linux weighs sessions first, and this process has one of its own


def hold_its_share(params: xllamacpp.CommonParams) -> None:
    """Keep the threads of the model from being held up by other programs (docs/decisions/0022).

    Its threads wait for each other after each step, so that one which has lost its core stops them all. Not everybody
    may raise a priority, and not every system has cores to choose.
    """
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
        if _GROUP.exists():
            _GROUP.write_text(str(_PRIORITY), encoding="ascii")
    except OSError as error:
        sys.stderr.write(f"llmfirst: the priority of the model is not raised ({error})\n")
    cores = os.sched_getaffinity(0)
    for threads in (params.cpuparams, params.cpuparams_batch):
        if threads.n_threads == len(cores):
            threads.cpumask = [number in cores for number in range(len(threads.cpumask))]
            threads.mask_valid = threads.strict_cpu = True


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    params = xllamacpp.CommonParams()
    params.model.path = asked["path"]
    params.model_alias = {asked["name"]}
    params.hostnames = [asked.get("host", "127.0.0.1")]
    params.port = asked.get("port", 0)
    params.api_keys = [asked["key"]] if asked["key"] else []
    params.n_parallel = asked["slots"]
    params.n_ctx = asked["context_tokens"] * asked["slots"]
    # llama.cpp looks for a stop between batches only. When a reading of a prompt is stopped (SmolLM2 135M, 1 thread),
    # the next request waits 0.8 to 0.9 s with batches of 64 tokens and 6.3 to 7.0 s with 512, at the same speed.
    params.n_batch = params.n_ubatch = 64
    params.cache_ram_mib = 256
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked["threads"]
    hold_its_share(params)
    params.slot_save_path = asked.get("slots_folder", "")  # without one nothing is written
    params.ui = False
    params.verbosity = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(json.dumps({"address": server.listening_address}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # a graceful end would wait for a reply that nobody reads any more


if __name__ == "__main__":
    main()
