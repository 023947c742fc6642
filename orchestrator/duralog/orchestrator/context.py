"""What surrounds one input, time, source and outputs, and how an input is refused."""

from dataclasses import dataclass, field
from typing import Protocol

from duralog.orchestrator.outbox import Answer, Outbox
from duralog.orchestrator.queues import Queues
from duralog.schemas.changelog import NO_SOURCE, Source
from duralog.schemas.codec import encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.levels import LEVEL_MAX
from duralog.schemas.replies import Reply
from duralog.schemas.requests import AcknowledgeTransfer, DeliverTransfer
from duralog.state.limits import PENDING_ACTIVITIES_MAX


class Rejected(Exception):
    """The request is refused; nothing has changed. Codes are those of Reply.

    Text: what was asked, what is true instead, what to do.
    run_id: of the run that stands in the way; empty: the request's.
    """

    def __init__(self, code: str, text: str, *, run_id: str = "") -> None:
        super().__init__(text)
        self.run_id = run_id
        self.code = code
        self.text = text


class Addressed(Protocol):
    """What every Request has: whose run, and where the reply goes."""

    workflow_id: str
    run_id: str
    identity: str
    request_id: str
    reply_partition: int
    recipient: str
    correlation_id: str


@dataclass(slots=True, kw_only=True)
class Context:
    """One input's surroundings.

    now_ms: engine time; `process` never lets it go back. source: the input record; of a forwarded
    one, its origin.
    refused: why the input was; nothing of it was done.
    transfer: what the Request came in, of another run: that gets the answer.
    pending_activities_max: of one run. level_max: the highest feature level this engine knows.
    """

    now_ms: int
    source: Source = NO_SOURCE
    out: Outbox = field(default_factory=Outbox)
    queues: Queues
    refused: Rejected | None = None
    transfer: DeliverTransfer | None = None
    pending_activities_max: int = PENDING_ACTIVITIES_MAX
    level_max: int = LEVEL_MAX

    def reply(self, request: Addressed, reply: Reply) -> None:
        """Send `reply` after the commit; nothing when the request wants none.

        To the run a transfer came from: in the transaction, for it waits without asking again.
        """
        if self.transfer is not None:
            self._acknowledge(self.transfer, reply)
            return
        if request.reply_partition >= 0:
            reply.recipient, reply.correlation_id = request.recipient, request.correlation_id
            reply.engine_time_ms = self.now_ms
            self.send(request.reply_partition, request.recipient, encode(reply))

    def answer(
        self, request: Addressed, code: str = "OK", text: str = "", run_id: str = ""
    ) -> None:
        """Reply with a code and no more."""
        if request.reply_partition >= 0:
            workflow_id = request.workflow_id
            reply = Reply(recipient="", correlation_id="", code=code, text=text)
            reply.workflow_id, reply.run_id = workflow_id, run_id or request.run_id
            self.reply(request, reply)

    def _acknowledge(self, transfer: DeliverTransfer, reply: Reply) -> None:
        if reply.code == "RESOURCE_EXHAUSTED":
            return  # Nothing is decided: it comes again.
        answer = AcknowledgeTransfer(
            workflow_id=transfer.origin_workflow_id,
            run_id=transfer.origin_run_id,
            transfer_id=transfer.transfer_id,
            code=reply.code,
            text=reply.text,
            target_run_id=reply.run_id,
        )
        partition = partition_of(answer.workflow_id, self.queues.partitions)
        key = answer.workflow_id.encode()
        self.out.task("transfers", "", partition, key, encode(answer))

    def send(self, partition: int, recipient: str, value: bytes) -> None:
        """One inbox record after the commit."""
        self.out.replies.append(Answer(partition, recipient.encode(), value))
