"""Spans of what clients, workflows and activities do, with the names of Temporal's SDK.

    client = await Client.connect("localhost:9092", interceptors=[TracingInterceptor()])

One interceptor serves the client and all its workers. A trace goes on in the headers: from the
start to the workflow's activities, on whichever worker they run.
"""

from duralog.contrib.opentelemetry import workflow
from duralog.contrib.opentelemetry.interceptor import (
    TracingInterceptor,
    TracingWorkflowInboundInterceptor,
)

__all__ = ["TracingInterceptor", "TracingWorkflowInboundInterceptor", "workflow"]
