"""The rows of an occurrence: one to find it by, and one for each claim, citation and place not resolved."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from events.claims import PlaceClaim
from events.details import kind_of
from events.known import Known, KnownClaim
from events.times import local_day, zone_named
from events.values import PlaceAt
from projections.naming import is_word, word_of
from projections.occurrences.told import told
from projections.occurrences.words import lexemes
from projections.table import OccurrenceProjection, Row, Table

OCCURRENCE = Table(
    "occurrence",
    (
        "id",
        "kind",
        "precision",
        "zone",
        "start_at",
        "end_at",
        "first_day",
        "last_day",
        "retracted",
        "merged",
        "dataset",
        "external_id",
        "places",
        "parties",
        "claimants",
        "search",
        "told",
    ),
)
CLAIMS = Table("occurrence_claim", ("occurrence", "claimant", "claims", "first_at", "last_at", "counts"))
CITATIONS = Table("occurrence_citation", ("occurrence", "report", "claims", "counts"))
UNRESOLVED = Table("unresolved_place", ("occurrence", "word", "name", "published_at", "counts"))

_ENCODER = msgspec.json.Encoder()


class OccurrenceRows:
    """Every occurrence, retracted and merged ones too, marked: whoever asks for them still finds them."""

    name = "occurrences"
    version = 4
    schema = Path(__file__).with_name("tables.sql")
    tables: Sequence[Table] = (OCCURRENCE, CLAIMS, CITATIONS, UNRESOLVED)

    def rows(self, known: Known) -> Iterable[Row]:
        """Give the rows of an occurrence as known at one moment."""
        yield _occurrence(known)
        yield from _claims(known)
        yield from _citations(known)
        yield from _unresolved(known)


def _occurrence(known: Known) -> Row:
    kept = told(known)
    start_at, end_at = _interval(known)
    zone = known.occurred.zone
    external = known.external_id
    values = (
        known.id,
        kept.kind,
        known.occurred.precision,
        zone,
        start_at,
        end_at,
        local_day(start_at, zone_named(zone)),
        local_day(end_at, zone_named(zone)),
        known.retracted,
        known.merged_into is not None,
        None if external is None else external.dataset,
        None if external is None else external.id,
        _with_roles(tuple((word_of(one), one.role) for one in known.where)),
        _with_roles(tuple((one.party, one.role) for one in known.who)),
        tuple(sorted(kept.claimants)),
        _search(known),
        _ENCODER.encode(kept).decode(),
    )
    return Row(OCCURRENCE.name, known.id, values)


def _interval(known: Known) -> tuple[datetime, datetime]:
    """Give when it happened; where only one end is known, that stands for the other too."""
    ends = (known.occurred.start_at, known.occurred.end_at)
    start = ends[0] or ends[1] or known.published_at
    return start, max(start, ends[1] or start)


@lru_cache(maxsize=4096)
def _with_roles(named: tuple[tuple[str | None, str], ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for name, role in named:
        found.add(f"{role}:")
        if name is not None:
            found |= {name, f"{role}:{name}"}
    return tuple(sorted(found))


def _claims(known: Known) -> Iterator[Row]:
    """Give a row for each claimant whose claims stand."""
    said: dict[str, list[KnownClaim]] = {}
    for claim in known.standing_claims:
        said.setdefault(claim.claimant, []).append(claim)
    for claimant, claims in said.items():
        moments = [claim.published_at for claim in claims]
        values = (known.id, claimant, tuple(claim.id for claim in claims), min(moments), max(moments), known.counts)
        yield Row(CLAIMS.name, claimant, values)


def _citations(known: Known) -> Iterator[Row]:
    """Give a row for each report that tells of it or of claims about it."""
    carried: dict[str, list[str]] = {cited.citation.report: [] for cited in known.citations}
    for claim in known.claims:
        for report in dict.fromkeys(cited.citation.report for cited in claim.citations):
            carried.setdefault(report, []).append(claim.id)
    for report, claims in carried.items():
        yield Row(CITATIONS.name, report, (known.id, report, tuple(claims), known.counts))


def _search(known: Known) -> str:
    """Give its words for searching: its own, and those in which claims are put."""
    words = [known.id, kind_of(known.details), *_words(msgspec.to_builtins(known.details))]
    words += [text for place in known.where for text in (place.place, place.name) if text]
    words += [party.party for party in known.who]
    words += [cited.citation.quote for cited in known.citations if cited.citation.quote]
    words += [said for claim in known.standing_claims if (said := getattr(claim.content, "words", None))]
    return _lexemes(" ".join(dict.fromkeys(words)))


@lru_cache(maxsize=4096)
def _lexemes(text: str) -> str:
    """Part a text that most events of an occurrence leave as it was."""
    return lexemes(text)


def _words(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | list() | tuple():
            for member in value.values() if isinstance(value, dict) else value:  # pyright: ignore[reportUnknownVariableType]
                yield from _words(member)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return


def _unresolved(known: Known) -> Iterator[Row]:
    for number, place in enumerate(_places_told(known)):
        word = word_of(place)
        if word is not None and is_word(word):
            values = (known.id, word, place.name, known.published_at, known.counts)
            yield Row(UNRESOLVED.name, str(number), values)


def _places_told(known: Known) -> Iterator[PlaceAt]:
    """Give the places of an occurrence, and those that standing claims name instead."""
    yield from known.places
    for claim in known.standing_claims:
        if isinstance(claim.content, PlaceClaim):
            yield PlaceAt(place=claim.content.place, name=claim.content.name)


OCCURRENCES: OccurrenceProjection = OccurrenceRows()
