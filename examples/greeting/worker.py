"""Runs the workflow and the activity. Start as many as you like: they share the work."""

import argparse
import asyncio
import contextlib
import logging
import signal

from activities import GreetingActivities
from aiohttp import ClientSession
from workflow import GreetSomeone

from duralog.client import Client
from duralog.worker import Worker

TASK_QUEUE = "greeting-tasks"


async def main() -> None:
    """Work until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", default="localhost:9092")
    parser.add_argument("--service", default="http://localhost:9999")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    this = asyncio.current_task()
    assert this is not None
    # Asked to stop: finish or hand over what runs, then end.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    client = await Client.connect(options.kafka)
    async with ClientSession() as session:
        activities = GreetingActivities(session, options.service)
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[GreetSomeone],
            activities=[activities.greet_in_spanish],
        )
        await worker.run()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(main())
