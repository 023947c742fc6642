"""`activity.logger`: every line says which attempt wrote it. Never a payload."""

import logging
from collections.abc import MutableMapping
from typing import Any, Final

from duralog.activity.context import CURRENT


class LoggerAdapter(logging.LoggerAdapter[logging.Logger]):
    """Adds the running attempt to each line.

    activity_info_on_message: append it to the text, on by default.
    activity_info_on_extra: put it in the record's `temporal_activity`, as Temporal does.
    full_activity_info_on_extra: put the `activity.Info` in the record's `activity_info`.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logger, {})
        self.activity_info_on_message = True
        self.activity_info_on_extra = True
        self.full_activity_info_on_extra = False

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Add the details of the running attempt, if there is one."""
        context = CURRENT.get(None)
        if context is None:
            return msg, kwargs
        details = context.logger_details()
        extra: dict[str, Any] = {}
        if self.activity_info_on_extra:
            extra["temporal_activity"] = details
        if self.full_activity_info_on_extra:
            extra["activity_info"] = context.info()
        kwargs["extra"] = {**extra, **(kwargs.get("extra") or {})}
        if self.activity_info_on_message:
            msg = f"{msg} ({details})"
        return msg, kwargs

    @property
    def base_logger(self) -> logging.Logger:
        """The plain logger behind it."""
        return self.logger


logger: Final = LoggerAdapter(logging.getLogger("duralog.activity"))
