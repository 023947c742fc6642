"""One broker a directory: a second one would write into the log of the first, and ruin it.

Apache Kafka locks its directory too, but only after it has opened the log of its metadata. The lock
is the kernel's, so that no death of anybody leaves it behind; who inherits the descriptor holds it.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from duralog.connectors.embedded.errors import EmbeddedKafkaError


@contextmanager
def exclusive(directory: Path) -> Generator[int]:
    """Hold `directory` for the block; yields the descriptor to pass on to who goes on holding it.

    Raises EmbeddedKafkaError when somebody else holds it.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedKafkaError(
                f"a broker runs on {directory} already; stop it, or choose another data directory"
            ) from None
        yield descriptor
    finally:
        os.close(descriptor)
