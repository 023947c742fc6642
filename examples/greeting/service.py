"""The microservice behind the activity: GET /greet-spanish?name=Ana answers "¡Hola, Ana!".

`--fail-rate 0.3 --seed 7` lets some calls fail with 503, always the same ones, to watch retries.
"""

import argparse
import random

from aiohttp import web


def make_app(fail_rate: float = 0.0, seed: int = 0) -> web.Application:
    """The service; `fail_rate` of its answers are 503."""
    chance = random.Random(seed)
    routes = web.RouteTableDef()

    @routes.get("/greet-spanish")
    async def greet_spanish(request: web.Request) -> web.Response:
        if chance.random() < fail_rate:
            return web.Response(status=503, text="try again later")
        name = request.query.get("name", "").strip()
        if not name:
            return web.Response(status=400, text="missing required parameter 'name'")
        return web.Response(text=f"¡Hola, {name}!")

    app = web.Application()
    app.add_routes(routes)
    return app


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--fail-rate", type=float, default=0.0, help="0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    app = make_app(options.fail_rate, options.seed)
    web.run_app(app, host="127.0.0.1", port=options.port)


if __name__ == "__main__":
    main()
