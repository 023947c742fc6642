"""`Failure`, as programs for Temporal import it."""

from duralog.schemas.payloads import Failure

__all__ = ["Failure"]
