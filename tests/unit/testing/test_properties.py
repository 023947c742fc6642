"""Memo, search attributes, metadata and patches, from the start to the description."""

from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.client import RPCError, RPCStatusCode, WorkflowExecutionDescription
from duralog.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
)
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

CITY = SearchAttributeKey.for_keyword("City")
VISITS = SearchAttributeKey.for_int("Visits")


@activity.defn
async def priority_key() -> int | None:
    return activity.info().priority.priority_key


@workflow.defn
class Visit:
    @workflow.run
    async def run(self) -> int | None:
        visits = workflow.info().typed_search_attributes.get(VISITS, 0)
        workflow.upsert_search_attributes([VISITS.value_set(visits + 1), CITY.value_unset()])
        workflow.upsert_memo({"visits": workflow.memo_value("visits") + 1, "guest": None})
        await workflow.sleep(timedelta(days=1), summary="a night")
        assert workflow.patched("since May")
        return await workflow.execute_activity(
            priority_key,
            start_to_close_timeout=timedelta(seconds=5),
            priority=Priority(priority_key=2),
        )


async def visit(environment: WorkflowEnvironment) -> WorkflowExecutionDescription:
    async with Worker(
        environment.client, task_queue="main", workflows=[Visit], activities=[priority_key]
    ):
        handle = await environment.client.start_workflow(
            Visit.run,
            id="visit",
            task_queue="main",
            memo={"visits": 1, "guest": "Ana"},
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(CITY, "Bern"), SearchAttributePair(VISITS, 7)]
            ),
            static_summary="a visit",
            static_details="long",
        )
        assert await handle.result() == 2
        return await handle.describe()


async def test_what_a_run_notes_is_described() -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        described = await visit(environment)
    assert described.typed_search_attributes[VISITS] == 8
    assert described.typed_search_attributes.get(CITY) is None
    assert described.search_attributes["TemporalChangeVersion"] == ["since May"]
    assert await described.memo() == {"visits": 2}
    assert await described.memo_value("visits", type_hint=int) == 2
    assert await described.memo_value("guest", None) is None
    with pytest.raises(KeyError):
        await described.memo_value("guest")
    assert await described.static_summary() == "a visit"
    assert await described.static_details() == "long"


async def test_a_payload_past_the_limit_is_refused_with_a_warning_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        with pytest.raises(RPCError, match="the limit is 2097152") as raised:
            await environment.client.start_workflow(
                "Any", "x" * 2_100_000, id="big", task_queue="main"
            )
    assert raised.value.status is RPCStatusCode.INVALID_ARGUMENT
    assert "the input of workflow Any has 2100002 bytes" in caplog.text
