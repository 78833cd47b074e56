"""What is answered about casualties, in the names of the REST interface."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated
from urllib.parse import quote

from msgspec import UNSET, Meta, Struct, UnsetType

from events.values import Citation, Count, Reads
from events.words import Effect
from projections.casualties.buckets import UNALLOCATED
from projections.casualties.figure import BestRule, Bound
from projections.casualties.question import CasualtyQuery
from projections.casualties.voices import Telling
from projections.clocks import Answered

EVIDENCE = "/v1/casualties/evidence"

_FILTERS = (
    "affected_party", "status", "kind", "weapon", "device", "attacker", "place", "claimant", "dataset", "occurrence",
    "day", "week", "month", "year",
)  # fmt: skip
_NAMELESS = re.compile(rf"^{UNALLOCATED}$|[+,]")

Grouped = str | UnsetType | None


class Evidence(Struct, kw_only=True):
    """What a number rests on: `href` lists all of it, each claim with its citations.

    It holds the filter of the answer and the row's own values. The ids stand here too where they are few:
    `complete` says whether they do.
    """

    href: str
    occurrences: list[str]
    claims: list[str]
    complete: bool


class CasualtyRow(Struct, kw_only=True):
    """How many people, in one effect, under one value of each thing that is grouped by; only those members are there.

    Null is a value that is not known. "unallocated" is the side or status of those whom only a total counts.
    """

    effect: Effect
    affected_party: Annotated[
        Grouped, Meta(description='A party; several jointly are joined by "+"; null: no side is named.')
    ] = UNSET
    status: Grouped = UNSET
    kind: Grouped = UNSET
    weapon: Grouped = UNSET
    device: Grouped = UNSET
    attacker: Annotated[Grouped, Meta(description='A party; several are joined by "+".')] = UNSET
    place: Grouped = UNSET
    claimant: Grouped = UNSET
    dataset: Grouped = UNSET
    occurrence: Grouped = UNSET
    day: Grouped = UNSET
    week: Grouped = UNSET
    month: Grouped = UNSET
    year: Grouped = UNSET
    low: int | None
    best: int | None
    high: Annotated[int | None, Meta(description="Null: open-ended, or not stated by all.")]
    not_stated: Annotated[list[Bound], Meta(description="The bounds that something counted here does not state.")]
    open_ended: bool
    best_rule: Annotated[BestRule, Meta(description="How `best` was chosen; mixed: in different ways.")]
    occurrences: int
    contested: bool
    bounds_inconsistent: bool
    in_words: Annotated[int, Meta(description="Accounts that give words and no number.")]
    spanning: Annotated[int, Meta(description="Occurrences that reach, or may reach, into a later period.")]
    evidence: Evidence


class CasualtyTally(Answered, kw_only=True):
    """Casualties by group: `rows` and `not_located` together are `totals`, always, and each is a list per effect.

    Voices are never added to each other: grouped by claimant, totals are each claimant's own.
    `totals` has an entry for every effect asked for, `not_located` one where somebody is known only coarser.
    """

    group_by: tuple[str, ...]
    rows: list[CasualtyRow]
    totals: list[CasualtyRow]
    not_located: list[CasualtyRow]


class EvidenceCitation(Struct, kw_only=True):
    """Where a claim stands, and what the wording there has otherwise; `href` leads to the report."""

    citation: Citation
    reads: Reads | None = None
    href: str | UnsetType = UNSET


class EvidenceClaim(Struct, kw_only=True):
    """A standing claim of casualties with its citations; without a claim it is an analyst's own figure."""

    occurrence: str
    claim: str | None
    claimant: str
    scope: Telling
    affected: tuple[str, ...]
    status: str
    effect: str
    count: Count
    place: str | None
    published_at: datetime
    citations: list[EvidenceCitation]
    href: str
    occurrence_href: str


class CasualtyEvidence(Answered, kw_only=True):
    """The claims and citations behind a filter; `total` is how many claims there are on all pages."""

    items: list[EvidenceClaim]
    next_cursor: str | None
    total: int


class Hrefs:
    """Addresses of evidence: the filter of an answer, narrowed by what a row stands for."""

    def __init__(self, query: CasualtyQuery, clocks: Mapping[str, str]) -> None:
        """Take the question, and the clocks' parameters as asked."""
        self._filter: dict[str, str] = {
            name: ",".join(getattr(query, name)) for name in _FILTERS if getattr(query, name)
        }
        if query.responsibility != CasualtyQuery().responsibility:
            self._filter["responsibility"] = ",".join(query.responsibility)
        said = {"from": query.from_, "to": query.to, **clocks}
        self._filter |= {name: value for name, value in said.items() if value is not None}
        self._filter = {name: _quoted(value) for name, value in self._filter.items()}

    def of(self, effect: Effect, group: Mapping[str, str | None]) -> str:
        """Give the address for a row; a value that no filter can name narrows nothing.

        Such are a value that is not known, the unallocated, several parties jointly, and words with a comma in them.
        """
        narrowed = {name: _quoted(value) for name, value in group.items() if value and _nameable(value)}
        return "&".join([f"{EVIDENCE}?effect={effect}", *map("=".join, (self._filter | narrowed).items())])


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    return quote(value, safe=":,")


@lru_cache(maxsize=4096)
def _nameable(value: str) -> bool:
    return _NAMELESS.search(value) is None
