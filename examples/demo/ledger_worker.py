"""The worker of the greeting example, with a ledger: who ran which attempt of which activity.

Each line is appended in one write: it is there even if the process is killed right after it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "greeting"))

from activities import GreetingActivities
from aiohttp import ClientSession
from worker import TASK_QUEUE
from workflow import GreetSomeone

from duralog import activity
from duralog.client import Client
from duralog.worker import Worker

PAUSE_S = (
    0.25  # An activity takes so long at least, so that there is a middle to kill something in.
)
CONCURRENT_MAX = 3  # For the same reason.


class LedgerActivities(GreetingActivities):
    """The activities of the example; each attempt leaves a line when it begins and when it ends."""

    def __init__(self, session: ClientSession, service_url: str, ledger: Path) -> None:
        super().__init__(session, service_url)
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    @activity.defn(name="greet_in_spanish")
    async def greet_in_spanish(self, name: str) -> str:
        """As the example's, slowly."""
        execution = uuid.uuid4().hex
        self._write(execution, "begin")
        try:
            await asyncio.sleep(PAUSE_S)
            text = await super().greet_in_spanish(name)
        except BaseException:
            self._write(execution, "failed")
            raise
        self._write(execution, "done")
        return text

    def _write(self, execution: str, what: str) -> None:
        info = activity.info()
        entry = {
            "execution": execution,
            "what": what,
            "run": info.workflow_run_id,
            "activity": info.activity_id,
            "attempt": info.attempt,
            "pid": os.getpid(),
            "time_ms": time.time_ns() // 1_000_000,
        }
        os.write(self._ledger, json.dumps(entry).encode() + b"\n")


async def main() -> None:
    """Work until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--service", required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    options = parser.parse_args()
    client = await Client.connect(options.kafka)
    async with ClientSession() as session:
        activities = LedgerActivities(session, options.service, options.ledger)
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[GreetSomeone],
            activities=[activities.greet_in_spanish],
            max_concurrent_activities=CONCURRENT_MAX,
        )
        await worker.run()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
