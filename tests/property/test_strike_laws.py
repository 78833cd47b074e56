from datetime import date, timedelta
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from events.claims import PartyClaim, ResponsibilityClaim
from events.details import Strike
from events.occurrence import Occurrence
from events.occurrence_events import ClaimMade, OccurrenceEvent, OccurrenceRetracted
from events.words import Degree
from projections.strikes.counts import Grouping, counted, days_covered
from projections.strikes.matching import StrikeQuery, StrikeRow, asked_for, tz_of
from projections.strikes.trail import steps
from projections.strikes.windows import window
from tests import cases
from tests.strike_cases import DAMASCUS, clocks, found, rows_of, syria

PLACES = ["syria", "rif-dimashq", "damascus-airport", "quneitra", "rwihinah", "deir-ez-zor"]
PARTIES = ["israel", "israeli-air-force", "iran"]

days = st.dates(date(2020, 11, 1), date(2020, 11, 30)).map(date.isoformat)
moments = st.datetimes(
    cases.moment("2020-11-01").replace(tzinfo=None), cases.moment("2020-11-30").replace(tzinfo=None)
).map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}+02:00")
ALL_DEGREES: tuple[Degree, ...] = ("acknowledged", "attributed", "suspected", "disputed", "unknown")
degrees = st.sampled_from(ALL_DEGREES)
queries = st.builds(
    StrikeQuery,
    attacker=st.lists(st.sampled_from(PARTIES), max_size=2, unique=True).map(tuple),
    place=st.lists(st.sampled_from(PLACES), max_size=2, unique=True).map(tuple),
    responsibility=st.lists(degrees, min_size=1, unique=True).map(tuple),
    tz=st.sampled_from([None, "UTC", "Asia/Tokyo", "America/New_York"]),
    level=st.sampled_from(["country", "province", "place"]),
)


@st.composite
def reports(draw: st.DrawFn) -> OccurrenceEvent:
    start = draw(days | moments)
    return cases.reported(
        Strike(weapon=draw(st.sampled_from(["airstrike", "drone"]))),
        cases.when(start, zone=DAMASCUS),
        cases.cited(draw(st.sampled_from(["sana", "afp"])), draw(days)),
        *(cases.party(name, "attacker") for name in draw(st.lists(st.sampled_from(PARTIES), max_size=2))),
        *(cases.place(name, "target") for name in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3))),
    )


@st.composite
def claims(draw: st.DrawFn) -> ClaimMade:
    party = draw(st.sampled_from(PARTIES))
    content = draw(
        st.one_of(
            degrees.map(lambda degree: ResponsibilityClaim(party=party, degree=degree)),
            st.sampled_from([PartyClaim(party=party, role="attacker"), PartyClaim(party=party, role="target")]),
        )
    )
    return cases.claim(
        "", content, draw(st.sampled_from(["party:israel", "source:sohr"])), cases.cited("r", draw(days))
    )


@st.composite
def histories(draw: st.DrawFn) -> list[list[OccurrenceEvent]]:
    """Give what was said of up to six strikes, claims named within each."""
    told = draw(st.lists(st.tuples(reports(), st.lists(claims(), max_size=3)), max_size=6))
    return [
        [report, *(cases.claim(f"c{n}", said.content, said.claimant, said.citation) for n, said in enumerate(claimed))]
        for report, claimed in told
    ]


def _folded(histories: list[list[OccurrenceEvent]], names: list[int] | None = None) -> list[Occurrence]:
    firsts = accumulate([1, *(len(events) for events in histories)])
    order = names if names is not None else range(len(histories))
    return [
        cases.folded(f"strike-{name}", events, first)
        for name, events, first in zip(order, histories, firsts, strict=False)
    ]


def _asked(occurrences: list[Occurrence], query: StrikeQuery, as_of: str = "2020-11-30") -> list[StrikeRow]:
    return asked_for(rows_of(occurrences), query, syria(), clocks(as_of))


@settings(max_examples=50, deadline=None)
@given(histories(), queries, st.data())
def test_the_order_of_arrival_changes_no_answer(
    told: list[list[OccurrenceEvent]], query: StrikeQuery, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(told))))
    shuffled = [[told[name][0], *reversed(told[name][1:])] for name in order]

    assert found(_folded(told), query) == found(_folded(shuffled, order), query)


