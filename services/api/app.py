"""The application: every route, one handler for every error, and what is opened for as long as it runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.cors import CORSConfig

from services.api.batch import BATCH_ROUTES
from services.api.briefs import BRIEF_ROUTES
from services.api.casualties import CASUALTY_ROUTES
from services.api.control import CONTROL_ROUTES
from services.api.documentation import documentation_routes
from services.api.log import LOG_ROUTES
from services.api.log_stream import LOG_STREAM_ROUTES
from services.api.metrics import METRICS_ROUTES
from services.api.occurrences import OCCURRENCE_ROUTES
from services.api.operations import OPERATION_ROUTES
from services.api.options import options_handlers
from services.api.parts import keep, open_parts
from services.api.problems import answer
from services.api.proofs import PROOF_ROUTES
from services.api.recording import recording_routes
from services.api.registries import REGISTRY_ROUTES
from services.api.routes import Route, handler_of
from services.api.situations import SITUATION_ROUTES
from services.api.strikes import STRIKE_ROUTES
from services.api.timeline import TIMELINE_ROUTES
from services.api.vocabulary import VOCABULARY_ROUTES
from services.settings import Settings, current


def every_route() -> list[Route]:
    """Give all operations of the interface."""
    routes = [
        *recording_routes(),
        *BATCH_ROUTES,
        *OCCURRENCE_ROUTES,
        *CONTROL_ROUTES,
        *CASUALTY_ROUTES,
        *STRIKE_ROUTES,
        *SITUATION_ROUTES,
        *TIMELINE_ROUTES,
        *BRIEF_ROUTES,
        *REGISTRY_ROUTES,
        *LOG_ROUTES,
        *LOG_STREAM_ROUTES,
        *PROOF_ROUTES,
        *OPERATION_ROUTES,
        *METRICS_ROUTES,
        *VOCABULARY_ROUTES,
    ]
    return [*routes, *documentation_routes(routes)]


def create_app(settings: Settings | None = None) -> Litestar:
    """Make the application; without settings they are read from the environment."""
    chosen = settings or current()
    routes = every_route()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with open_parts(chosen) as parts:
            keep(app, parts)
            yield

    return Litestar(
        route_handlers=[*options_handlers(routes), *map(handler_of, routes)],
        lifespan=[lifespan],
        exception_handlers={Exception: answer},
        cors_config=_cors(chosen),
        # Routes describe themselves, and errors are logged where they are answered.
        openapi_config=None,
        logging_config=None,
    )


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "HEAD", "POST", "PATCH", "OPTIONS"],
        allow_headers=[
            "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id",
        ],
        expose_headers=[
            "etag", "link", "location", "retry-after", "ratelimit", "ratelimit-policy", "idempotent-replayed",
        ],
    )  # fmt: skip
