"""Run in a child process: ask the Hugging Face hub, through its own library."""

import json
import re
import sys
from pathlib import Path

from huggingface_hub import (
    constants,
    get_hf_file_metadata,
    get_session,
    get_token,
    hf_hub_url,
)
from huggingface_hub.errors import HfHubHTTPError, RemoteEntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.file_download import http_get


def answer(timeout_seconds: str) -> None:
    address, wanted = f"{constants.ENDPOINT}/api/models", {"limit": 1}
    with get_session().stream("GET", address, params=wanted, timeout=float(timeout_seconds)) as response:
        begun = next(response.iter_bytes(1), b"")
    if not response.is_success or begun != b"[":  # the page of a proxy is no hub
        sys.exit(f"{constants.ENDPOINT} does not answer as a hub does")


def describe(repository: str, path: str) -> None:
    """Write what the hub tells of a file, as JSON; null when it shows no such file."""
    known: dict[str, str | int | None] | None
    try:
        metadata = get_hf_file_metadata(hf_hub_url(repository, path))
    except (RemoteEntryNotFoundError, RepositoryNotFoundError):
        known = None
    else:
        known = {"revision": metadata.commit_hash, "sha256": metadata.etag, "size_bytes": metadata.size}
    sys.stdout.write(json.dumps(known))


def download(repository: str, path: str, revision: str, sha256: str, size_bytes: int, partial_path: Path) -> None:
    """Append to the partial file what it lacks.

    `hf_hub_download` cannot do this: since version 2 it begins with a new temporary file each time.
    """
    url = hf_hub_url(repository, path, revision=revision)
    published = get_hf_file_metadata(url).etag
    if published and re.fullmatch("[0-9a-f]{64}", published) and published != sha256:
        sys.exit(f"{repository} has another file there now, with the SHA-256 {published}")
    # The library writes 10 MiB at a time, which shows no progress on a slow line and loses much when killed.
    constants.DOWNLOAD_CHUNK_SIZE = 1024 * 1024
    token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with partial_path.open("ab") as file:
        http_get(url, file, resume_size=file.tell(), headers=headers, expected_size=size_bytes)


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case "answer", timeout_seconds:
                answer(timeout_seconds)
            case "describe", repository, path:
                describe(repository, path)
            case "download", repository, path, revision, sha256, size_bytes, partial_path:
                download(repository, path, revision, sha256, int(size_bytes), Path(partial_path))
            case _:
                sys.exit("hub_child.py is started by hub.py")
    except HfHubHTTPError as error:
        sys.exit(str(error).splitlines()[0])
