"""What users call inside Activity code.

@activity.defn
async def greet(name: str) -> str:
    activity.logger.info("greeting")
    return f"Hello, {name}"
"""

from duralog.activity.context import (
    cancellation_details,
    client,
    heartbeat,
    in_activity,
    info,
    is_cancelled,
    is_worker_shutdown,
    metric_meter,
    payload_converter,
    raise_complete_async,
    shield_thread_cancel_exception,
    wait_for_cancelled,
    wait_for_cancelled_sync,
    wait_for_worker_shutdown,
    wait_for_worker_shutdown_sync,
)
from duralog.activity.definition import ActivityDefinition, defn
from duralog.activity.info import ActivityCancellationDetails, Info
from duralog.activity.log import LoggerAdapter, logger

__all__ = [
    "ActivityCancellationDetails",
    "ActivityDefinition",
    "Info",
    "LoggerAdapter",
    "cancellation_details",
    "client",
    "defn",
    "heartbeat",
    "in_activity",
    "info",
    "is_cancelled",
    "is_worker_shutdown",
    "logger",
    "metric_meter",
    "payload_converter",
    "raise_complete_async",
    "shield_thread_cancel_exception",
    "wait_for_cancelled",
    "wait_for_cancelled_sync",
    "wait_for_worker_shutdown",
    "wait_for_worker_shutdown_sync",
]
