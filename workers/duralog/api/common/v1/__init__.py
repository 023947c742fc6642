"""`Payload`, as programs for Temporal import it."""

from duralog.schemas.payloads import Payload

__all__ = ["Payload"]
