"""A worker of the chaos test, in a process of its own. Tells `started` on stdout."""

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # It runs as a script: `tests` is not there yet.

from chaos import programs
from duralog.client import Client
from duralog.worker import Worker


async def main() -> None:
    """Work until SIGTERM; then finish or hand over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--task-queue", required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    async with await Client.connect(options.address, prefix=options.prefix) as client:
        worker = Worker(
            client,
            task_queue=options.task_queue,
            workflows=programs.WORKFLOWS,
            activities=programs.ACTIVITIES,
            graceful_shutdown_timeout=timedelta(seconds=5),
        )
        print(json.dumps({"event": "started"}), flush=True)
        await worker.run()


if __name__ == "__main__":
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(main())
