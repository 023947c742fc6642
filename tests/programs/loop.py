"""A loop without end: each run handles some items, then continues as new with what it knows."""

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowContinuedAsNewError, WorkflowFailureError
from temporalio.worker import Worker

TASK_QUEUE = "mailboxes"


@dataclass
class Mailbox:
    """What is carried from run to run."""

    letters: list[str] = field(default_factory=list)
    read: int = 0
    runs: int = 1


@activity.defn
async def read_aloud(letter: str) -> None:
    activity.logger.info("a letter of %d characters", len(letter))


@workflow.defn
class Reader:
    @workflow.init
    def __init__(self, mailbox: Mailbox | None = None) -> None:
        self.mailbox = mailbox or Mailbox()
        self.is_closing = False

    @workflow.signal
    def deliver(self, letter: str) -> None:
        self.mailbox.letters.append(letter)

    @workflow.signal
    def close(self) -> None:
        self.is_closing = True

    @workflow.run
    async def run(self, mailbox: Mailbox | None = None) -> Mailbox:
        handled = 0
        while True:
            await workflow.wait_condition(lambda: bool(self.mailbox.letters) or self.is_closing)
            if not self.mailbox.letters:
                return self.mailbox
            await workflow.execute_activity(
                read_aloud,
                self.mailbox.letters.pop(0),
                start_to_close_timeout=timedelta(seconds=10),
            )
            self.mailbox.read += 1
            handled += 1
            if self.is_closing:
                continue
            if handled == 3 or workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                self.mailbox.runs += 1
                workflow.continue_as_new(self.mailbox)


async def main(client: Client, letters: int = 10) -> tuple[Mailbox, str, str]:
    """What the last run knows; the run that began, and the one that continued it."""
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[Reader], activities=[read_aloud]):
        handle = await client.start_workflow(Reader.run, id="reader", task_queue=TASK_QUEUE)
        for number in range(letters):
            await handle.signal(Reader.deliver, f"letter {number}")
        first = client.get_workflow_handle("reader", run_id=handle.result_run_id)
        try:
            await first.result(follow_runs=False)
            raise AssertionError("it did not continue")
        except WorkflowContinuedAsNewError as error:
            next_run_id = error.new_execution_run_id
        await handle.signal(Reader.close)
        try:
            return await handle.result(), handle.result_run_id or "", next_run_id
        except WorkflowFailureError as error:
            raise AssertionError("it failed") from error
