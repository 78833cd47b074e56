"""What is kept from readers, found in the log itself, and drawn over the tables that an answer is read from."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from events.codec import NOT_READ, READERS
from events.statements import statements
from events.values import Instant
from projections.catalogue import CATALOGUE
from projections.registry.queries import registry_at
from projections.registry_view import RegistryView
from projections.runner_postgres import Connection
from projections.tables_postgres import are_veiled
from projections.veil import Kept, Reader, Veil, coarse, covered_places

_SQL = statements(Path(__file__).with_suffix(".sql"))
_VIEWS_KEPT = 16

NOTHING = RegistryView(0, {}, {}, {})


class _Until(Struct):
    until: Instant | None = None


_UNTIL = msgspec.json.Decoder(_Until)


class Veils:
    """Tells what is kept from each reader; what the log says of it is read anew when it says something new."""

    def __init__(self) -> None:
        """Begin without anything read."""
        self._kept: tuple[int, Sequence[Kept]] = (0, ())
        self._veiled = False

    async def at(self, connection: Connection, restricted: int, reader: Reader, registry: RegistryView) -> Veil:
        """Give what is kept from a reader; `restricted` is the last position at which that changed."""
        if self._kept[0] != restricted:
            rows = await (await connection.execute(_SQL["kept"], binary=True)).fetchall()
            found = [Kept(stream, number, _until(shape, data)) for stream, number, *shape, data in rows]
            self._kept = (restricted, found)
        kept = [one for one in self._kept[1] if one.from_(reader)]
        occurrences = _of("occurrence", kept)
        places = _of("place", kept)
        return Veil(
            occurrences=occurrences,
            reports=await _reports(connection, list(occurrences.values())),
            places={**places, **covered_places(places, registry)},
            known_places=registry.places,
        )

    async def draw(self, connection: Connection, veil: Veil) -> bool:
        """Keep from the rest of a transaction the rows of what is hidden; tells whether that can be done.

        It cannot before a worker of this release has started: the views of an earlier one kept nothing from readers.
        """
        if not veil:
            return True
        numbers = "{" + ",".join(map(str, veil.numbers)) + "}"
        await connection.execute(_SQL["draw"], {"numbers": numbers})
        if not self._veiled:
            tables = [table.name for one in CATALOGUE.projections for table in one.tables if not table.open_to_all]
            self._veiled = await are_veiled(connection, tables)
        return self._veiled


def _until(shape: Sequence[object], data: bytes) -> datetime | None:
    """Give when a restriction ends; what cannot be read of it, or is of a newer release, lets nobody see more."""
    if tuple(shape) not in READERS:
        return None
    try:
        return _UNTIL.decode(data).until
    except NOT_READ:
        return None


class Registries:
    """The registries as they stood at the last positions asked for; most answers ask for the newest."""

    def __init__(self) -> None:
        """Begin without any."""
        self._made = ""
        self._views: dict[int, RegistryView] = {}
        self._coarse: dict[tuple[int, frozenset[str]], RegistryView] = {}

    async def at(self, connection: Connection, changed: int, made: str) -> RegistryView:
        """Give the registries as at the position of their last change.

        `made` tells which rows are read: another generation, or a stream that is parked no longer, makes others.
        """
        if made != self._made:
            self._made, self._views, self._coarse = made, {}, {}
        view = self._views.pop(changed, None)
        if view is None:
            earlier = max((kept for kept in self._views if kept < changed), default=None)
            base = None if earlier is None else self._views[earlier]
            view = await registry_at(connection, changed, base)
        # Meanwhile another answer may have come to know other rows, and this one reads those of its own snapshot.
        if made == self._made:
            self._keep(changed, view)
        return view

    def _keep(self, changed: int, view: RegistryView) -> None:
        self._views[changed] = view
        while len(self._views) > _VIEWS_KEPT:
            del self._views[next(iter(self._views))]

    def as_seen(self, registry: RegistryView, veil: Veil) -> RegistryView:
        """Give the registries as a reader may see them."""
        covered = {name: number for name, number in veil.places.items() if name in registry.places}
        if not covered:
            return registry
        asked = (registry.position, frozenset(covered))
        seen = self._coarse.pop(asked, None) or coarse(registry, covered)
        self._coarse[asked] = seen
        while len(self._coarse) > _VIEWS_KEPT:
            del self._coarse[next(iter(self._coarse))]
        return seen


async def _reports(connection: Connection, occurrences: Sequence[int]) -> dict[str, int]:
    """Give the reports that tell of nothing but what is hidden, as far as the projections have come."""
    if not occurrences:
        return {}
    [(there,)] = await (await connection.execute(_SQL["there"])).fetchall()
    if not there:
        return {}
    found = await (await connection.execute(_SQL["reports"], {"numbers": occurrences})).fetchall()
    return dict(found)


def _of(category: str, kept: Sequence[Kept]) -> dict[str, int]:
    """Give what is kept of one category by its id."""
    begin = f"{category}-"
    return {one.stream.removeprefix(begin): one.number for one in kept if one.stream.startswith(begin)}
