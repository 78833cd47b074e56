"""Hazards of November 2020, and asking for them without a database."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import json

from events.claims import DisputeClaim, QuantityClaim
from events.details import Clearance, Contamination, Explosion
from events.known import ALL_KNOWN, as_known
from events.occurrence import Occurrence
from events.occurrence_events import OccurrenceEvent
from events.values import Count
from projections.clocks import Clocks
from projections.hazards.answers import Hazard, HazardQuery, HazardRow, hazards_of
from projections.hazards.rows import HAZARDS
from projections.hazards.told import Told
from projections.lasting import Lasting
from projections.registry_view import RegistryView
from tests import cases

BAKU = "Asia/Baku"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def karabakh() -> RegistryView:
    return cases.registry(
        cases.a_place("azerbaijan", "country", zone=BAKU),
        cases.a_place("karabakh", "region", "azerbaijan", zone=BAKU),
        cases.a_place("kalbajar", "district", "azerbaijan", zone=BAKU),
        cases.a_place("lachin", "district", "azerbaijan", zone=BAKU),
        cases.a_place("istisu", "village", "kalbajar", zone=BAKU),
        cases.a_place("zabukh", "village", "lachin", zone=BAKU),
    )


def laid() -> list[OccurrenceEvent]:
    return [
        cases.reported(
            Contamination(devices=("ied", "uxo"), items=Count(words="large numbers")),
            cases.when(None, "2020-11-25", BAKU),
            cases.cited("digest", "2020-11-25"),
            cases.place("karabakh"),
        ),
        cases.claim(
            "laid.mines",
            QuantityClaim(of="mines", count=Count(low=1000, open_ended=True)),
            "source:mines-office",
            cases.cited("office", "2020-11-27"),
        ),
    ]


def cleared(*, items: Count | None = None, area_m2: int | None = None, day: str = "2020-11-20") -> OccurrenceEvent:
    return cases.reported(
        Clearance(devices=("uxo",), items=items, area_m2=area_m2),
        cases.when(day, zone=BAKU),
        cases.cited("digest", "2020-11-25"),
        cases.place("istisu"),
        cases.place("zabukh"),
        cases.party("sappers", "agency"),
    )


def exploded() -> list[OccurrenceEvent]:
    return [
        cases.reported(
            Explosion(device="mine"),
            cases.when("2020-11-23", zone=BAKU),
            cases.cited("tass", "2020-11-23"),
            cases.place("istisu"),
            cases.place("lachin", "origin"),
        ),
        cases.claim("mine.no", DisputeClaim(words="nothing went off"), "party:sappers", cases.cited("s", "2020-11-24")),
    ]


def november() -> list[Occurrence]:
    return [
        cases.folded("laid", laid(), 1),
        cases.folded("cleared", [cleared(items=Count(low=40, best=50), area_m2=900)], 3),
        cases.folded("mine", exploded(), 4),
    ]


def rows_of(occurrences: Sequence[Occurrence], known_at: str | None = None) -> list[HazardRow]:
    """Give the rows that the projection has of occurrences, read back as the queries read them."""
    rows: list[HazardRow] = []
    for occurrence in occurrences:
        view = as_known(occurrence, ALL_KNOWN if known_at is None else cases.moment(known_at))
        for row in HAZARDS.rows(view) if view is not None else ():
            name, start_at, end_at, zone, told = row.values
            assert isinstance(start_at, datetime)
            assert isinstance(end_at, datetime)
            rows.append(HazardRow(str(name), Lasting(start_at, end_at, str(zone)), json.decode(str(told), type=Told)))
    return rows


def asked(
    query: HazardQuery | None = None,
    occurrences: Sequence[Occurrence] | None = None,
    *,
    as_of: str | None = None,
    known_at: str | None = None,
) -> list[Hazard]:
    rows = rows_of(november() if occurrences is None else occurrences, known_at)
    clocks = Clocks(position=9, now=NOW, as_of=as_of, known_at=known_at)
    return hazards_of(rows, query or HazardQuery(), karabakh(), clocks)
