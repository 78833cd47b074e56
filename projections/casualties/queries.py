"""Answers about casualties, read on a connection that is inside a transaction with one snapshot."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import LiteralString, cast

import msgspec
from msgspec import Struct
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from events.statements import statements
from events.times import end_of, is_date, parse, start_of, zone_named
from events.values import Count
from events.words import Effect, Status
from projections.casualties.answers import CasualtyEvidence, CasualtyTally, EvidenceCitation, EvidenceClaim
from projections.casualties.cells import Cell, unit_of
from projections.casualties.places import places_asked
from projections.casualties.question import PERIODS, CasualtyQuery, spans
from projections.casualties.rollup import SHOWN, tallied
from projections.casualties.rows import PARTS, WHOLES
from projections.casualties.voices import (
    OCCASION_COLUMNS,
    Occasion,
    OccasionColumns,
    Telling,
    Voice,
    VoiceColumns,
    targets_of,
)
from projections.clocks import Clocks
from projections.naming import MARK, is_word
from projections.registry_view import RegistryView

Connection = AsyncConnection[TupleRow]

_SQL = {name: text.decode() for name, text in statements(Path(__file__).with_suffix(".sql")).items()}
_CITATIONS = msgspec.json.Decoder(list[EvidenceCitation])
_OCCASION = len(OCCASION_COLUMNS)
_SEPARATOR = "~"
_ROUGH = ("district", "province", "country")


def _statement(name: str, table: str = "", known: str = "anywhere") -> sql.Composed:
    """Give a statement with the parts that the statements share in it."""
    shared = {part: sql.SQL(cast("LiteralString", _SQL[part])).format() for part in ("asked", "near")}
    parts = {"table": sql.Identifier("read", table), "known": sql.SQL(cast("LiteralString", _SQL[known])), **shared}
    return sql.SQL(cast("LiteralString", _SQL[name])).format(**parts)


_UNSETTLED = _statement("unsettled")
_EVIDENCE = _statement("evidence")
_CELLS = {
    (table.name, known): _statement("cells", table.name, known)
    for table in (WHOLES, PARTS)
    for known in ("placed", "anywhere")
}


class EvidencePage(Struct, frozen=True, kw_only=True):
    """How many claims at most, and after which `next_cursor`; raises ValueError for a cursor that no answer gave."""

    limit: int = 100
    cursor: str | None = None

    def __post_init__(self) -> None:
        """Refuse a cursor that was not given by an answer."""
        self.after()

    def after(self) -> tuple[str, str, str]:
        """Give the occurrence, effect and voice that the page comes after."""
        if self.cursor is None:
            return ("", "", "")
        parts = self.cursor.split(_SEPARATOR)
        if len(parts) != 3 or "\0" in self.cursor:  # noqa: PLR2004  the three that it is made of
            raise ValueError("`cursor` is none that an answer gave")
        return parts[0], parts[1], parts[2]


async def casualties(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: CasualtyQuery
) -> CasualtyTally:
    """Give how many people were harmed, by group."""
    asked = _asked(query, registry, clocks)
    cursor = await connection.execute(_UNSETTLED, asked)
    told: dict[int, tuple[Occasion, list[Voice]]] = {}
    async for number, *columns in cursor:
        if number not in told:
            told[number] = (OccasionColumns(*columns[:_OCCASION]).occasion(number), [])
        told[number][1].append(VoiceColumns(*columns[_OCCASION:]).voice)
    counted = tallied(query, (told[number] for number in sorted(told)), registry, _said(clocks))
    await connection.execute(_SQL["hashing"].encode())
    grouped = _grouped(query, registry)
    table = PARTS if query.by_people else WHOLES
    cells = _CELLS[table.name, "placed" if grouped["by_place"] else "anywhere"]
    # Planned anew each time: what is not grouped by falls out of the plan.
    cursor = await connection.execute(cells, {**asked, **grouped}, prepare=False, binary=True)
    for cell in [Cell(*columns) async for columns in cursor]:
        counted.take_cell(cell)
    await connection.execute(_SQL["as_before"].encode())
    return CasualtyTally(
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        position=clocks.position,
        projected=clocks.projected,
        group_by=query.group_by,
        rows=counted.rows(),
        totals=counted.totals(),
        not_located=counted.not_located(),
    )


async def evidence(
    connection: Connection, registry: RegistryView, clocks: Clocks, query: CasualtyQuery, page: EvidencePage
) -> CasualtyEvidence:
    """Give the claims behind a filter with their citations, by occurrence, one page of them.

    Where a place is asked for, those whose own place is told only roughly are among them.
    """
    occurrence, effect, voice = page.after()
    asked = _asked(query, registry, clocks)
    if query.place:
        rows = await (await connection.execute(_SQL["named"].encode(), asked)).fetchall()
        asked["areas"] = [*_areas(query.place, registry), *_words_in([text for (text,) in rows], query.place, registry)]
    people = {
        **_people(query, registry),
        "rough": list(_ROUGH),
        "groups": sorted({g for party in query.affected_party for g in (party, *registry.party_ancestors(party))}),
        "after_occurrence": occurrence,
        "after_effect": effect,
        "after_voice": voice,
        "limit": page.limit + 1,
    }
    cursor = await connection.execute(_EVIDENCE, {**asked, **people})
    rows = await cursor.fetchall()
    total = rows[0][0]
    found = [_Evidence(*columns) for _, *columns in rows if columns[0] is not None]
    last = found[page.limit - 1] if len(found) > page.limit else None
    return CasualtyEvidence(
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        position=clocks.position,
        projected=clocks.projected,
        items=[row.claimed() for row in found[: page.limit]],
        next_cursor=None if last is None else _SEPARATOR.join((last.occurrence, last.effect, last.voice)),
        total=total,
    )


class _Evidence(Struct, frozen=True):
    """The columns of the statement `evidence`, without its total."""

    occurrence: str
    claim: str | None
    claimant: str
    telling: Telling
    affected: Sequence[str]
    status: Status
    effect: Effect
    low: int | None
    best: int | None
    high: int | None
    open_ended: bool
    words: str | None
    place: str | None
    published_at: datetime
    citations: str
    voice: str

    def claimed(self) -> EvidenceClaim:
        occurrence_href = f"/v1/occurrences/{self.occurrence}"
        citations = _CITATIONS.decode(self.citations)
        for cited in citations:
            cited.href = f"/v1/reports/{cited.citation.report}"
        return EvidenceClaim(
            occurrence=self.occurrence,
            claim=self.claim,
            claimant=self.claimant,
            scope=self.telling,
            affected=tuple(self.affected),
            status=self.status,
            effect=self.effect,
            count=Count(low=self.low, best=self.best, high=self.high, open_ended=self.open_ended, words=self.words),
            place=self.place,
            published_at=self.published_at,
            citations=citations,
            href=occurrence_href if self.claim is None else f"/v1/claims/{self.claim}",
            occurrence_href=occurrence_href,
        )


def _asked(query: CasualtyQuery, registry: RegistryView, clocks: Clocks) -> dict[str, object]:
    """Give the parameters that both statements share."""
    days = spans(query)
    as_of_day = date.fromisoformat(clocks.as_of) if clocks.as_of is not None and is_date(clocks.as_of) else date.max
    attackers = _members(query.attacker, registry)
    return {
        "known": clocks.known,
        "position": clocks.position,
        "effects": list(query.effect) or None,
        "came_back": query.came_back,
        "kinds": list(query.kind) or None,
        "weapons": list(query.weapon) or None,
        "devices": list(query.device) or None,
        "datasets": list(query.dataset) or None,
        "occurrences": list(query.occurrence) or None,
        "claimants": list(query.claimant) or None,
        "degrees": [f"{degree}:{party}" for degree in query.responsibility for party in attackers] or None,
        "areas": _areas(query.place, registry) or None,
        "rough": [*_ROUGH, MARK],
        # No span at all is one that ends before it begins.
        "first": min((first for first, _ in days), default=date.max),
        "last": min(as_of_day, max((last for _, last in days), default=date.min)),
        "firsts": [first for first, _ in days] if len(days) > 1 else None,
        "lasts": [last for _, last in days],
        **_instants(query, clocks),
    }


def _people(query: CasualtyQuery, registry: RegistryView) -> dict[str, object]:
    return {
        "members": _members(query.affected_party, registry) or None,
        "statuses": list(query.status) or None,
    }


def _grouped(query: CasualtyQuery, registry: RegistryView) -> dict[str, object]:
    """Give the parameters of what settled figures are added up under."""
    texts, spots = places_asked(query, registry).learned()
    names = ("claimant", "kind", "weapon", "device", "attacker", "dataset", "occurrence", "status")
    return {
        **_people(query, registry),
        **{f"by_{name}": name in query.group_by for name in names},
        "by_people": "affected_party" in query.group_by,
        "by_place": "place" in query.group_by or bool(query.place),
        "texts": texts,
        "spots": spots,
        "unit": unit_of(query),
        "periods": [period for period in PERIODS if period in query.group_by],
        "shown": SHOWN,
    }


def _instants(query: CasualtyQuery, clocks: Clocks) -> dict[str, datetime | None]:
    """Give the bounds that are times. Without `as_of` and `known_at` whole local days count, up to today's."""
    utc = zone_named("UTC")
    since = None if query.from_ is None or is_date(query.from_) else start_of(parse(query.from_), utc)
    until = None if query.to is None or is_date(query.to) else end_of(parse(query.to), utc)
    if clocks.as_of is None and clocks.known_at is None:
        return {"since": since, "until": until, "today": clocks.now}
    if clocks.as_of is None or not is_date(clocks.as_of):
        as_of = clocks.as_of_in("UTC")
        until = as_of if until is None else min(until, as_of)
    return {"since": since, "until": until, "today": None}


