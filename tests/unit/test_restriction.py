"""Who may see what is restricted: the decisions, and the rule that every answer goes by."""

from datetime import UTC, datetime
from types import MappingProxyType

import msgspec
import pytest

from events import registry_requests as registry
from events import requests as asked
from events import restriction_requests as kept
from events.refusals import EmbargoShortenedError, NotRestrictedError, UnknownError
from events.registry import Place
from events.registry_events import PlaceRegistered
from projections.registry_view import RegistryView
from projections.veil import OPEN, Kept, Reader, Veil, coarse, covered_places
from tests.reporter import EXPLOSION, Reporter

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HIDDEN = Veil(occurrences=MappingProxyType({"mine": 1, "mine-two": 2}))


@pytest.fixture
async def reporter() -> Reporter:
    made = Reporter()
    await made.send(registry.RegisterSource, {"id": "m", "name": "M", "kind": "official"})
    await made.send(registry.FileReport, {"id": "r", "source": "m", "published_at": "2020-11-25"})
    await made.send(registry.RegisterPlace, {"id": "p", "name": "P", "kind": "town"})
    body = {**EXPLOSION, "id": "x", "report": "r", "places": [{"place": "p"}], "parties": [], "claims": []}
    await made.send(asked.OccurrenceRequest, {**body, "restricted": {"reason": "why", "until": "2027-01-01"}})
    return made


@pytest.mark.anyio
async def test_what_is_reported_restricted_is_so_from_its_first_position_on(reporter: Reporter) -> None:
    occurrence = await reporter.occurrence("x")

    assert occurrence.restriction is not None
    assert occurrence.restriction.until == datetime(2027, 1, 1, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.anyio
async def test_a_restriction_can_be_made_longer_and_never_shorter(reporter: Reporter) -> None:
    await reporter.send(kept.RestrictOccurrence, {"reason": "longer", "until": "2028-01-01"}, "x")
    with pytest.raises(EmbargoShortenedError):
        await reporter.send(kept.RestrictOccurrence, {"reason": "shorter", "until": "2027-06-01"}, "x")
    await reporter.send(kept.RestrictOccurrence, {"reason": "for good"}, "x")
    with pytest.raises(EmbargoShortenedError):
        await reporter.send(kept.RestrictOccurrence, {"reason": "not for good", "until": "2099-01-01"}, "x")

    await reporter.send(kept.ReleaseOccurrence, {"reason": "over"}, "x")

    assert (await reporter.occurrence("x")).restriction is None


@pytest.mark.anyio
async def test_only_what_is_restricted_can_be_released_and_only_what_is_there_restricted(reporter: Reporter) -> None:
    with pytest.raises(NotRestrictedError):
        await reporter.send(kept.ReleasePlace, {"reason": "over"}, "p")
    with pytest.raises(UnknownError):
        await reporter.send(kept.RestrictPlace, {"reason": "why"}, "q")


def test_an_embargo_ends_at_its_very_moment_and_for_a_reader_without_a_clock_never() -> None:
    one = Kept("occurrence-x", 1, NOON)
    for_good = Kept("occurrence-y", 2, None)

    assert one.from_(Reader(now=datetime(2026, 1, 1, 11, 59, 59, 999999, tzinfo=UTC)))
    assert not one.from_(Reader(now=NOON))
    assert one.from_(Reader())
    assert for_good.from_(Reader(now=NOON))
    assert not for_good.from_(Reader(restricted=True))


def test_an_answer_names_no_hidden_occurrence_and_no_word_of_it_is_touched() -> None:
    answer = {
        "occurrence": "other",
        "device": "mine",
        "links": [{"kind": "during", "occurrence": "mine"}, {"kind": "during", "occurrence": "mine-three"}],
        "merged_into": "mine-two",
        "effected_by": ["mine", "other"],
        "fulfils": ["mine.transfer"],
        "href": "/v1/occurrences/mine-two?as_of=2020-01-01",
        "claim": "mine.killed",
    }

    covered = msgspec.json.decode(HIDDEN.cover(msgspec.json.encode(answer)))

    assert covered == {
        "occurrence": "other",
        "device": "mine",
        "links": [{"kind": "during", "occurrence": "(withheld)"}, {"kind": "during", "occurrence": "mine-three"}],
        "merged_into": "(withheld)",
        "effected_by": ["(withheld)", "other"],
        "fulfils": ["(withheld)"],
        "href": "/v1/occurrences/(withheld)?as_of=2020-01-01",
        "claim": "(withheld)",
    }
    assert OPEN.cover(b'{"occurrence":"mine"}') == b'{"occurrence":"mine"}'


def test_events_that_name_a_hidden_occurrence_are_told_from_those_that_use_the_word() -> None:
    assert HIDDEN.mentions(b'{"into":"mine","reason":"r"}')
    assert HIDDEN.mentions(b'{"details":{"kind":"control_change","fulfils":["other.t","mine.t"]}}')
    assert not HIDDEN.mentions(b'{"details":{"kind":"explosion","device":"mine"},"into":"mine-three"}')


def test_what_lies_in_a_restricted_place_is_seen_no_closer_than_that_place() -> None:
    def place(name: str, parent: str | None, *within: str) -> Place:
        said = PlaceRegistered(
            name=name, kind="other", parent=parent, within=within, point=(len(name), 1.0), time_zone="UTC"
        )
        return Place(name, len(name), 1, said)

    places = [place("a", None), place("bb", "a"), place("ccc", "bb", "a"), place("dddd", "a", "bb")]
    registry = RegistryView(9, {one.id: one for one in places}, {}, {})

    covered = covered_places(["bb", "none"], registry)
    seen = coarse(registry, covered)

    assert covered == {"bb": 2, "ccc": 3}
    assert [seen.places[name].said.point for name in ("a", "bb", "ccc", "dddd")] == [(1, 1.0)] * 3 + [(4, 1.0)]
    assert (seen.places["ccc"].said.name, seen.places["ccc"].said.within) == ("(withheld)", ())
    assert registry.places["ccc"].said.name == "ccc"
