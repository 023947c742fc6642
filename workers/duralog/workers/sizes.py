"""A warning before a limit: payloads that are large, though the engine takes them."""

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from duralog.schemas.payloads import Payload

LOG: Final = logging.getLogger("duralog.payloads")

PAYLOAD_BYTES_WARN: Final = 512 * 1024  # Temporal's; refused from 2 MiB on.
MEMO_BYTES_WARN: Final = 2 * 1024  # Temporal's; refused from 2 MiB on.


def warn_of_size(payloads: Iterable[Payload], what: str) -> None:
    """Log when payloads are so large together that they had better be kept elsewhere."""
    size_bytes = _size(payloads)
    if size_bytes > PAYLOAD_BYTES_WARN:
        LOG.warning(
            "%s has %d bytes; keep values of more than %d bytes elsewhere and pass references",
            what,
            size_bytes,
            PAYLOAD_BYTES_WARN,
        )


def warn_of_memo_size(memo: Mapping[str, Payload]) -> None:
    """As `warn_of_size`: a memo comes with every description."""
    size_bytes = _size(memo.values())
    if size_bytes > MEMO_BYTES_WARN:
        LOG.warning("a memo has %d bytes; %d are many", size_bytes, MEMO_BYTES_WARN)


def _size(payloads: Iterable[Payload]) -> int:
    return sum(len(payload.data) for payload in payloads)
