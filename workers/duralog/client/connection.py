"""What handles need of their client."""

from typing import Protocol

from duralog.client.calls import Connection
from duralog.client.interceptor import OutboundInterceptor
from duralog.common import QueryRejectCondition


class HandleClient(Connection, Protocol):
    """What a handle needs of its client."""

    @property
    def outbound(self) -> OutboundInterceptor:
        """The first link of the chain that makes the requests."""
        ...

    @property
    def default_workflow_query_reject_condition(self) -> QueryRejectCondition | None:
        """Of queries that say nothing else."""
        ...
