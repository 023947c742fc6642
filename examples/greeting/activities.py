"""The activities: calls to the outside world. They may fail; Duralog runs them again."""

from aiohttp import ClientSession

from duralog import activity
from duralog.exceptions import ApplicationError


class GreetingActivities:
    """Activities that share one HTTP session."""

    def __init__(self, session: ClientSession, service_url: str = "http://localhost:9999") -> None:
        self._session = session
        self._service_url = service_url

    @activity.defn
    async def greet_in_spanish(self, name: str) -> str:
        """Ask the microservice for a greeting.

        A refusal (4xx) will not change, so it is not tried again; anything else is.
        """
        url = f"{self._service_url}/greet-spanish"
        async with self._session.get(url, params={"name": name}) as response:
            text = await response.text()
        if response.status >= 400:
            raise ApplicationError(
                f"HTTP {response.status}: {text}", non_retryable=response.status < 500
            )
        return text