def _members(groups: Sequence[str], registry: RegistryView) -> list[str]:
    members = [party for party in registry.parties if any(registry.party_in(party, group) for group in groups)]
    return sorted({*groups, *members})


def _areas(areas: Sequence[str], registry: RegistryView) -> list[str]:
    """Give places with all that lie in them and all that they lie in."""
    found: set[str] = set()
    for area in areas:
        edge = {area}
        while edge:
            found |= edge
            edge = {inner for outer in edge for inner in registry.children.get(outer, ())} - found
        found.update(registry.place_ancestors(area))
    return sorted(found)


def _words_in(targets: Iterable[str], areas: Sequence[str], registry: RegistryView) -> set[str]:
    """Give the words among some targets that stand for a place in, or around, one of some areas."""
    words = {target.place for text in targets for target in targets_of(text) if target.place and is_word(target.place)}
    meant = {word: registry.around(word) for word in words}
    return {
        word
        for word, place in meant.items()
        if place is not None and any(registry.place_in(place, area) or registry.place_in(area, place) for area in areas)
    }


def _said(clocks: Clocks) -> dict[str, str]:
    """Give the clocks' parameters as asked."""
    said = {"as_of": clocks.as_of, "known_at": clocks.known_at}
    return {name: value for name, value in said.items() if value is not None}
