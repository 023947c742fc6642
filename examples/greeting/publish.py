"""Starts greetings without Duralog: any service that can write to Kafka can start a workflow.

The event is JSON; its header `content-type` says so. Its header `id` is its identity: the same
event published twice starts one workflow.
"""

import argparse
import json
import uuid

from confluent_kafka import Producer

NAMES = ("Ana", "Luis", "Carmen", "Pablo", "Sofía", "Diego")


def main() -> None:
    """Publish one start event for each name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="whom to greet")
    parser.add_argument("--count", type=int, help="so many, whoever they are")
    parser.add_argument("--kafka", default="localhost:9092")
    parser.add_argument("--topic", default="duralog.default.ingress")
    options = parser.parse_args()
    count = options.count or len(options.names) or 1
    names = options.names or NAMES
    # Java's hash of keys, as Duralog's: a start lands on its workflow's partition at once.
    producer = Producer({"bootstrap.servers": options.kafka, "partitioner": "murmur2_random"})
    for number in range(count):
        name = names[number % len(names)]
        workflow_id = f"greeting-{name}-{uuid.uuid4().hex[:8]}"
        event = {
            "action": "start",
            "workflow_type": "GreetSomeone",
            "task_queue": "greeting-tasks",
            "input": [name],
        }
        headers: dict[str, str | bytes | None] = {
            "content-type": "application/json",
            "id": str(uuid.uuid4()),
        }
        producer.produce(options.topic, json.dumps(event), workflow_id, headers=headers)
        print(f"published {workflow_id}")
    left = producer.flush(10)
    if left:
        raise SystemExit(f"{left} events were not taken: is Kafka at {options.kafka}?")


if __name__ == "__main__":
    main()
