"""What each program of `tests/programs` must do, in the time-skipping environment and on Kafka.

A check runs the program's `main` with a client, then looks at its result and at what its history
must hold. `skips`: time skips, so that days cost nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import ModuleType
from typing import Any, Final

from duralog.client import Client, WorkflowExecutionStatus
from duralog.schemas.events import WorkflowExecutionStarted

Check = Callable[[ModuleType, Client, bool], Awaitable[None]]

SHORT: Final = timedelta(seconds=1)  # In place of days, where time does not skip.
FAN_OUT: Final = 200  # Enough to go through several Workflow Tasks.


async def events_of(client: Client, workflow_id: str, run_id: str | None = None) -> list[Any]:
    """All events of a run, which are numbered without a gap."""
    history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    assert [event.event_id for event in history.events] == [*range(1, len(history.events) + 1)]
    return [*history.events]


def names(events: list[Any]) -> list[str]:
    """What happened, without Workflow Tasks."""
    found = [type(event).__name__ for event in events]
    return [name for name in found if not name.startswith("WorkflowTask")]


def scheduled(events: list[Any]) -> list[str]:
    """The types of the activities, in the order in which they were scheduled."""
    return [e.activity_type for e in events if type(e).__name__ == "ActivityTaskScheduled"]


async def order_saga(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    shop, parcel, causes = await program.main(client)
    assert parcel == "parcel-1"
    assert [str(cause) for cause in causes] == ["order 2 undone", "order 3 undone"]
    assert shop.reserved == {"1": "book"}
    assert shop.ledger == ["charge 1 20", "charge 3 9000", "refund payment-3"]
    refused, undone = await events_of(client, "order-2"), await events_of(client, "order-3")
    assert scheduled(refused) == ["reserve", "charge", "release"]
    assert scheduled(undone) == ["reserve", "charge", "ship", "refund", "release"]
    shipping = next(e for e in undone if type(e).__name__ == "ActivityTaskFailed")
    assert shipping.retry_state == "MAXIMUM_ATTEMPTS_REACHED"
    assert names(undone)[-1] == "WorkflowExecutionFailed"


async def subscription(program: ModuleType, client: Client, skips: bool) -> None:
    options = {} if skips else {"period": SHORT}
    stays, leaves = await program.main(client, **options)
    assert stays == ([10, 10, 10], "Dear Ana: time is up")
    assert leaves == ([12], "Dear Luis: goodbye")
    stayed, left = (
        await events_of(client, "subscription-ana"),
        names(await events_of(client, "subscription-luis")),
    )
    assert names(stayed).count("TimerFired") == 3
    assert stayed[-1].event_time_ms - stayed[0].event_time_ms >= 3 * (
        30 * 86_400_000 if skips else 1000
    )
    assert left.count("WorkflowExecutionSignaled") == 2
    assert left.count("TimerStarted") == left.count("TimerCanceled")
    assert "TimerFired" not in left


async def entity(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    balances, refusal, balance, entries, account = await program.main(client)
    assert balances == [100, 70, 75, 80, 70]
    assert (refusal, balance, entries) == ("Overdrawn", 70, ["booked +5", "booked -10"])
    assert (account.owner, account.balance, account.runs) == ("Ana", 70, 2)
    assert account.entries == ["booked +100", "booked -30", "booked +5", "booked +5", "booked -10"]
    last = await client.get_workflow_handle("account-ana").describe()
    first = names(await events_of(client, "account-ana", last.first_execution_run_id))
    assert first.count("WorkflowExecutionUpdateAccepted") == 5
    assert first.count("WorkflowExecutionUpdateCompleted") == 5
    assert first[-1] == "WorkflowExecutionContinuedAsNew"
    second = names(await events_of(client, "account-ana"))
    assert "WorkflowExecutionUpdateAccepted" not in second


async def fan_out(program: ModuleType, client: Client, skips: bool, *, size: int = FAN_OUT) -> None:
    del skips
    total, failed = await program.main(client, size=size)
    assert total == sum(n * n for n in range(size)) - 13 * 13
    assert failed == [13]
    happened = names(await events_of(client, "batch"))
    assert happened.count("ActivityTaskScheduled") == size
    assert happened.count("ActivityTaskCompleted") == size - 1
    assert happened.count("ActivityTaskFailed") == 1


async def long_poller(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    progress, job = await program.main(client)
    assert progress.percent == 100
    assert job.attempts[:2] == [(1, 0), (2, 40)]
    ((attempt, percent),) = job.attempts[2:]  # A busy machine may lose the last heartbeats.
    assert (attempt, progress.polls) == (3, 3 + percent // 10)
    assert 50 <= percent <= 70
    events = await events_of(client, "watch-job")
    started = next(e for e in events if type(e).__name__ == "ActivityTaskStarted")
    assert started.attempt == 3
    assert started.last_failure.timeout_type == "HEARTBEAT"
    assert names(events).count("ActivityTaskScheduled") == 1


async def approval(program: ModuleType, client: Client, skips: bool) -> None:
    options = {} if skips else {"patience": SHORT}
    assert [o.value for o in await program.main(client, **options)] == [
        "paid",
        "refused",
        "expired",
    ]
    paid, refused, expired = [await events_of(client, f"approval-{n}") for n in range(3)]
    assert scheduled(paid) == ["ask_manager", "pay"]
    assert scheduled(refused) == scheduled(expired) == ["ask_manager"]
    assert "WorkflowPropertiesModified" in names(paid)
    assert "TimerFired" in names(expired)
    assert "TimerFired" not in names(refused)


async def child_tree(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    leaves, gardener = await program.main(client)
    every = [f"branch.{a}.{b}" for a in range(3) for b in range(3)]
    assert leaves == [leaf + ": Rotten" * (leaf == "branch.1.1") for leaf in every]
    assert gardener == "3 for tree"
    tree, rotten = (
        names(await events_of(client, "tree")),
        names(await events_of(client, "branch.1")),
    )
    assert tree.count("ChildWorkflowExecutionStarted") == 2
    assert tree.count("ExternalWorkflowExecutionSignaled") == 2
    assert rotten.count("ChildWorkflowExecutionCompleted") == 2
    assert rotten.count("ChildWorkflowExecutionFailed") == 1
    leaf = (await events_of(client, "branch.2.2"))[0]
    assert isinstance(leaf, WorkflowExecutionStarted)
    assert (leaf.parent_workflow_id, leaf.root_workflow_id) == ("branch.2", "tree")


async def cancel_race(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    winner, was_cancelled, noticed = await program.main(client)
    assert winner == "fast"
    assert was_cancelled
    assert noticed[0] == "slow called back"
    assert sorted(noticed[1:3]) == ["lame called back", "lost called back"]
    assert noticed[3:] == ["tidied up: race called off"]
    won, off = names(await events_of(client, "race-won")), await events_of(client, "race-off")
    assert won.count("ActivityTaskCancelRequested") == won.count("ActivityTaskCanceled") == 1
    assert names(off).count("ActivityTaskCanceled") == 2
    assert scheduled(off)[-1] == "tidy_up"
    assert names(off)[-1] == "WorkflowExecutionCanceled"


async def versioned_deploy(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    assert await program.main(client) == [
        "letter to CheckoutV1, paid",
        "email to CheckoutV2, paid",
        "email to CheckoutV3, paid",
    ]
    runs = [await events_of(client, f"checkout-CheckoutV{n}") for n in (1, 2, 3)]
    assert [names(run).count("MarkerRecorded") for run in runs] == [0, 1, 1]
    assert [scheduled(run) for run in runs] == [["send_letter"], ["send_email"], ["send_email"]]


async def codec(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    answer, error = await program.main(client)
    assert answer == "THE CAKE IS A LIE" * 100
    assert error.message == "nothing to whisper"
    assert list(error.details) == ["hush"]
    started = (await events_of(client, "confide"))[0]
    (sealed,) = started.input
    assert sealed.metadata["encoding"] == program.ENCODING
    assert len(sealed.data) < 100
    failed = (await events_of(client, "confide-2"))[-1]
    assert "nothing to whisper" not in repr(failed)


async def api_client(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    answers, calls = await program.main(client)
    assert answers == {
        "/good": "/good at attempt 1",
        "/flaky": "/flaky at attempt 4",
        "/busy": "/busy at attempt 2",
        "/missing": "NotFoundError: NON_RETRYABLE_FAILURE",
        "/down": "ConnectionError: MAXIMUM_ATTEMPTS_REACHED",
    }
    assert calls == {"/good": 1, "/flaky": 4, "/busy": 2, "/missing": 1, "/down": 5}
    events = await events_of(client, "fetch")
    started = [e for e in events if type(e).__name__ == "ActivityTaskStarted"]
    assert sorted(e.attempt for e in started) == [1, 1, 2, 4, 5]


async def loop(program: ModuleType, client: Client, skips: bool) -> None:
    del skips
    mailbox, first_run_id, second_run_id = await program.main(client)
    assert (mailbox.read, mailbox.letters) == (10, [])
    assert mailbox.runs >= 2
    first = await events_of(client, "reader", first_run_id)
    second = await events_of(client, "reader", second_run_id)
    assert names(first)[-1] == "WorkflowExecutionContinuedAsNew"
    assert scheduled(first) == ["read_aloud"] * 3
    assert isinstance(second[0], WorkflowExecutionStarted)
    assert second[0].continued_execution_run_id == first_run_id
    description = await client.get_workflow_handle("reader").describe()
    assert description.status is WorkflowExecutionStatus.COMPLETED
    assert description.first_execution_run_id == first_run_id


CHECKS: Final[dict[str, Check]] = {
    "api_client": api_client,
    "approval": approval,
    "cancel_race": cancel_race,
    "child_tree": child_tree,
    "codec": codec,
    "entity": entity,
    "fan_out": fan_out,
    "long_poller": long_poller,
    "loop": loop,
    "order_saga": order_saga,
    "subscription": subscription,
    "versioned_deploy": versioned_deploy,
}
