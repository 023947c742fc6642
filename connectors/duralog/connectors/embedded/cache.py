"""Where the jars of Apache Kafka are kept for one user, whatever project needs them.

Source: the XDG Base Directory Specification; DURALOG_CACHE_DIR wins, for machines without a home.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from duralog.connectors.embedded.errors import EmbeddedKafkaError

CACHE_VARIABLE: Final = "DURALOG_CACHE_DIR"


def cache_directory(environment: Mapping[str, str]) -> Path:
    """The directory for everything Duralog fetches, from `environment`; it may not exist yet.

    The XDG specification says that a relative XDG_CACHE_HOME is to be ignored.
    """
    own = environment.get(CACHE_VARIABLE)
    if own:
        return Path(own)
    shared = environment.get("XDG_CACHE_HOME")
    if shared and Path(shared).is_absolute():
        return Path(shared) / "duralog"
    home = environment.get("HOME")
    if home:
        return Path(home) / ".cache" / "duralog"
    raise EmbeddedKafkaError(
        f"no place for Apache Kafka's jars: HOME is not set; set {CACHE_VARIABLE} to a directory"
    )


def make_writable(directory: Path, *, purpose: str) -> None:
    """Create `directory` if need be and prove that a file can be written there.

    Raises EmbeddedKafkaError that names `purpose`, so that its reader knows which option to change.
    """
    probe = directory / ".writable"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise EmbeddedKafkaError(
            f"cannot write to {directory}, the {purpose}: {error.strerror}; choose another one"
        ) from error
