"""One short name for a result, by the worker that made it and by whoever reads it in a topic."""

import hashlib
import json
from collections.abc import Sequence

from duralog.schemas.payloads import Payload


def digest_of(payloads: Sequence[Payload]) -> str:
    """Of a recorded result."""
    return _digest(b"\x00".join(payload.data for payload in payloads))


def digest_of_value(value: str | int) -> str:
    """Of the same result before it is a payload: JSON, as the SDK writes it."""
    return _digest(json.dumps(value, separators=(",", ":")).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
