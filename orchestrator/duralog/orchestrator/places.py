"""Whether a task may go to its queue now: the topic exists, and the dispatch window has a place."""

from duralog.orchestrator.context import Context
from duralog.state import keys
from duralog.state.partition import PartitionState


def take_place(
    partition: PartitionState, context: Context, kind: str, queue: str, *, ahead: bool
) -> tuple[bool, str]:
    """May one more task go out? And if its topic is missing, the cause to show.

    ahead: it does not join the tail: a repeated dispatch, or the head of those that wait.
    """
    queues = context.queues
    if not queues.known(kind, queue):
        context.out.ensure_topics.add((kind, queue))
        return False, f"no queue {queue!r}: its topic is not there yet, or has too few partitions"
    if ahead:
        return True, ""
    if not queues.checked(kind, queue):
        prefix = keys.waiting_prefix(kind, queue)
        waits = next(partition.scan(prefix, keys.end_of(prefix), 1), None) is not None
        queues.check(kind, queue, waits=waits)
    if queues.waits(kind, queue) or not queues.has_place(kind, queue, context.now_ms):
        queues.check(kind, queue, waits=True)
        return False, ""
    return True, ""
