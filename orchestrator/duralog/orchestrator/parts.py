"""Replies that carry histories: in parts, each small enough for one inbox record."""

from dataclasses import replace

from duralog.orchestrator.context import Addressed, Context
from duralog.schemas.replies import Reply
from duralog.state.limits import PART_BYTES_MAX


def reply_in_parts(context: Context, request: Addressed, reply: Reply, events: list[bytes]) -> None:
    """Send `reply` with `events` as its body, in as many parts as needed; none is split."""
    if request.reply_partition < 0:
        return
    parts: list[list[bytes]] = [[]]
    size = 0
    for data in events:
        if parts[-1] and size + len(data) > PART_BYTES_MAX:
            parts.append([])
            size = 0
        parts[-1].append(data)
        size += len(data)
    for index, body in enumerate(parts):
        context.reply(request, replace(reply, body=body, part=index, parts=len(parts)))
