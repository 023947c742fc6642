"""`workflow.logger`: knows the Workflow it runs in, and is silent in replay."""

import logging
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from duralog.workflow.runtime import maybe_current

if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter


class LoggerAdapter(_Adapter):
    """Adds the Workflow's facts to each line.

    workflow_info_on_message: Append them to the message.
    workflow_info_on_extra: Set them as `temporal_workflow` on the record, as Temporal does.
    full_workflow_info_on_extra: Set the `workflow.Info` as `workflow_info` on the record.
    log_during_replay: Log also what was logged before.
    """

    def __init__(self, logger: logging.Logger, extra: Mapping[str, Any] | None) -> None:
        super().__init__(logger, extra or {})
        self.workflow_info_on_message = True
        self.workflow_info_on_extra = True
        self.full_workflow_info_on_extra = False
        self.log_during_replay = False

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """The message and the record's extras, with the Workflow's facts."""
        extra: dict[str, Any] = {}
        runtime = maybe_current()
        if runtime is not None:
            details = runtime.info.logger_details()
            if self.workflow_info_on_message:
                msg = f"{msg} ({details})"
            if self.workflow_info_on_extra:
                extra["temporal_workflow"] = details
            if self.full_workflow_info_on_extra:
                extra["workflow_info"] = runtime.info
        kwargs["extra"] = {**extra, **(kwargs.get("extra") or {})}
        return msg, kwargs

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 # logging's name
        """False in replay."""
        runtime = maybe_current()
        if runtime is not None and runtime.is_replaying and not self.log_during_replay:
            return False
        return super().isEnabledFor(level)

    @property
    def base_logger(self) -> logging.Logger:
        """The logger underneath, for handlers and formatters."""
        return self.logger


logger: Final = LoggerAdapter(logging.getLogger("duralog.workflow"), None)
"""The logger of all Workflows."""
