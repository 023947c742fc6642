"""Every table of the core is total: no Event, Transition, Request or Command is forgotten."""

from typing import get_args

from duralog.orchestrator import commands as orders
from duralog.orchestrator import due, outputs, step
from duralog.orchestrator.handlers import INTERNAL, REQUESTS
from duralog.orchestrator.handlers.quarantine import UNPARKED
from duralog.schemas import commands, events, requests, transitions
from duralog.state import appliers, keys
from duralog.state.soft import SOFT_FIELDS

EVENTS = set(get_args(events.Event))
OF_NO_RUN = {
    transitions.DeadLetter,
    transitions.DeadLetterDecision,
    transitions.FeatureLevel,
    transitions.Positions,
    transitions.Void,
}


def test_every_event_has_an_applier() -> None:
    assert set(appliers.EVENTS) == EVENTS


def test_every_transition_of_a_run_has_an_applier_and_a_place() -> None:
    of_a_run = set(get_args(transitions.Transition)) - OF_NO_RUN
    assert set(appliers.TRANSITIONS) == of_a_run
    assert set(step.PLACES) == of_a_run


def test_every_place_has_a_tombstone() -> None:
    kinds = {kind for kind, _ in step.PLACES.values()}
    kinds -= {"pending", "history"}  # A tombstone in `history` is of the whole run.
    assert set(appliers.TOMBSTONES) == {"w", "a", "h", "q", "p", "o", "u"} | kinds


def test_every_request_has_a_handler() -> None:
    handled = set(REQUESTS) | {requests.ResumeWorkflowExecution, requests.DeliverTransfer}
    assert handled == set(get_args(requests.Request))
    assert set(UNPARKED) <= handled


def test_every_internal_input_has_a_handler() -> None:
    assert set(INTERNAL) == {*get_args(due.Due), due.QueueReady}


def test_every_command_is_checked_and_carried_out() -> None:
    every = set(get_args(commands.Command))
    assert set(orders.CHECKS) == every
    assert set(orders.ACTIONS) == every


def test_outputs_name_events_only() -> None:
    assert set(outputs.ENDS) <= EVENTS
    assert set(outputs.OUTPUTS) <= EVENTS


def test_every_event_that_closes_a_run_ends_what_is_pending_and_tells_who_waits() -> None:
    closing = {
        events.WorkflowExecutionCompleted,
        events.WorkflowExecutionFailed,
        events.WorkflowExecutionCanceled,
        events.WorkflowExecutionTerminated,
        events.WorkflowExecutionTimedOut,
        events.WorkflowExecutionContinuedAsNew,
    }
    assert closing <= set(outputs.ENDS)
    assert closing <= set(outputs.OUTPUTS)
    assert len({outputs.ENDS[one] for one in closing}) == 1


def test_soft_fields_exist() -> None:
    for record, names in SOFT_FIELDS.items():
        for name in names:
            assert hasattr(record, name), f"{record.__name__}.{name}"


def test_letters_of_the_store_are_single_and_different() -> None:
    assert all(len(letter) == 1 for letter in keys.LETTERS)
