"""The interface for tests: the application on servers of its own, keys for it, and what is sent to it."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar
from msgspec import structs

from projections.catalogue import CATALOGUE
from projections.generation_postgres import Generations
from projections.runner_postgres import Runner
from services.api.app import create_app
from services.cli import key_store
from services.settings import Settings
from services.wiring import API_ROLE, WORKER_ROLE, open_log, open_pool
from tests.reporter import AGREEMENT, ENTRY, EXPLOSION

__all__ = ("AGREEMENT", "ENTRY", "EXPLOSION", "ApiClient", "client", "make_key", "settings_for", "told_november")

ALL_SCOPES = key_store.SCOPES
NO_REDIS = "redis://127.0.0.1:1/0"
"""Where no Redis answers."""


def settings_for(database_url: str, redis_url: str, **changed: Any) -> Settings:  # noqa: ANN401  any setting's value
    settings = Settings(database_url=database_url, redis_url=redis_url, pool_size=4)
    return structs.replace(settings, **changed)


async def make_key(database_url: str, *scopes: str) -> str:
    secret = key_store.new_key()
    async with open_pool(database_url, API_ROLE, size=1) as pool:
        await key_store.create(pool, secret, "test", scopes or ALL_SCOPES)
    return secret


class ApiClient:
    """Sends requests with one key."""

    def __init__(self, http: AsyncClient, app: Litestar, database_url: str, key: str | None) -> None:
        self.http = http
        self.app = app
        self.database_url = database_url
        self.headers = {} if key is None else {"authorization": f"Bearer {key}"}

    async def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str | int) -> Response:
        return await self.http.get(path, params=query or None, headers={**self.headers, **(headers or {})})

    async def head(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return await self.http.head(path, headers={**self.headers, **(headers or {})})

    async def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Response:
        return await self.http.post(path, json=body, headers={**self.headers, **(headers or {})})

    async def patch(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Response:
        return await self.http.patch(path, json=body, headers={**self.headers, **(headers or {})})

    async def raw(self, path: str, content: bytes, **headers: str) -> Response:
        sent = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, content=content, headers={**self.headers, **sent})

    async def record(self, commands: Iterable[tuple[str, Mapping[str, object]]]) -> list[dict[str, Any]]:
        """Send what must be taken, and give what it came to."""
        done: list[dict[str, Any]] = []
        for path, body in commands:
            answer = await self.post(path, body)
            assert answer.status_code in {200, 201}, (path, answer.text)
            done.append(answer.json())
        return done

    async def fold(self) -> None:
        """Bring every projection to the head of the log, as workers do."""
        async with (
            open_pool(self.database_url, WORKER_ROLE, size=2) as pool,
            open_pool(self.database_url, WORKER_ROLE, size=2) as reads,
            open_log(self.database_url, reads=reads) as log,
        ):
            await Generations(pool, log, CATALOGUE).prepare()
            await Runner(pool, log, CATALOGUE).drain()

    async def register_november(self) -> None:
        await self.record(NOVEMBER)


NOVEMBER: tuple[tuple[str, Mapping[str, object]], ...] = (
    *(
        ("/v1/parties", {"id": party, "name": party, "kind": "state_force"})
        for party in ("azerbaijan", "armenian-forces", "russian-peacekeepers")
    ),
    ("/v1/places", {"id": "azerbaijan-land", "name": "Azerbaijan", "kind": "country", "time_zone": "Asia/Baku"}),
    *(
        (
            "/v1/places",
            {
                "id": place,
                "name": "Kəlbəcər",
                "kind": kind,
                "parent": "azerbaijan-land",
                "names": [{"name": "Kalbajar", "language": "en"}],
            },
        )
        for place, kind in (("kalbajar", "district"), ("kalbajar-town", "town"))
    ),
    ("/v1/sources", {"id": "mod", "name": "MoD", "kind": "official", "time_zone": "Asia/Baku"}),
    ("/v1/reports", {"id": "r1", "source": "mod", "published_at": "2020-11-25"}),
)


@asynccontextmanager
async def client(settings: Settings, *scopes: str, anonymous: bool = False) -> AsyncGenerator[ApiClient]:
    """Run the application in this process, and give a client with a key of these scopes (all, if none are named)."""
    key = None if anonymous else await make_key(settings.database_url, *scopes)
    app = create_app(settings)
    # Litestar's own client sends one request after the other, even those that are sent together.
    transport = ASGITransport(cast("Any", app))
    async with app.lifespan(), AsyncClient(transport=transport, base_url="http://testserver.local") as http:
        yield ApiClient(http, app, settings.database_url, key)


async def together(*requests: Any) -> list[Response]:  # noqa: ANN401  coroutines of requests
    """Send requests at the same moment."""
    return list(await asyncio.gather(*requests))


@asynccontextmanager
async def told_november(settings: Settings) -> AsyncGenerator[ApiClient]:
    """Run the application with an explosion, a change of control and an agreement told and folded."""
    async with client(settings) as made:
        await made.register_november()
        await made.record(("/v1/occurrences", body) for body in (EXPLOSION, ENTRY, AGREEMENT))
        await made.fold()
        yield made
