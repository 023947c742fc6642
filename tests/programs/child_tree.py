"""A tree of workflows: each node starts its children, one of them fails, one outlives the root."""

import asyncio
from dataclasses import dataclass

from temporalio import workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ChildWorkflowError
from temporalio.worker import Worker
from temporalio.workflow import ParentClosePolicy

TASK_QUEUE = "trees"


@dataclass
class Node:
    path: str
    depth: int
    width: int = 3


@workflow.defn
class Branch:
    @workflow.run
    async def run(self, node: Node) -> list[str]:
        if node.path.endswith("1.1"):
            raise ApplicationError("a rotten branch", node.path, type="Rotten")
        if node.depth == 0:
            return [node.path]
        names = [f"{node.path}.{number}" for number in range(node.width)]
        children = [
            workflow.execute_child_workflow(
                Branch.run, Node(name, node.depth - 1, node.width), id=name
            )
            for name in names
        ]
        leaves: list[str] = []
        for name, result in zip(
            names, await asyncio.gather(*children, return_exceptions=True), strict=True
        ):
            if isinstance(result, ChildWorkflowError):
                assert isinstance(result.cause, ApplicationError)
                leaves.append(f"{name}: {result.cause.type}")
            elif isinstance(result, BaseException):
                raise result
            else:
                leaves.extend(result)
        return leaves


@workflow.defn
class Gardener:
    """Waits for water; the tree that planted it may be gone by then."""

    def __init__(self) -> None:
        self.water = 0

    @workflow.signal
    def pour(self, litres: int) -> None:
        self.water += litres

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self.water >= 3)
        parent = workflow.info().parent
        return f"{self.water} for {parent.workflow_id if parent else 'nobody'}"


@workflow.defn
class Tree:
    @workflow.run
    async def run(self, node: Node) -> list[str]:
        gardener = await workflow.start_child_workflow(
            Gardener.run, id="gardener", parent_close_policy=ParentClosePolicy.ABANDON
        )
        await gardener.signal(Gardener.pour, 1)
        external = workflow.get_external_workflow_handle("gardener")
        await external.signal(Gardener.pour, 1)
        return await workflow.execute_child_workflow(Branch.run, node, id=node.path)


async def main(client: Client, depth: int = 2) -> tuple[list[str], str]:
    """The leaves of the tree, and what the gardener says when the tree is done."""
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[Tree, Branch, Gardener]):
        leaves = await client.execute_workflow(
            Tree.run, Node("branch", depth), id="tree", task_queue=TASK_QUEUE
        )
        gardener = client.get_workflow_handle("gardener", result_type=str)
        await gardener.signal(Gardener.pour, 1)
        return leaves, await gardener.result()
