"""The command line against a real Kafka and a real engine: a workflow that has no worker."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from duralog.connectors.embedded import EmbeddedKafka
from integration.processes import Processes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
READY_S = 60


class Shell:
    """Runs `duralog` with the connection's flags."""

    def __init__(self, kafka: EmbeddedKafka, prefix: str) -> None:
        self.flags = ("--bootstrap-servers", kafka.bootstrap_servers, "--prefix", prefix)

    def __call__(self, *words: str, code: int = 0) -> str:
        """Its stdout; the exit code must be `code`."""
        done = subprocess.run(
            [sys.executable, "-m", "duralog.cli", *words, *self.flags],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def json(self, *words: str) -> list[dict[str, Any]]:
        """Its stdout, an object a line."""
        return [json.loads(line) for line in self(*words, "--output", "json").splitlines()]


@pytest.fixture
def duralog(kafka: EmbeddedKafka, topic_prefix: str, processes: Processes, tmp_path: Path) -> Shell:
    """The command line, with topics and an engine of its own."""
    shell = Shell(kafka, topic_prefix)
    shell("topics", "apply", "--partitions", "2", "--inbox-partitions", "1")
    words = ["-m", "duralog.cli", "engine", "--data-dir", str(tmp_path / "state"), *shell.flags]
    processes.start(words)
    end_s = time.monotonic() + READY_S
    while "slot 0 serves" not in processes.output():
        assert time.monotonic() < end_s, processes.output()
        time.sleep(0.2)
    return shell


def test_a_cron_workflow_waits_for_its_time(duralog: Shell) -> None:
    start = ("workflow", "start", "--type", "A", "--task-queue", "q", "--workflow-id", "nightly")
    assert "cron" in duralog(*start, "--cron", "61 * * * *", code=1)
    duralog(*start, "--cron", "0 3 1 1 *")
    first, *rest = duralog.json("workflow", "show", "-w", "nightly")
    assert first["cron_schedule"] == "0 3 1 1 *"
    assert first["first_workflow_task_backoff_ms"] > 0
    assert rest == []  # No Workflow Task before New Year.
    duralog("workflow", "terminate", "-w", "nightly", "--reason", "over")


def test_a_pending_workflow_task_is_described_in_words(duralog: Shell) -> None:
    duralog("workflow", "start", "--type", "A", "--task-queue", "q", "--workflow-id", "w")
    (line,) = (
        line
        for line in duralog("workflow", "describe", "-w", "w").splitlines()
        if line.startswith("workflow_task ")
    )
    assert "attempt 1, scheduled 2" in line
    assert "no start reported" in line or "not dispatched" in line
    duralog("workflow", "terminate", "-w", "w", "--reason", "over")


def test_the_story_of_a_workflow_from_the_command_line(duralog: Shell, tmp_path: Path) -> None:
    start = ("workflow", "start", "--type", "A", "--task-queue", "q", "--workflow-id", "w")
    started = duralog.json(*start, "--input", '{"n": 1}', "--input", '"two"')[0]
    assert started["workflow_id"] == "w"
    run_id = started["run_id"]

    refused = duralog(*start, code=1)
    assert refused.count("\n") >= 1
    assert "duralog: " in refused
    again = duralog.json(*start, "--id-conflict-policy", "UseExisting")[0]
    assert again["run_id"] == run_id

    duralog("workflow", "signal", "-w", "w", "--name", "paid", "--input", "3")
    duralog("workflow", "cancel", "-w", "w", "--reason", "enough")
    described = duralog.json("workflow", "describe", "-w", "w")[0]
    assert described["status"] == "RUNNING"
    assert described["run_id"] == run_id
    duralog("workflow", "terminate", "-w", "w", "--run-id", run_id, "--reason", "over")
    assert "over" in duralog("workflow", "result", "-w", "w", code=3)

    shown = duralog.json("workflow", "show", "-w", "w")
    assert [event["event_id"] for event in shown] == list(range(1, len(shown) + 1))
    assert shown[0]["input"] == [{"n": 1}, "two"]
    assert shown[-1]["type"] == "WorkflowExecutionTerminated"
    assert "WorkflowExecutionTerminated" in duralog("workflow", "show", "-w", "w")
    assert duralog("workflow", "trace", "-w", "w").startswith("workflow A w  terminated after ")

    tail = ("history", "tail", "--from", "earliest", "--no-follow")
    told = [
        {k: v for k, v in e.items() if k not in ("partition", "offset")}
        for e in duralog.json(*tail)
    ]
    assert told == shown
    assert len(duralog.json(*tail, "--workflow-id", "w", "--limit", "2")) == 2
    assert duralog.json(*tail, "--workflow-id", "other") == []

    verdicts = duralog.json("partition", "verify", "--state", str(tmp_path / "state" / "slot-0"))
    assert [verdict["faults"] for verdict in verdicts] == [[], []]
    assert sum(verdict["runs"] for verdict in verdicts) == 1
    assert all(verdict["compared"].startswith("equal to the disk") for verdict in verdicts)


def test_a_query_without_an_answer_is_one_line(duralog: Shell) -> None:
    start = ("--type", "A", "--task-queue", "q", "--workflow-id", "w", "--signal-name", "s")
    started = duralog.json("workflow", "signal-with-start", *start, "--signal-input", "1")[0]
    again = duralog.json("workflow", "signal-with-start", *start)[0]
    assert again["run_id"] == started["run_id"]
    query = ("workflow", "query", "-w", "w", "--name", "n")
    assert "no worker answered" in duralog(*query, "--command-timeout", "1s", code=1)
    update = ("workflow", "update", "execute", "-w", "w", "--name", "n")
    assert "no worker answered" in duralog(*update, "--command-timeout", "1s", code=1)
    duralog("workflow", "terminate", "-w", "w")
    assert "is closed" in duralog(*update, code=1)
    assert "never run by a worker" in duralog("workflow", "stack", "-w", "w", code=1)
    assert "TERMINATED" in duralog(*query, "--reject-condition", "not_open", code=1)


def test_unknown_things_are_one_line(duralog: Shell) -> None:
    unknown = duralog("workflow", "describe", "--workflow-id", "nobody", code=1)
    assert "nobody" in unknown.splitlines()[-1]
    assert "no engine partition 7" in duralog("partition", "verify", "--partition", "7", code=1)


def test_topics_are_planned_then_created(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    shell = Shell(kafka, topic_prefix)
    assert {row["state"] for row in shell.json("topics", "plan", "--partitions", "3")} == {
        "missing"
    }
    missing = shell("engine", code=1)
    assert "create it: duralog topics apply" in missing
    assert {row["state"] for row in shell.json("topics", "apply", "--partitions", "3")} == {
        "created"
    }
    planned = shell.json("topics", "plan")
    assert {row["state"] for row in planned} == {"as planned"}
    assert {row["partitions"] for row in planned if row["topic"].endswith(".history")} == {3}
    different = shell.json("topics", "plan", "--inbox-partitions", "2")
    inbox = next(row for row in different if row["topic"].endswith(".inbox"))
    assert inbox["state"] == "different"
    assert inbox["differences"] == {"partitions": "8"}


def test_partitions_that_somebody_added_stop_the_engine(
    kafka: EmbeddedKafka, topic_prefix: str
) -> None:
    shell = Shell(kafka, topic_prefix)
    shell("topics", "apply", "--partitions", "2")
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    anchor = f"{topic_prefix}.default.requests"
    admin.create_partitions([NewPartitions(anchor, 4)])[anchor].result(30)
    refused = shell("engine", code=1)
    assert "partitions is 2, not 4" in refused
