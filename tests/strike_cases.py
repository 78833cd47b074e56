"""The strikes on Syria of November 2020, and what strikes are asked of without a database."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from events.claims import PartyClaim, ResponsibilityClaim
from events.details import Strike
from events.known import ALL_KNOWN, as_known
from events.occurrence import Occurrence
from events.occurrence_events import OccurrenceEvent
from events.words import Degree
from projections.clocks import Clocks
from projections.registry_view import RegistryView
from projections.strikes.matching import StrikeQuery, StrikeRow, asked_for
from projections.strikes.rows import STRIKES
from projections.strikes.told import Told
from tests import cases

DAMASCUS = "Asia/Damascus"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def syria() -> RegistryView:
    """Give the places and parties that the strikes name."""
    zone = DAMASCUS
    return cases.registry(
        cases.a_place("syria", "country", zone=zone),
        cases.a_place("rif-dimashq", "province", "syria", zone=zone),
        cases.a_place("damascus-airport", "airport", "rif-dimashq", zone=zone),
        cases.a_place("jabal-al-mani", "mountain", "rif-dimashq", zone=zone),
        cases.a_place("quneitra", "province", "syria", zone=zone),
        cases.a_place("rwihinah", "village", "quneitra", zone=zone),
        cases.a_place("golan-heights", "region", zone=zone),
        cases.a_place("deir-ez-zor", "province", "syria", zone=zone),
        cases.a_place("beirut", "province", zone="Asia/Beirut"),
        cases.a_party("israel"),
        cases.a_party("israeli-air-force", "israel"),
        cases.a_party("syria"),
        cases.a_party("syrian-army", "syria"),
        cases.a_party("iran"),
    )


def responsibility(name: str, party: str, degree: Degree, claimant: str, published: str) -> OccurrenceEvent:
    content = ResponsibilityClaim(party=party, degree=degree)
    return cases.claim(name, content, claimant, cases.cited(f"report-{claimant.partition(':')[2]}", published))


def on_the_18th() -> list[OccurrenceEvent]:
    return [
        cases.reported(
            Strike(weapon="airstrike"),
            cases.when("2020-11-18", zone=DAMASCUS),
            cases.cited("sana", "2020-11-18"),
            cases.party("israel", "attacker"),
            cases.party("syrian-army", "target"),
            cases.place("rif-dimashq", "target"),
            cases.place("damascus-airport", "target"),
            cases.place("rwihinah", "target"),
            cases.place("golan-heights", "origin"),
        ),
        responsibility("strike-18.idf", "israel", "acknowledged", "party:israel", "2020-11-19"),
    ]


def on_the_21st() -> list[OccurrenceEvent]:
    return [
        cases.reported(
            Strike(weapon="airstrike"),
            cases.when("2020-11-21", zone=DAMASCUS),
            cases.cited("sohr", "2020-11-22"),
            cases.party("iran", "target"),
            cases.place("deir-ez-zor", "target"),
        ),
        responsibility("strike-21.sohr", "israel", "suspected", "source:sohr", "2020-11-22"),
    ]


def on_the_25th() -> list[OccurrenceEvent]:
    party = PartyClaim(party="iran", role="target")
    return [
        cases.reported(
            Strike(weapon="airstrike"),
            cases.when("2020-11-25", zone=DAMASCUS),
            cases.cited("afp", "2020-11-25"),
            cases.party("israel", "attacker"),
            cases.place("jabal-al-mani"),
            cases.place("rwihinah"),
            cases.place("golan-heights", "origin"),
        ),
        cases.claim("strike-25.sohr", party, "source:sohr", cases.cited("report-sohr", "2020-11-25")),
    ]


def november() -> list[Occurrence]:
    return [
        cases.folded("strike-18", on_the_18th(), 1),
        cases.folded("strike-21", on_the_21st(), 11),
        cases.folded("strike-25", on_the_25th(), 21),
    ]


def strike(name: str, start: str, *targets: str, first: int = 1, zone: str = DAMASCUS) -> Occurrence:
    """Give an Israeli strike on places, published on its own day."""
    return cases.folded(
        name,
        [
            cases.reported(
                Strike(),
                cases.when(start, zone=zone),
                cases.cited("sana", start),
                cases.party("israel", "attacker"),
                *(cases.place(target, "target") for target in targets),
            )
        ],
        first,
    )


def rows_of(occurrences: Iterable[Occurrence], known_at: str | None = None) -> list[StrikeRow]:
    """Give what the table would hold of some occurrences at one `known_at`."""
    return [row for row, _ in _kept(occurrences, known_at)]


def told_of(occurrences: Iterable[Occurrence], known_at: str | None = None) -> dict[int, Told]:
    """Give what is kept beside the rows, by the strikes' numbers."""
    return {row.number: told for row, told in _kept(occurrences, known_at)}


def _kept(occurrences: Iterable[Occurrence], known_at: str | None) -> list[tuple[StrikeRow, Told]]:
    at = ALL_KNOWN if known_at is None else cases.moment(known_at)
    views = [view for occurrence in occurrences if (view := as_known(occurrence, at)) is not None]
    return [
        (
            msgspec.convert((view.number, *row.values[:-1]), StrikeRowTuple).strike(),
            msgspec.json.decode(str(row.values[-1]), type=Told),
        )
        for view in views
        for row in STRIKES.rows(view)
    ]


class StrikeRowTuple(StrikeRow, frozen=True, array_like=True):
    """A row as the database gives it: its values in order."""

    def strike(self) -> StrikeRow:
        return StrikeRow(*(getattr(self, name) for name in StrikeRow.__struct_fields__))


def clocks(as_of: str | None = "2020-11-25", known_at: str | None = None) -> Clocks:
    return Clocks(position=100, now=NOW, as_of=as_of, known_at=known_at)


def found(
    occurrences: Iterable[Occurrence], query: StrikeQuery, at: Clocks | None = None, view: RegistryView | None = None
) -> list[str]:
    """Give the ids of the strikes that fit a query, in order."""
    at = at or clocks()
    return [row.occurrence for row in asked_for(rows_of(occurrences, at.known_at), query, view or syria(), at)]
