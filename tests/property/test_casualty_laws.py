"""Laws of casualty tallies, whatever is told and in whichever order."""

from collections.abc import Sequence
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from events.claims import CasualtiesClaim
from events.details import Clash, Strike
from events.known import ALL_KNOWN
from events.occurrence import At, Occurrence, begin, evolve
from events.occurrence_events import ClaimCited, ClaimMade, OccurrenceEvent, OccurrenceRetracted
from events.values import Count
from events.words import Scope, Status
from projections.casualties.answers import CasualtyRow
from projections.casualties.question import CasualtyQuery, Grouping
from projections.casualties.rollup import Rollup
from tests.cases import RECORDED_AT, a_party, a_place, cited, claim, folded, place, registry, reported, when
from tests.casualty_cases import tally

PROVINCES = ("north", "south")
VIEW = registry(
    a_place("country", "country"),
    a_place("north", "province", "country"),
    a_place("south", "province", "country"),
    a_place("town", "town", "north"),
    a_place("harbour", "town", "south"),
    a_party("syria"),
    a_party("army", "syria"),
    a_party("guard", "army"),
    a_party("iran"),
)
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

numbers = st.integers(0, 20)


@st.composite
def counts(draw: st.DrawFn) -> Count:
    low, best, high = (draw(st.none() | numbers) for _ in range(3))
    return Count(low=low, best=best, high=high, open_ended=draw(st.booleans()), words="as written")


@st.composite
def contents(draw: st.DrawFn) -> CasualtiesClaim:
    scope: Scope = draw(st.sampled_from(("part", "part", "part", "total", "denial")))
    affected = draw(st.lists(st.sampled_from(("syria", "army", "guard", "iran")), max_size=2, unique=True))
    status: Status = draw(st.sampled_from(("unspecified", "civilian", "combatant")))
    count = Count() if scope == "denial" else draw(counts())
    where = draw(st.sampled_from((None, None, "town", "harbour", "north")))
    return CasualtiesClaim(
        scope=scope, affected=tuple(affected), status=status, effect="killed", count=count, place=where
    )


@st.composite
def claims(draw: st.DrawFn, occurrence: str) -> list[ClaimMade]:
    made: list[ClaimMade] = []
    for number, content in enumerate(draw(st.lists(contents(), min_size=1, max_size=5))):
        claimant = draw(st.sampled_from(("source:x", "source:y", "source:z")))
        report = draw(st.sampled_from(("r1", "r2")))
        day = draw(st.integers(25, 28))
        made.append(claim(f"{occurrence}.c{number}", content, claimant, cited(report, f"2020-11-{day}")))
    return made


@st.composite
def told_events(draw: st.DrawFn, occurrence: str) -> list[OccurrenceEvent]:
    details = draw(st.sampled_from((Clash(), Strike(weapon="drone"))))
    start = draw(st.sampled_from(("2020-11-25", "2020-11-30", "2020-12-01")))
    where = draw(st.lists(st.sampled_from(("country", "north", "town", "harbour")), max_size=2, unique=True))
    first = reported(details, when(start), cited("r0", "2020-11-25"), *(place(name, "target") for name in where))
    return [first, *draw(claims(occurrence))]


@st.composite
def streams(draw: st.DrawFn) -> list[list[OccurrenceEvent]]:
    return [draw(told_events(f"o{number}")) for number in range(draw(st.integers(1, 3)))]


def occurrences(told: Sequence[Sequence[OccurrenceEvent]]) -> list[Occurrence]:
    return [folded(f"o{number}", events, first=number * 100 + 1) for number, events in enumerate(told)]


def shown(rollup: Rollup) -> tuple[list[CasualtyRow], list[CasualtyRow], list[CasualtyRow]]:
    return rollup.rows(), rollup.totals(), rollup.not_located()


def added(rows: Sequence[CasualtyRow]) -> tuple[int | None, int | None, int | None, bool, frozenset[str]]:
    """Add rows as a reader would: a low or high that a row with a number does not give is not known of the sum."""
    speaking = [row for row in rows if row.open_ended or (row.low, row.best, row.high) != (None, None, None)]
    open_ended = any(row.open_ended for row in rows)

    def every(bounds: Sequence[int | None]) -> int | None:
        known = [bound for bound in bounds if bound is not None]
        return sum(known) if known and len(known) == len(bounds) else None

    bests = [row.best for row in speaking if row.best is not None]
    return (
        every([row.low for row in speaking]),
        sum(bests) if bests else None,
        None if open_ended else every([row.high for row in speaking]),
        open_ended,
        frozenset(bound for row in speaking or rows for bound in row.not_stated),
    )


@given(streams(), st.lists(st.sampled_from(GROUPINGS), max_size=3, unique=True), st.sampled_from(((), ("north",))))
def test_rows_and_what_is_not_located_are_the_totals(
    told: list[list[OccurrenceEvent]], group_by: list[Grouping], asked: tuple[str, ...]
) -> None:
    query = CasualtyQuery(group_by=tuple(group_by), place=asked, effect=("killed",))

    rows, totals, not_located = shown(tally(occurrences(told), query, VIEW))

    claimants = {row.claimant for row in totals} if "claimant" in group_by else {None}
    for claimant in claimants:
        mine = [row for row in (*rows, *not_located) if "claimant" not in group_by or row.claimant == claimant]
        (total,) = [row for row in totals if "claimant" not in group_by or row.claimant == claimant]
        if mine:
            assert added(mine) == added([total])
            assert total.contested == any(row.contested for row in mine)
        else:
            assert (total.low, total.best, total.high, total.occurrences) == (0, 0, 0, 0)


