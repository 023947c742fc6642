"""The workflow: plain code that survives crashes of everything it runs on."""

from datetime import timedelta

from duralog import workflow

with workflow.unsafe.imports_passed_through():
    from activities import GreetingActivities


@workflow.defn
class GreetSomeone:
    """Greets one person in Spanish."""

    @workflow.run
    async def run(self, name: str) -> str:
        """`name` in, greeting out."""
        return await workflow.execute_activity_method(
            GreetingActivities.greet_in_spanish,
            name,
            start_to_close_timeout=timedelta(seconds=5),
        )
