"""Every kind of load, without faults: it ends, and its evidence is innocent."""

from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random  # noqa: TID251 (seeded)

import pytest

from chaos import ledger
from chaos.load import KINDS, Load
from chaos.programs import ACTIVITIES, WORKFLOWS
from chaos.system import TASK_QUEUE
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker
from evidence.checker import check
from evidence.model import Evidence

pytestmark = pytest.mark.slow


@pytest.fixture
async def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Load]:
    monkeypatch.setenv(ledger.LEDGER, str(tmp_path / "ledger.jsonl"))
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        worker = Worker(
            environment.client,
            task_queue=TASK_QUEUE,
            workflows=WORKFLOWS,
            activities=ACTIVITIES,
        )
        async with worker:
            yield Load(
                client=environment.client,
                producer=None,
                ingress="",
                partitions=0,
                chance=Random(1),
                in_flight=1,
                prefix="w",
            )


async def test_each_kind_ends_and_leaves_nothing_to_complain_of(load: Load, tmp_path: Path) -> None:
    for name, drive in KINDS.items():
        await drive(load, f"w-{name}")
    known = Evidence(calls=load.calls, effects=ledger.read(tmp_path / "ledger.jsonl"), quiet_ms=1)
    for name in KINDS:
        first = next(call.run_id for call in load.calls if call.workflow_id == f"w-{name}")
        for run_id in {first, ""}:
            handle = load.client.get_workflow_handle(f"w-{name}", run_id=run_id or None)
            history = await handle.fetch_history()
            known.histories[history.run_id] = list(history.events)
    assert check(known) == []
    assert "unknown" not in {call.outcome for call in load.calls}
    assert len(known.effects) > 50