@settings(max_examples=50, deadline=None)
@given(histories(), queries, st.sampled_from(["day", "week", "month"]))
def test_the_counts_of_a_series_add_up_to_the_total(
    told: list[list[OccurrenceEvent]], query: StrikeQuery, period: str
) -> None:
    strikes = _asked(_folded(told), query)
    covered = days_covered(strikes, query, syria(), clocks("2020-11-30"))
    grouping = Grouping(group_by=("day",) if period == "day" else ("week",) if period == "week" else ("month",))

    assert sum(row.count for row in counted(strikes, grouping, query, syria(), covered)) == len(strikes)


@settings(max_examples=50, deadline=None)
@given(histories(), queries)
def test_every_day_covered_has_its_row(told: list[list[OccurrenceEvent]], query: StrikeQuery) -> None:
    strikes = _asked(_folded(told), query)
    covered = days_covered(strikes, query, syria(), clocks("2020-11-30"))
    rows = counted(strikes, Grouping(group_by=("day",)), query, syria(), covered)

    if covered is None:
        assert rows == strikes == []
    else:
        span = range((covered.last - covered.first).days + 1)
        assert [row.day for row in rows] == [(covered.first + timedelta(days=n)).isoformat() for n in span]


@settings(max_examples=50, deadline=None)
@given(histories(), queries)
def test_each_strike_stands_in_a_row_of_each_grouping(told: list[list[OccurrenceEvent]], query: StrikeQuery) -> None:
    strikes = _asked(_folded(told), query)

    for thing in ("attacker", "target_party", "weapon", "place"):
        rows = counted(strikes, Grouping(group_by=(thing,)), query, syria(), None)
        assert {name for row in rows for name in row.occurrences} == {strike.occurrence for strike in strikes}
        assert all(row.count == len(set(row.occurrences)) for row in rows)


@settings(max_examples=50, deadline=None)
@given(histories().filter(bool), queries)
def test_a_retracted_strike_is_gone_and_the_others_stay(told: list[list[OccurrenceEvent]], query: StrikeQuery) -> None:
    without = [[*told[0], OccurrenceRetracted(reason="false")], *told[1:]]

    left = [name for name in found(_folded(told), query) if name != "strike-0"]

    assert found(_folded(without), query) == left


@settings(max_examples=50, deadline=None)
@given(histories(), queries, days)
def test_what_was_published_later_is_not_known(told: list[list[OccurrenceEvent]], query: StrikeQuery, day: str) -> None:
    at = clocks("2020-11-30", known_at=day)
    known = [
        [event for event in events if not isinstance(event, ClaimMade) or event.citation.published_at <= at.known]
        for events in told
    ]

    assert found(_folded(told), query, at) == found(_folded(known), query, at)


@settings(max_examples=50, deadline=None)
@given(histories(), queries, st.integers(0, 30), days)
def test_a_window_counts_its_days_and_no_other(
    told: list[list[OccurrenceEvent]], query: StrikeQuery, length: int, day: str
) -> None:
    tz = tz_of(query, syria())
    strikes = _asked(_folded(told), query, day)
    asked = window(f"P{length}D", date.fromisoformat(day))

    inside = steps(strikes, asked, tz)

    assert [step.ordinal for step in inside] == list(range(1, len(inside) + 1))
    assert (asked.last - asked.first).days == length
    assert [step.strike for step in inside] == [
        strike for strike in strikes if asked.first <= strike.day_in(tz) <= asked.last
    ]
    assert all(step.previous is None or step.previous.day_in(tz) <= step.strike.day_in(tz) for step in inside)


@settings(max_examples=50, deadline=None)
@given(histories(), queries)
def test_more_degrees_never_find_fewer_strikes(told: list[list[OccurrenceEvent]], query: StrikeQuery) -> None:
    anybody = structs.replace(query, responsibility=ALL_DEGREES)

    assert set(found(_folded(told), query)) <= set(found(_folded(told), anybody))
