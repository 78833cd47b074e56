"""Reading: from the parameters of a request to a snapshot of what it asks about, and from that to an answer."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar.response.base import ASGIResponse
from msgspec import Meta, Struct, structs

from events.names import fold
from events.references import Reference, references
from events.refusals import UnknownError
from events.times import FOREVER
from projections.clocks import Answered, Clocks
from projections.naming import Naming
from projections.paging import CursorError
from projections.registry_view import RegistryView
from projections.snapshot_postgres import Moment, Snapshot
from projections.veil import Reader, Veil
from services.api.answers import ENCODER, JSON, respond
from services.api.errors import Wrong
from services.api.nearest import hint, with_nearest
from services.api.queries import Clocked, Positioned, bad_query
from services.api.routes import Asked

Q = TypeVar("Q", bound=Struct)
A = TypeVar("A")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHECK_BYTES = 12
# What the id in a path is of, by the collection that it stands in.
_CATEGORIES = {"occurrences": "occurrence", "claims": "claim", "transfers": "transfer", "reports": "report"}
_SHOWN = 5
# What may change from one page to the next without making it another list; the position stands in the cursor itself.
_PAGING = {"cursor", "limit", "min_position", "wait_s", "at_position"}
_QUARTER_US = 15 * 60 * 1_000_000


class Held(Struct, frozen=True):
    """What an answer is made from: a snapshot, the clocks, and where the page before ended."""

    snapshot: Snapshot
    clocks: Clocks
    after: str | None

    @property
    def given(self) -> tuple[Any, RegistryView, Clocks]:
        """What the queries of every projection take first."""
        return self.snapshot.connection, self.snapshot.registry, self.clocks


class _Place(Struct, frozen=True, array_like=True):
    """What a cursor holds: where its page ended, the position and the moment that the whole list is for.

    The check keeps it from being mistaken; who makes one on purpose finds it held to what an answer could have given.
    """

    after: Annotated[str, Meta(pattern=r"^[^\x00]*\Z")]
    position: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    now_us: Annotated[int, Meta(ge=0, le=(FOREVER - _EPOCH) // timedelta(microseconds=1))]
    check: bytes


@asynccontextmanager
async def held(asked: Asked, query: Positioned, *names: str, counts: bool = False) -> AsyncGenerator[Held]:
    """Hold the projections named at one position, as the parameters ask.

    A list goes on as it began: its later pages are for the position and the moment of its first. With `counts` the
    rows of what is restricted are there too, to be counted and not told.
    Raises BadQueryError for a cursor that is none, and for ids that nothing is registered under.
    """
    place = _place(asked, query)
    moment = Moment(
        at_position=query.at_position if place is None else place.position,
        min_position=query.min_position,
        wait_s=query.wait_s,
    )
    await _refuse_unknown_occurrences(asked, query)
    reader = structs.replace(reader_of(asked), counts=counts)
    async with _hiding(asked, query), asked.parts.snapshots.take(names, moment, reader) as snapshot:
        _refuse_hidden(asked, query, snapshot.veil)
        _refuse_unknown(query, snapshot.registry)
        clocks = Clocks(
            position=snapshot.position,
            now=asked.parts.now() if place is None else _EPOCH + timedelta(microseconds=place.now_us),
            as_of=query.as_of if isinstance(query, Clocked) else None,
            known_at=query.known_at if isinstance(query, Clocked) else None,
        )
        try:
            yield Held(snapshot, clocks, None if place is None else place.after)
        except CursorError as error:
            raise bad_query(Wrong(parameter="cursor", detail=str(error))) from error
        except ValueError as error:
            # Questions that have no answer are refused with a plain ValueError; its subclasses are faults of ours.
            if type(error) is not ValueError:
                raise
            raise bad_query(Wrong(detail=str(error))) from error


def reader_of(asked: Asked) -> Reader:
    """Say what the caller may see: the moment is that of the request, whatever moment a cursor is for."""
    return Reader(restricted=asked.caller.may("read:restricted"), now=asked.parts.now())


class _HiddenError(Exception):
    """Parameters name occurrences that the reader may not know of."""


@asynccontextmanager
async def _hiding(asked: Asked, query: Positioned) -> AsyncGenerator[None]:
    """Answer for hidden occurrences as for unknown ones; what is like them is looked up when no snapshot is held."""
    try:
        yield
    except _HiddenError as error:
        refs = [ref for ref in references(query) if ref.category == "occurrence"]
        raise bad_query(*[await _unknown(asked, ref) for ref in refs if ref.id in error.args]) from None


def _refuse_hidden(asked: Asked, query: Positioned, veil: Veil) -> None:
    """Refuse what is hidden as what is not there: under the id in the path, and in the parameters."""
    category = _CATEGORIES.get(asked.request.scope["path"].split("/")[2])
    if category is not None and veil.hides_subject(category, asked.id):
        raise UnknownError(category, asked.id)
    hidden = [ref.id for ref in references(query) if veil.hides(ref.stream) and ref.category == "occurrence"]
    if hidden:
        raise _HiddenError(*hidden)


def answered(asked: Asked, holding: Held, found: Answered, media: str = JSON) -> ASGIResponse:
    """Answer with what was found."""
    _tell_of_parked(holding, found)
    body = holding.snapshot.veil.cover(ENCODER.encode(found))
    return respond(asked.request, body, media=media, modified=holding.snapshot.recorded_at)


def paged(asked: Asked, holding: Held, found: Any, media: str = JSON) -> ASGIResponse:  # noqa: ANN401  any page
    """Answer with a page: an Answered that has `next_cursor`, which is made to hold for this list alone."""
    links: list[tuple[str, str]] = []
    _tell_of_parked(holding, found)
    if found.next_cursor is not None:
        found.next_cursor = _cursor(asked, holding, found.next_cursor)
        links.append(("next", _with_cursor(asked, found.next_cursor)))
    body = holding.snapshot.veil.cover(ENCODER.encode(found))
    return respond(asked.request, body, media=media, modified=holding.snapshot.recorded_at, links=links)


def _tell_of_parked(holding: Held, found: Answered) -> None:
    if holding.snapshot.parked:
        found.parked_streams = holding.snapshot.parked


def _cursor(asked: Asked, holding: Held, after: str) -> str:
    place = _Place(after, holding.clocks.position, last_of_quarter(holding.clocks.now), b"")
    signed = msgspec.structs.replace(place, check=_check(asked, place))
    return urlsafe_b64encode(msgspec.msgpack.encode(signed)).decode().rstrip("=")


def last_of_quarter(now: datetime) -> int:
    """Give the last microsecond since 1970 of the quarter of an hour that a moment lies in.

    Days begin and end with a quarter in every zone, so that later pages are of the same day, while the cursor, and with
    it the page's ETag, does not change with every question.
    """
    micros = (now - _EPOCH) // timedelta(microseconds=1)
    return micros - micros % _QUARTER_US + _QUARTER_US - 1


def _place(asked: Asked, query: Positioned) -> _Place | None:
    """Read the cursor; one that this service did not give for these filters is refused."""
    text: str | None = getattr(query, "cursor", None)
    if text is None:
        return None
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        place = msgspec.msgpack.decode(packed, type=_Place)
    except ValueError as error:
        raise _no_cursor() from error
    if place.check != _check(asked, place) or query.at_position not in (None, place.position):
        raise _no_cursor()
    return place


def _check(asked: Asked, place: _Place) -> bytes:
    """Tie a cursor to its list: the path and every parameter that makes it another list."""
    kept = sorted(pair for pair in _pairs(asked) if pair[0] not in _PAGING)
    path: str = asked.request.scope["path"]
    told = msgspec.msgpack.encode((path, kept, place.after, place.position, place.now_us))
    return hashlib.sha256(told).digest()[:_CHECK_BYTES]


def _with_cursor(asked: Asked, cursor: str) -> str:
    kept = [pair for pair in _pairs(asked) if pair[0] not in {"cursor", "min_position", "wait_s"}]
    path: str = asked.request.scope["path"]
    return f"{path}?{urlencode([*kept, ('cursor', cursor)])}"


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    return parse_qsl(asked.request.scope["query_string"].decode("ascii"))


def _no_cursor() -> Exception:
    return bad_query(Wrong(parameter="cursor", detail="is none that this list gave"))


def _refuse_unknown(query: Positioned, registry: RegistryView) -> None:
    """Refuse ids that nothing is registered under: an empty answer would pass for a finding."""
    known = {"place": registry.places, "party": registry.parties, "source": registry.sources}
    wrong: list[Wrong] = []
    for ref in references(query):
        category, _, name = ref.stream.partition("-")
        if category in known and name not in known[category]:
            parameter = ref.pointer.split("/")[1]
            bearing = registry.bearing(Naming(fold(name))) if category == "place" else ()
            near = f"; of that name: {', '.join(bearing[:_SHOWN])}" if bearing else hint(name, known[category])
            detail = f"names the {category} {name!r}, which is not registered{near}"
            wrong.append(Wrong(parameter=parameter, detail=detail))
    if wrong:
        raise bad_query(*wrong)


async def _refuse_unknown_occurrences(asked: Asked, query: Positioned) -> None:
    """Refuse occurrences that nobody reported; before a snapshot is held, which would keep one connection more."""
    refs = [ref for ref in references(query) if ref.category == "occurrence"]
    there = await asked.parts.log.existing([ref.stream for ref in refs]) if refs else frozenset[str]()
    if all(ref.stream in there for ref in refs):
        return
    async with asked.parts.pool.connection() as connection:
        veil = await asked.parts.snapshots.veil(connection, reader_of(asked))
    gone = [ref for ref in refs if ref.stream not in there or veil.hides(ref.stream)]
    raise bad_query(*[await _unknown(asked, ref) for ref in gone])


async def _unknown(asked: Asked, ref: Reference) -> Wrong:
    error = await with_nearest(asked.parts.log, UnknownError(ref.category, ref.id))
    return Wrong(parameter=ref.pointer.split("/")[1], detail=str(error))


def part_of(query: Struct, kind: type[Q], **others: Any) -> Q:  # noqa: ANN401  members of any type
    """Give the question that a route's parameters ask of a projection: the members that both have, and others."""
    shared = set(kind.__struct_fields__) & set(query.__struct_fields__)
    return kind(**{name: getattr(query, name) for name in shared} | others)


def there(found: A | None, category: str, name: str) -> A:
    """Give what was found under an id in the path; raises UnknownError where nothing was."""
    if found is None:
        raise UnknownError(category, name[:120])
    return found
