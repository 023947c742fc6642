"""Transfers: what a run wants of others, until they acknowledge it; it outlives the run."""

from duralog.schemas.transitions import PendingTransfer
from duralog.state import links
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def pending(partition: PartitionState, execution: Execution, transition: PendingTransfer) -> None:
    """Sent, or sent again."""
    links.put_transfer(partition, execution, transition)


def acknowledged(partition: PartitionState, execution: Execution, transfer_id: int) -> None:
    """Its target has said what became of it."""
    links.drop_transfer(partition, execution, transfer_id)
