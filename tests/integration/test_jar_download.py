"""Jars come from a Maven repository on this machine, and are what the lock names or nothing."""

import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from duralog.connectors.embedded import EmbeddedKafkaError
from duralog.connectors.embedded.jars import Jar, fetch_locked

CONTENT = b"the bytes of a jar"
JAR = Jar(
    group="example.duralog",
    artifact="sample",
    version="1.0",
    size_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and keeps no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the user's jgo.conf names as the Maven repository."""
    folder = tmp_path / "served"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    home = tmp_path / "home"
    home.mkdir()
    address = f"http://127.0.0.1:{server.server_port}"
    (home / ".jgorc").write_text(f"[repositories]\ncentral = {address}\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def _serve(folder: Path, content: bytes) -> None:
    path = JAR.path(folder)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_a_jar_of_the_right_bytes_is_kept(served: Path, tmp_path: Path) -> None:
    _serve(served, CONTENT)
    said = list[str]()
    fetch_locked(tmp_path / "cache", [JAR], said.append)
    assert JAR.path(tmp_path / "cache").read_bytes() == CONTENT
    assert said == ["fetching Apache Kafka 4.3.1: 1 jars, 0 MB"]


def test_a_jar_of_other_bytes_is_refused_and_not_kept(served: Path, tmp_path: Path) -> None:
    _serve(served, CONTENT.upper())
    with pytest.raises(EmbeddedKafkaError, match="has other bytes than the lock names"):
        fetch_locked(tmp_path / "cache", [JAR], lambda _text: None)
    assert not JAR.path(tmp_path / "cache").exists()


def test_a_torn_jar_in_the_cache_is_fetched_anew(served: Path, tmp_path: Path) -> None:
    _serve(served, CONTENT)
    torn = JAR.path(tmp_path / "cache")
    torn.parent.mkdir(parents=True)
    torn.write_bytes(CONTENT[:5])
    fetch_locked(tmp_path / "cache", [JAR], lambda _text: None)
    assert torn.read_bytes() == CONTENT


@pytest.mark.usefixtures("served")
def test_a_jar_nobody_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedKafkaError, match=r"cannot fetch example\.duralog:sample:1\.0"):
        fetch_locked(tmp_path / "cache", [JAR], lambda _text: None)
