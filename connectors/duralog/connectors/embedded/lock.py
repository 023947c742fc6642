"""Writes `jars.lock`: `python -m duralog.connectors.embedded.lock`, after a change of version here.

Walks the Maven dependency graph with jgo. kafka-clients stands before kafka_2.13, or jgo picks an
older clients jar.
"""

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from jgo.maven import MavenContext
from jgo.parse import Coordinate

from duralog.connectors.embedded.cache import cache_directory
from duralog.connectors.embedded.jars import KAFKA_VERSION, Jar, download, render_lock

ROOTS: Final = (
    f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.1",  # Kafka logs through slf4j 1.7.
)


def resolve(repository: Path) -> list[Jar]:
    """Every jar that ROOTS need at run time, in class path order, with size and hash."""
    context = MavenContext(repo_cache=repository)
    roots = [
        context.create_dependency(replace(Coordinate.parse(root), scope="compile"))
        for root in ROOTS
    ]
    direct, transitive = context.resolver.resolve(roots)
    needed = [item for item in transitive if item.scope in {"compile", "runtime"}]
    return [
        _locked(repository, f"{item.groupId}:{item.artifactId}:{item.version}")
        for item in (*direct, *needed)
    ]


def _locked(repository: Path, coordinate: str) -> Jar:
    content = download(repository, coordinate).read_bytes()
    group, artifact, version = coordinate.split(":")
    return Jar(
        group=group,
        artifact=artifact,
        version=version,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


if __name__ == "__main__":
    lock = render_lock(resolve(cache_directory(os.environ) / "maven"))
    Path(__file__).with_name("jars.lock").write_text(lock, encoding="utf-8")
    sys.stderr.write(f"{len(lock.splitlines()) - 1} jars locked\n")
