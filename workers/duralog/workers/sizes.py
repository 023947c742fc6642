"""A warning before a limit: payloads that are large, though the engine takes them."""

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from duralog.schemas.payloads import Payload

LOG: Final = logging.getLogger("duralog.payloads")

PAYLOAD_BYTES_WARN: Final = 512 * 1024  # Temporal's; refused from 2 MiB on.
HISTORY_EVENTS_WARN: Final = 10_240  # Temporal's; terminated from 51,200 on.
HISTORY_BYTES_WARN: Final = 10 * 1024 * 1024  # Temporal's; terminated from 50 MiB on.
MEMO_BYTES_WARN: Final = 2 * 1024  # Temporal's; refused from 2 MiB on.


def warn_of_size(payloads: Iterable[Payload], what: str) -> None:
    """Log when payloads are so large together that they had better be kept elsewhere."""
    warn_of_bytes(_size(payloads), what)


def warn_of_bytes(size_bytes: int, what: str) -> None:
    """As `warn_of_size`, of what is encoded already."""
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


def warn_of_history(workflow_id: str, *, events: int, size_bytes: int) -> bool:
    """As `warn_of_size`: the engine ends a run whose history is too long. True: it was said."""
    if events <= HISTORY_EVENTS_WARN and size_bytes <= HISTORY_BYTES_WARN:
        return False
    LOG.warning(
        "the history of workflow %s has %d events and %d bytes; it is terminated at 51200 events "
        "or 50 MiB: continue as new before",
        workflow_id,
        events,
        size_bytes,
    )
    return True


def _size(payloads: Iterable[Payload]) -> int:
    return sum(len(payload.data) for payload in payloads)
