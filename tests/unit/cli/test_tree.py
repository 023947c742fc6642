"""`duralog workflow trace` draws what the history says."""

import io
from datetime import timedelta

from rich.console import Console

from duralog import activity, workflow
from duralog.cli.tree import Branch, tree_of
from duralog.cli.workflow_trace import drawn
from duralog.common import RetryPolicy
from duralog.exceptions import ActivityError, ApplicationError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker


@activity.defn
async def pack(name: str) -> str:
    return name


@activity.defn
async def refuse() -> None:
    raise ApplicationError("out of stock", type="OutOfStock")


@workflow.defn
class Ship:
    @workflow.run
    async def run(self, name: str) -> str:
        await workflow.sleep(timedelta(seconds=90))
        return name


@workflow.defn
class Order:
    def __init__(self) -> None:
        self.is_paid = False

    @workflow.run
    async def run(self) -> str:
        soon = timedelta(seconds=10)
        await workflow.execute_activity(pack, "tea", start_to_close_timeout=soon)
        try:
            policy = RetryPolicy(maximum_attempts=3)
            await workflow.execute_activity(
                refuse, start_to_close_timeout=soon, retry_policy=policy
            )
        except ActivityError:
            pass
        await workflow.execute_child_workflow(Ship.run, "tea", id="ship")
        await workflow.wait_condition(lambda: self.is_paid)
        return "done"

    @workflow.signal
    def paid(self) -> None:
        self.is_paid = True


def told(branch: Branch) -> list[tuple[str, str, str]]:
    return [(b.kind, b.name, b.status) for b in branch.branches]


async def test_a_tree_says_what_ran_and_how_it_ended() -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as env,
        Worker(env.client, task_queue="q", workflows=[Order, Ship], activities=[pack, refuse]),
    ):
        handle = await env.client.start_workflow(Order.run, id="order", task_queue="q")
        await env.sleep(timedelta(minutes=5))
        root = tree_of((await handle.fetch_history()).events)
        assert (root.kind, root.name, root.status) == ("workflow", "Order", "running")
        assert told(root) == [
            ("activity", "pack", "completed"),
            ("activity", "refuse", "failed"),
            ("workflow", "Ship", "completed"),
        ]
        packed, refused, ship = root.branches
        assert packed.attempt == 1
        assert refused.attempt == 3
        assert "OutOfStock: out of stock" in refused.failure
        assert ship.ended_ms - ship.began_ms >= 90_000
        child = env.client.get_workflow_handle(ship.workflow_id, run_id=ship.run_id)
        assert told(tree_of((await child.fetch_history()).events)) == [("timer", "90 s", "fired")]
        await handle.signal(Order.paid)
        await handle.result()
        root = tree_of((await handle.fetch_history()).events)
        assert root.status == "completed"


def test_it_is_drawn_for_people() -> None:
    root = Branch("workflow", "Order", "failed", 1_000, 3_500, failure="OutOfStock: tea")
    root.workflow_id = "order"
    root.branches.append(Branch("activity", "pack", "running", 1_000, attempt=2))
    out = io.StringIO()
    Console(file=out, width=100).print(drawn(root))
    assert out.getvalue().splitlines() == [
        "workflow Order order  failed after 2.500 s  OutOfStock: tea",
        "└── activity pack  running, attempt 2",
    ]
