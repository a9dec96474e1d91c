"""Begun downloads are stored until they are done."""

from pathlib import Path

from llmfirst.downloads import BegunDownload
from llmfirst.runs.download_archive import DownloadArchive
from llmfirst.store import DocumentStore, open_database


def test_a_begun_download_is_read_again_until_it_is_dropped(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    documents = DocumentStore(database)
    archive = DownloadArchive(documents)
    begun = BegunDownload(provider="ollama", model="a:1b", done_bytes=3, total_bytes=9)
    archive.keep("ollama/a:1b", begun)
    documents.put("downloads", "of another version", "{}")
    assert archive.begun() == [begun]
    archive.drop("ollama/a:1b")
    assert archive.begun() == []
    database.dispose()
