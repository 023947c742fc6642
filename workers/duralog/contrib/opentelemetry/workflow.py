"""Spans that workflow code makes itself."""

from opentelemetry.util.types import Attributes

from duralog.contrib.opentelemetry.interceptor import CURRENT


def completed_span(
    name: str, *, attributes: Attributes = None, exception: Exception | None = None
) -> None:
    """Make a span that begins and ends now, beside the workflow's others; never in replay.

    A span with a length of its own would not outlive the worker. Does nothing without a
    `TracingInterceptor`.
    """
    interceptor = CURRENT.get()
    if interceptor is not None:
        interceptor.completed_span(name, attributes=attributes, exception=exception)
