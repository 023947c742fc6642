"""Memo, search attributes, metadata and patches of a run, run and replayed alike."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from duralog import workflow
from duralog.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
)
from duralog.converter import encode_search_attributes
from duralog.schemas import commands
from duralog.schemas.payloads import Payload
from duralog.workers.replay import replay_history
from duralog.workflow import NondeterminismError, WorkflowDefinition
from unit.workers.driver import Driver, names

CITY = SearchAttributeKey.for_keyword("City")
YEAR = SearchAttributeKey.for_int("Year")
SINCE = SearchAttributeKey.for_datetime("Since")
MAY = datetime(2026, 5, 1, tzinfo=UTC)


@workflow.defn
class Changes:
    """Changes what it was started with, and returns what it sees."""

    @workflow.run
    async def run(self) -> list[object]:
        workflow.upsert_memo({"a": 2, "gone": None, "new": [1]})
        workflow.upsert_memo({})
        seen = workflow.info().typed_search_attributes
        workflow.upsert_search_attributes([CITY.value_set("Genf"), YEAR.value_unset()])
        workflow.upsert_search_attributes([SINCE.value_set(MAY)])
        assert seen[CITY] == "Genf"
        assert seen.get(YEAR) is None
        assert seen.get(SINCE) == MAY
        assert workflow.info().search_attributes == {"City": ["Genf"], "Since": [MAY]}
        assert workflow.info().priority == Priority(priority_key=3)
        return [dict(workflow.memo()), workflow.memo_value("a"), workflow.memo_value("gone", 7)]


def test_memo_and_search_attributes_are_changed_and_seen() -> None:
    driver = Driver(Changes)
    started = driver.history.events[0]
    convert = driver.history.converter.payload_converter.to_payload
    started.memo = {"a": convert(1), "gone": convert("x")}
    started.priority_key = 3
    started.search_attributes = encode_search_attributes(
        TypedSearchAttributes([SearchAttributePair(CITY, "Bern"), SearchAttributePair(YEAR, 1)])
    )
    made, _ = driver.step()
    assert names(made) == [
        "ModifyWorkflowProperties",
        "UpsertWorkflowSearchAttributes",
        "UpsertWorkflowSearchAttributes",
        "CompleteWorkflowExecution",
    ]
    assert made[0] == commands.ModifyWorkflowProperties(
        upserted_memo={"a": convert(2), "gone": convert(None), "new": convert([1])}
    )
    assert made[1] == commands.UpsertWorkflowSearchAttributes(
        search_attributes={
            "City": Payload(
                metadata={"encoding": b"json/plain", "type": b"Keyword"}, data=b'"Genf"'
            ),
            "Year": convert(None),
        }
    )
    assert driver.result_of(made[3]) == [{"a": 2, "new": [1]}, 2, 7]


@workflow.defn
class Named:
    """Its timers and its Activity say what they are for."""

    @workflow.run
    async def run(self) -> None:
        call = workflow.start_activity(
            "greet",
            start_to_close_timeout=timedelta(seconds=1),
            summary="say hello",
            priority=Priority(priority_key=2, fairness_key="ana", fairness_weight=1.5),
        )
        nap = asyncio.create_task(workflow.sleep(1, summary="nap"))
        rest = asyncio.create_task(asyncio.sleep(2))
        limited = workflow.wait_condition(lambda: False, timeout=3, timeout_summary="patience")
        await asyncio.gather(call, nap, rest, limited)


def test_summaries_and_priorities_are_in_the_commands() -> None:
    driver = Driver(Named)
    made, _ = driver.step()
    convert = driver.history.converter.payload_converter.to_payload
    call = made[0]
    assert isinstance(call, commands.ScheduleActivityTask)
    assert call.user_metadata_summary == convert("say hello")
    assert (call.priority_key, call.fairness_key, call.fairness_weight) == (2, "ana", 1.5)
    summaries = {
        c.start_to_fire_timeout_ms: c.user_metadata_summary
        for c in made
        if isinstance(c, commands.StartTimer)
    }
    assert summaries == {1000: convert("nap"), 2000: None, 3000: convert("patience")}


@workflow.defn(name="Patched")
class Before:
    """The code of the first release."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(1)
        return "old"


@workflow.defn(name="Patched")
class With:
    """The newer path, and the older one for runs that took it."""

    @workflow.run
    async def run(self) -> str:
        if workflow.patched("p1") and workflow.patched("p1"):
            await workflow.sleep(2)
            return "new" if workflow.patched("p2") else "between"
        await workflow.sleep(1)
        return "old"


@workflow.defn(name="Patched")
class Deprecating:
    """No run on the older path is left."""

    @workflow.run
    async def run(self) -> str:
        workflow.deprecate_patch("p1")
        await workflow.sleep(2)
        workflow.deprecate_patch("p2")
        return "new"


@workflow.defn(name="Patched")
class After:
    """No run with a patch that is not deprecated is left."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(2)
        return "new"


def finish(driver: Driver) -> str:
    """Run a task, its timer, and the rest: the result."""
    driver.step()
    driver.history.fire_timer("1")
    made, _ = driver.next()
    return str(driver.result_of(made[-1]))


def replays(workflow_class: type, driver: Driver) -> None:
    """Raises when this code does not fit the history."""
    replay_history(WorkflowDefinition.must_find(workflow_class), driver.history.events)


def test_a_new_run_takes_the_patch_once_and_names_all_patches() -> None:
    driver = Driver(With)
    made, _ = driver.step()
    assert names(made) == ["RecordMarker", "UpsertWorkflowSearchAttributes", "StartTimer"]
    marker = made[0]
    assert isinstance(marker, commands.RecordMarker)
    assert marker.marker_name == "core_patch"
    assert marker.details["patch-data"].data == b'{"id":"p1","deprecated":false}'
    driver.history.fire_timer("1")
    made, _ = driver.next()
    assert names(made) == [
        "RecordMarker",
        "UpsertWorkflowSearchAttributes",
        "CompleteWorkflowExecution",
    ]
    upsert = made[1]
    assert isinstance(upsert, commands.UpsertWorkflowSearchAttributes)
    versions = upsert.search_attributes["TemporalChangeVersion"]
    assert (versions.data, versions.metadata["type"]) == (b'["p1","p2"]', b"KeywordList")
    assert driver.result_of(made[2]) == "new"


def test_each_release_replays_what_it_must() -> None:
    old, new, deprecated = Driver(Before), Driver(With), Driver(Deprecating)
    assert [finish(d) for d in (old, new, deprecated)] == ["old", "new", "new"]
    fitting: list[tuple[type, Driver]] = [
        (With, old),
        (With, new),
        (Deprecating, new),
        (Deprecating, deprecated),
        (After, deprecated),
        (With, deprecated),
    ]
    for code, history in fitting:
        replays(code, history)
    # Behind a deprecated marker any code may follow; in front of another, none.
    changed: list[tuple[type, Driver]] = [(Before, new), (After, new)]
    for code, history in changed:
        with pytest.raises(NondeterminismError):
            replays(code, history)


def test_a_marker_without_its_search_attribute_is_an_older_history() -> None:
    driver = Driver(With)
    driver.step()
    kept = [
        e for e in driver.history.events if type(e).__name__ != "UpsertWorkflowSearchAttributes"
    ]
    for event_id, event in enumerate(kept, start=1):
        event.event_id = event_id
    replay_history(WorkflowDefinition.must_find(With), kept)
