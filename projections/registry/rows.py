"""The rows of what is registered."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import assert_never

import msgspec

from events.names import fold
from events.registry import Party, Place, Registered, Report, Source
from events.values import Name
from projections.table import RegistryProjection, Row, Table

REGISTERED = Table(
    "registered", ("category", "id", "kind", "belongs_to", "aligned_with", "search", "state"), open_to_all=True
)
NAMES = Table("registered_name", ("category", "id", "folded", "name"))
REPORTS = Table(
    "report",
    ("id", "source", "published_at", "language", "url", "translation_of", "withdrawn", "search", "state"),
)

_ENCODER = msgspec.json.Encoder()


class RegistryRows:
    """Parties, places and sources with their names, and reports; `state` is the whole of what is registered."""

    name = "registry"
    version = 2
    schema = Path(__file__).with_name("tables.sql")
    tables: Sequence[Table] = (REGISTERED, NAMES, REPORTS)

    def rows(self, registered: Registered) -> Iterable[Row]:
        """Give the row of a party, place or source and those of its names, or the row of a report."""
        match registered:
            case Party(said=said):
                return _rows("party", registered, said.member_of, said.aligned_with)
            case Place(said=said):
                return _rows("place", registered, _around(registered), ())
            case Source(said=said):
                return _rows("source", registered, (), () if said.aligned_with is None else (said.aligned_with,))
            case Report():
                return (_report(registered),)
            case _:
                assert_never(registered)


def _around(place: Place) -> tuple[str, ...]:
    return (*place.said.within, *(() if place.said.parent is None else (place.said.parent,)))


def _rows(
    category: str, registered: Party | Place | Source, belongs_to: Sequence[str], aligned_with: Sequence[str]
) -> Iterable[Row]:
    names = _names(registered)
    yield Row(
        REGISTERED.name,
        registered.id,
        (
            category,
            registered.id,
            registered.said.kind,
            tuple(belongs_to),
            tuple(aligned_with),
            " ".join(dict.fromkeys(fold(name) for name in (registered.id, *names))),
            _ENCODER.encode(registered).decode(),
        ),
    )
    for name in names:
        yield Row(NAMES.name, f"{registered.id} {name}", (category, registered.id, fold(name), name))


def _names(registered: Party | Place | Source) -> Sequence[str]:
    """Give the names as written, each once."""
    given: Sequence[Name] = () if isinstance(registered, Source) else registered.said.names
    return list(dict.fromkeys((registered.said.name, *(name.name for name in given))))


def _report(report: Report) -> Row:
    said = report.said
    values = (
        report.id,
        said.source,
        said.published_at,
        said.language,
        said.url,
        said.translation_of,
        report.withdrawn_at is not None,
        fold(f"{report.id} {said.title or ''} {said.url or ''}"),
        _ENCODER.encode(report).decode(),
    )
    return Row(REPORTS.name, report.id, values)


REGISTRY: RegistryProjection = RegistryRows()
