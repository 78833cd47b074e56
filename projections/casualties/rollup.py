"""Tallies of many occurrences: their shares added up under what they are grouped by."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct, field

from events.words import Effect
from projections.casualties.accounts import accounts
from projections.casualties.answers import CasualtyRow, Evidence, Hrefs
from projections.casualties.buckets import Bucket, attacker_of, bucketing, is_asked, people_at
from projections.casualties.cells import Cell, numbers_in
from projections.casualties.figure import ZERO, Figure, summed
from projections.casualties.people import Kinship
from projections.casualties.places import places_asked
from projections.casualties.question import EFFECTS, PERIODS, CasualtyQuery, Grouping, period_of
from projections.casualties.tally import allocate
from projections.casualties.voices import Occasion, Voice
from projections.registry_view import RegistryView

SHOWN = 20
"""How many ids of occurrences and of claims stand in a row at most; beyond it they stand only at its `href`."""

Values = tuple[tuple[Grouping, str | None], ...]
"""The value of each thing that is grouped by."""

Group = tuple[Effect, Values]


class Basis(Struct, frozen=True):
    """What a share rests on: occurrences by number, those of them that span, and their ids where they are few."""

    numbers: Iterable[int]
    spanning: Iterable[int]
    occurrences: Iterable[str] | None


class Sum(Struct):
    """What is counted under one group so far; `named`: the ids of all of it are known."""

    figures: list[Figure] = field(default_factory=list[Figure])
    numbers: set[int] = field(default_factory=set[int])
    spanning: set[int] = field(default_factory=set[int])
    occurrences: set[str] = field(default_factory=set[str])
    named: bool = True

    def add(self, figure: Figure, basis: Basis) -> None:
        """Count a share."""
        self.figures.append(figure)
        self.numbers.update(basis.numbers)
        self.spanning.update(basis.spanning)
        if basis.occurrences is None or len(self.occurrences) > SHOWN:
            self.named = False
        else:
            self.occurrences.update(basis.occurrences)


class Rollup:
    """Takes occurrence after occurrence and gives rows, totals and what is not located."""

    def __init__(self, query: CasualtyQuery, registry: RegistryView, clocks: Mapping[str, str]) -> None:
        """Take the question; `clocks` are the clocks' parameters as asked, for the addresses of evidence."""
        self._query = query
        self._kin = Kinship(registry)
        self._places = places_asked(query, registry)
        self._hrefs = Hrefs(query, clocks)
        self._effects = query.effect or EFFECTS
        self._rows: dict[Group, Sum] = {}
        self._totals: dict[Group, Sum] = {}
        self._not_located: dict[Group, Sum] = {}

    def take(self, occasion: Occasion, voices: Sequence[Voice]) -> None:
        """Count an occurrence by all its voices, or grouped by claimant by each voice alone."""
        for effect in self._effects:
            heard = [voice for voice in voices if voice.effect == effect and self._hears(voice)]
            if "claimant" in self._query.group_by:
                for claimant in sorted({voice.claimant for voice in heard}):
                    self._count(occasion, [voice for voice in heard if voice.claimant == claimant], claimant)
            elif heard:
                self._count(occasion, heard, None)

    def take_cell(self, cell: Cell) -> None:
        """Count what is settled, added up already."""
        registry, query = self._kin.registry, self._query
        place, location = self._places.spot(cell.spot, cell.targets)
        values: dict[Grouping, str | None] = {
            "affected_party": people_at(cell.people, query, registry) if cell.people else None,
            "status": cell.status,
            "place": place,
            "effect": None,
            "kind": cell.kind,
            "weapon": cell.weapon,
            "device": cell.device,
            "attacker": attacker_of(cell.attackers.split(), query, registry) if cell.attackers else None,
            "claimant": cell.claimant,
            "dataset": cell.dataset,
            "occurrence": cell.occurrence,
            **self._periods(cell.day),
        }
        occurrences = None if cell.occurrences is None or cell.claims is None else cell.occurrences.split()
        basis = Basis(numbers_in(cell.numbers), numbers_in(cell.spanning), occurrences)
        self._put(Bucket(location=location), (cell.effect, values), cell.figure, basis)

    def rows(self) -> list[CasualtyRow]:
        """Give the rows, in order of their groups' values and effect."""
        return self._shown(self._rows)

    def totals(self) -> list[CasualtyRow]:
        """Give the sums of rows and what is not located; nobody counted is 0."""
        if "claimant" not in self._query.group_by:
            for effect in self._effects:
                self._totals.setdefault((effect, ()), Sum())
        return self._shown(self._totals)

    def not_located(self) -> list[CasualtyRow]:
        """Give the people who are known only coarser than asked."""
        return self._shown(self._not_located)

    def _hears(self, voice: Voice) -> bool:
        """Tell whether a voice is asked for: "`claimant=` gives that voice alone", without our own assessments."""
        if voice.telling == "assessed":
            return not self._query.claimant and "claimant" not in self._query.group_by
        return not self._query.claimant or voice.claimant in self._query.claimant

    def _count(self, occasion: Occasion, voices: Sequence[Voice], claimant: str | None) -> None:
        query, kin = self._query, self._kin
        asked = [account for account in accounts(voices, occasion, kin) if is_asked(account, query, kin)]
        spans = [occasion.number] if self._spans(occasion) else []
        basis = Basis([occasion.number], spans, [occasion.id])
        values: dict[Grouping, str | None] = {
            "effect": None,
            "kind": occasion.kind,
            "weapon": occasion.weapon,
            "device": occasion.device,
            "attacker": attacker_of(occasion.attackers, query, kin.registry),
            "claimant": claimant,
            "dataset": occasion.dataset,
            "occurrence": occasion.id,
            **self._periods(occasion.day),
        }
        for share in allocate(asked, bucketing(query, occasion, kin, self._places), kin):
            values |= {
                "affected_party": share.bucket.party,
                "status": share.bucket.status,
                "place": share.bucket.place,
            }
            self._put(share.bucket, (voices[0].effect, values), share.figure, basis)

    def _put(
        self, bucket: Bucket, counted: tuple[Effect, Mapping[Grouping, str | None]], figure: Figure, basis: Basis
    ) -> None:
        if bucket.location == "outside":
            return
        effect, values = counted
        group: Values = tuple((name, values[name]) for name in self._query.group_by)
        mine: Values = tuple(pair for pair in group if pair[0] == "claimant")
        if bucket.location == "inside":
            self._rows.setdefault((effect, group), Sum()).add(figure, basis)
        else:
            self._not_located.setdefault((effect, mine), Sum()).add(figure, basis)
        self._totals.setdefault((effect, mine), Sum()).add(figure, basis)

    def _spans(self, occasion: Occasion) -> bool:
        """Tell whether it reaches into a later period: it counts in "the bucket of the start, marked"."""
        return any(
            period_of(period, occasion.day) != period_of(period, occasion.last_day)
            for period in PERIODS
            if period in self._query.group_by
        )

    def _periods(self, day: date | None) -> dict[Grouping, str | None]:
        return {
            period: None if day is None else period_of(period, day)
            for period in PERIODS
            if period in self._query.group_by
        }

    def _shown(self, sums: Mapping[Group, Sum]) -> list[CasualtyRow]:
        return [self._row(group, sums[group]) for group in sorted(sums, key=_in_order)]

    def _row(self, group: Group, counted: Sum) -> CasualtyRow:
        effect, values = group
        figure = summed(counted.figures) if counted.figures else ZERO
        grouped = {name: value for name, value in values if name != "effect"}
        complete = counted.named and max(len(counted.occurrences), len(figure.claims)) <= SHOWN
        return CasualtyRow(
            effect=effect,
            **grouped,
            low=figure.low,
            best=figure.best,
            high=figure.high,
            not_stated=sorted(figure.unstated),
            open_ended=figure.open_ended,
            best_rule=figure.best_rule,
            occurrences=len(counted.numbers),
            contested=figure.contested,
            bounds_inconsistent=figure.bounds_inconsistent,
            in_words=figure.in_words,
            spanning=len(counted.spanning),
            evidence=Evidence(
                href=self._hrefs.of(effect, grouped),
                occurrences=sorted(counted.occurrences) if complete else [],
                claims=sorted(figure.claims) if complete else [],
                complete=complete,
            ),
        )


def tallied(
    query: CasualtyQuery,
    told: Iterable[tuple[Occasion, Sequence[Voice]]],
    registry: RegistryView,
    clocks: Mapping[str, str],
) -> Rollup:
    """Count occurrences, each with its voices."""
    rollup = Rollup(query, registry, clocks)
    for occasion, voices in told:
        rollup.take(occasion, voices)
    return rollup


def _in_order(group: Group) -> tuple[tuple[tuple[bool, str], ...], int]:
    effect, values = group
    return tuple((value is None, value or "") for _, value in values), EFFECTS.index(effect)