@given(streams(), st.data())
def test_arrival_order_changes_nothing(told: list[list[OccurrenceEvent]], data: st.DataObject) -> None:
    shuffled = [[events[0], *data.draw(st.permutations(events[1:]))] for events in told]
    query = CasualtyQuery(group_by=tuple(data.draw(st.lists(st.sampled_from(GROUPINGS), max_size=2, unique=True))))

    one, other = tally(occurrences(told), query, VIEW), tally(occurrences(shuffled)[::-1], query, VIEW)

    assert shown(one) == shown(other)


@given(streams(), st.data())
def test_a_retelling_changes_no_number(told: list[list[OccurrenceEvent]], data: st.DataObject) -> None:
    retold: list[list[OccurrenceEvent]] = []
    for events in told:
        made = [event for event in events if isinstance(event, ClaimMade)]
        chosen = data.draw(st.lists(st.sampled_from(made), max_size=3))
        report = data.draw(st.sampled_from(("r1", "r2", "r3")))
        retold.append(
            [*events, *(ClaimCited(claim=event.claim, citation=cited(report, "2020-12-02")) for event in chosen)]
        )
    query = CasualtyQuery(group_by=("affected_party", "status", "place"))

    assert shown(tally(occurrences(told), query, VIEW)) == shown(tally(occurrences(retold), query, VIEW))


@given(streams())
def test_what_is_retracted_counts_nobody(told: list[list[OccurrenceEvent]]) -> None:
    gone = tally(occurrences([[*events, OccurrenceRetracted(reason="an error")] for events in told]), view=VIEW)

    assert gone.rows() == []
    assert {(row.low, row.best, row.high, row.occurrences) for row in gone.totals()} == {(0, 0, 0, 0)}


@given(streams())
def test_the_sum_over_all_provinces_and_what_is_not_located_is_the_whole(told: list[list[OccurrenceEvent]]) -> None:
    by_province = tally(occurrences(told), CasualtyQuery(group_by=("place",), effect=("killed",)), VIEW)
    each = [
        row
        for province in PROVINCES
        for row in tally(occurrences(told), CasualtyQuery(place=(province,), effect=("killed",)), VIEW).rows()
    ]

    assert added(by_province.rows()) == added(each)
    assert added([*each, *by_province.not_located()]) == added(by_province.totals())


def test_a_total_elsewhere_takes_nothing_from_the_province_asked_for() -> None:
    endless, words = Count(open_ended=True, words="many"), Count(words="some")
    said = [
        ("source:y", CasualtiesClaim(scope="total", affected=("syria",), effect="killed", count=endless)),
        ("source:x", CasualtiesClaim(scope="part", effect="killed", count=endless, place="harbour")),
        ("source:x", CasualtiesClaim(scope="denial", effect="killed", count=Count())),
        ("source:y", CasualtiesClaim(scope="part", affected=("syria",), effect="killed", count=words, place="town")),
    ]
    told: list[OccurrenceEvent] = [reported(Clash(), when("2020-11-25"), cited("r0", "2020-11-25"))]
    for number, (claimant, content) in enumerate(said):
        told.append(claim(f"o0.c{number}", content, claimant, cited("r1", "2020-11-25")))

    [south] = tally(occurrences([told]), CasualtyQuery(place=("south",), effect=("killed",)), VIEW).rows()

    assert (south.open_ended, south.evidence.claims) == (True, ["o0.c1"])


@settings(max_examples=200)
@given(streams())
def test_no_best_is_above_what_all_words_add_up_to_nor_below_nobody(told: list[list[OccurrenceEvent]]) -> None:
    for events, occurrence in zip(told, occurrences(told), strict=True):
        made = [event.content for event in events if isinstance(event, ClaimMade)]
        bests = [
            content.count.best if content.count.best is not None else content.count.low or 0
            for content in made
            if isinstance(content, CasualtiesClaim)
        ]
        groupings: tuple[tuple[Grouping, ...], ...] = ((), ("affected_party",), ("status", "place"))
        for group_by in groupings:
            (row,) = tally([occurrence], CasualtyQuery(group_by=group_by, effect=("killed",)), VIEW).totals()

            assert 0 <= (row.best or 0) <= sum(bests)


@given(streams())
def test_each_number_names_the_claims_that_it_rests_on(told: list[list[OccurrenceEvent]]) -> None:
    made = {event.claim for events in told for event in events if isinstance(event, ClaimMade)}
    for row in tally(occurrences(told), CasualtyQuery(group_by=("status",)), VIEW).rows():
        assert row.occurrences == len(row.evidence.occurrences)
        assert row.evidence.claims
        assert set(row.evidence.claims) <= made


def test_what_is_known_later_is_known_by_folding_in_any_order() -> None:
    """A claim that was published first and recorded last answers at the moment of its publication."""
    first = reported(Clash(), when("2020-11-25"), cited("r0", "2020-11-25"))
    late = claim(
        "c1",
        CasualtiesClaim(effect="killed", count=Count(low=2, best=2, high=2)),
        "source:x",
        cited("r1", "2020-11-26"),
    )
    state = evolve(begin("o", first, At(1, RECORDED_AT)), late, At(900, ALL_KNOWN))

    row = next(row for row in tally([state], known_at="2020-11-26").totals() if row.effect == "killed")

    assert row.best == 2
