"""An order saga: what was done is undone, in reverse, when a later step fails for good."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

TASK_QUEUE = "orders"


@dataclass
class Order:
    id: str
    item: str
    amount: int
    card: str


class Shop:
    """The world outside: what is reserved, and what was paid."""

    def __init__(self) -> None:
        self.reserved: dict[str, str] = {}
        self.ledger: list[str] = []

    @activity.defn
    async def reserve(self, order: Order) -> str:
        self.reserved[order.id] = order.item
        return f"reservation-{order.id}"

    @activity.defn
    async def release(self, reservation: str) -> None:
        del self.reserved[reservation.removeprefix("reservation-")]

    @activity.defn
    async def charge(self, order: Order) -> str:
        if order.card == "expired":
            raise ApplicationError("card expired", order.card, type="CardError", non_retryable=True)
        self.ledger.append(f"charge {order.id} {order.amount}")
        return f"payment-{order.id}"

    @activity.defn
    async def refund(self, payment: str) -> None:
        self.ledger.append(f"refund {payment}")

    @activity.defn
    async def ship(self, order: Order) -> str:
        if order.item == "elephant":
            raise ValueError("too heavy")
        return f"parcel-{order.id}"


@workflow.defn
class OrderSaga:
    def __init__(self) -> None:
        self._undo: list[Callable[[], Awaitable[None]]] = []

    @workflow.run
    async def run(self, order: Order) -> str:
        options = workflow.ActivityConfig(
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(milliseconds=100), maximum_attempts=2
            ),
        )
        try:
            reservation = await workflow.execute_activity_method(Shop.reserve, order, **options)
            self._undo.append(
                lambda: workflow.execute_activity_method(Shop.release, reservation, **options)
            )
            payment = await workflow.execute_activity_method(Shop.charge, order, **options)
            self._undo.append(
                lambda: workflow.execute_activity_method(Shop.refund, payment, **options)
            )
            return await workflow.execute_activity_method(Shop.ship, order, **options)
        except ActivityError as error:
            workflow.logger.warning("undoing %d steps", len(self._undo))
            for undo in reversed(self._undo):
                await undo()
            raise ApplicationError(f"order {order.id} undone") from error


async def main(client: Client) -> tuple[Shop, str, list[BaseException | None]]:
    """One order that ships, one whose card is refused, one that cannot be shipped."""
    shop = Shop()
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[OrderSaga],
        activities=[shop.reserve, shop.release, shop.charge, shop.refund, shop.ship],
    ):
        parcel = await client.execute_workflow(
            OrderSaga.run, Order("1", "book", 20, "visa"), id="order-1", task_queue=TASK_QUEUE
        )
        causes: list[BaseException | None] = []
        for order in (Order("2", "pen", 2, "expired"), Order("3", "elephant", 9000, "visa")):
            try:
                await client.execute_workflow(
                    OrderSaga.run, order, id=f"order-{order.id}", task_queue=TASK_QUEUE
                )
            except WorkflowFailureError as error:
                causes.append(error.cause)
        return shop, parcel, causes
