"""Starts a greeting through the client and waits for it."""

import argparse
import asyncio

from worker import TASK_QUEUE
from workflow import GreetSomeone

from duralog.client import Client


async def main() -> None:
    """Greet `name`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="Ana")
    parser.add_argument("--kafka", default="localhost:9092")
    options = parser.parse_args()
    async with await Client.connect(options.kafka) as client:
        handle = await client.start_workflow(
            GreetSomeone.run, options.name, id=f"greeting-{options.name}", task_queue=TASK_QUEUE
        )
        print(f"started {handle.id}, run {handle.result_run_id}")
        print(await handle.result())


if __name__ == "__main__":
    asyncio.run(main())
