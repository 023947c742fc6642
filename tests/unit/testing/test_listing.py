"""`Client.list_workflows` and `count_workflows`, in the in-process environment."""

from typing import Any

import pytest

from duralog import workflow
from duralog.client import (
    Client,
    CountWorkflowsInput,
    Interceptor,
    ListWorkflowsInput,
    OutboundInterceptor,
    RPCError,
    RPCStatusCode,
    WorkflowExecutionAsyncIterator,
    WorkflowExecutionCount,
    WorkflowExecutionStatus,
)
from duralog.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

CITY = SearchAttributeKey.for_keyword("City")


@workflow.defn
class Parent:
    @workflow.run
    async def run(self, city: str) -> None:
        workflow.upsert_search_attributes([CITY.value_set(city)])
        await workflow.execute_child_workflow(Child.run, id=f"child-{city}")


@workflow.defn
class Child:
    @workflow.run
    async def run(self) -> None:
        return


async def seed(client: Client) -> None:
    """Two parents and their children, all over; and a run that nobody works on."""
    async with Worker(client, task_queue="q", workflows=[Parent, Child]):
        for city in ("Rome", "Oslo"):
            await client.execute_workflow(Parent.run, city, id=f"parent-{city}", task_queue="q")
    await client.start_workflow(
        "Waiting",
        id="waiting",
        task_queue="nobody",
        memo={"note": {"n": 1}},
        search_attributes=TypedSearchAttributes([SearchAttributePair(CITY, "Rome")]),
    )


async def ids(client: Client, query: str | None = None, **options: Any) -> list[str]:
    return [found.id async for found in client.list_workflows(query, **options)]


async def test_runs_are_listed_and_counted(workflow_environment: WorkflowEnvironment) -> None:
    client = workflow_environment.client
    await seed(client)
    assert (await ids(client))[0] == "waiting"
    assert len(await ids(client)) == 5
    assert await ids(client, "City = 'Rome'") == ["waiting", "parent-Rome"]
    assert await ids(client, "City = 'Rome' AND CloseTime IS NOT NULL") == ["parent-Rome"]
    assert await ids(client, "WorkflowType = 'Nobody'") == []
    assert await ids(client, "", page_size=2) == await ids(client)
    assert await ids(client, "", page_size=2, limit=3) == (await ids(client))[:3]

    (child,) = [found async for found in client.list_workflows("WorkflowId = 'child-Oslo'")]
    assert (child.parent_id, child.root_id) == ("parent-Oslo", "parent-Oslo")
    assert child.status is WorkflowExecutionStatus.COMPLETED
    handle = client.get_workflow_handle(child.id, run_id=child.run_id)
    described = await handle.describe()
    assert child.start_time == described.start_time
    assert child.close_time == described.close_time
    assert child.history_length == described.history_length
    assert child.raw_info.history_size_bytes == described.history_size_bytes

    (waiting,) = [found async for found in client.list_workflows("CloseTime IS NULL")]
    assert await waiting.memo() == {"note": {"n": 1}}
    assert await waiting.memo_value("note") == {"n": 1}
    assert await waiting.memo_value("other", 7) == 7
    assert waiting.typed_search_attributes[CITY] == "Rome"
    assert waiting.task_queue == "nobody"
    assert waiting.parent_id is None

    assert (await client.count_workflows()).count == 5
    by_status = await client.count_workflows("GROUP BY ExecutionStatus")
    assert by_status.count == 5
    found = {str(group.group_values[0]): group.count for group in by_status.groups}
    assert found == {"Completed": 4, "Running": 1}


def page_of(found: WorkflowExecutionAsyncIterator) -> list[str]:
    return [execution.id for execution in found.current_page or ()]


async def test_pages_go_on_from_a_token(workflow_environment: WorkflowEnvironment) -> None:
    client = workflow_environment.client
    await seed(client)
    first = client.list_workflows(page_size=3)
    assert page_of(first) == []
    await first.fetch_next_page()
    told = page_of(first)
    assert len(told) == 3
    rest = client.list_workflows(next_page_token=first.next_page_token)
    assert told + [found.id async for found in rest] == await ids(client)
    histories = client.list_workflows("WorkflowType = 'Child'").map_histories()
    assert sorted([h.workflow_id async for h in histories]) == ["child-Oslo", "child-Rome"]


async def test_a_query_that_cannot_be_read_is_the_callers_fault(
    workflow_environment: WorkflowEnvironment,
) -> None:
    client = workflow_environment.client
    with pytest.raises(RPCError, match=r"invalid query at character 1: no column WorkflowTyp") as e:
        await ids(client, "WorkflowTyp = 'A'")
    assert e.value.status is RPCStatusCode.INVALID_ARGUMENT
    with pytest.raises(RPCError, match="GROUP BY is for counts"):
        await ids(client, "A = 1 GROUP BY ExecutionStatus")


class Seen(Interceptor):
    """Notes what is asked."""

    def __init__(self) -> None:
        self.queries: list[str | None] = []

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        seen = self

        class Link(OutboundInterceptor):
            """Notes queries."""

            def list_workflows(self, input: ListWorkflowsInput) -> WorkflowExecutionAsyncIterator:
                seen.queries.append(input.query)
                return super().list_workflows(input)

            async def count_workflows(self, input: CountWorkflowsInput) -> WorkflowExecutionCount:
                seen.queries.append(input.query)
                return await super().count_workflows(input)

        return Link(next)


async def test_interceptors_see_lists_and_counts() -> None:
    seen = Seen()
    environment = await WorkflowEnvironment.start_time_skipping(interceptors=[seen])
    async with environment:
        assert await ids(environment.client, "A = 1") == []
        assert (await environment.client.count_workflows()).count == 0
    assert seen.queries == ["A = 1", None]
