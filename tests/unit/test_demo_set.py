"""The November 2020 set itself: complete, in the shapes of the interface, and in any order the same."""

import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from events import registry_requests as registry
from events import requests as asked
from events.claims import TermClaim
from events.details import Agreement, TransferTerm
from events.geometry import Polygon
from events.known import ALL_KNOWN, Known, as_known
from events.names import fold
from events.values import Position
from services.demo.commands import Command, commands
from services.demo.order import dependencies, shape_of, shuffled
from tests.reporter import Reporter

CLAIMS = Path(__file__).parents[3] / "shared" / "data" / "nov2020_claims.csv"
SENT = commands()
SHAPES = [shape_of(command) for command in SENT]
PLACES = {str(shape.body.id): shape.body for shape in SHAPES if isinstance(shape.body, registry.RegisterPlace)}
REPORTS = {str(shape.body.id): shape.body for shape in SHAPES if isinstance(shape.body, registry.FileReport)}
OCCURRENCES = [str(shape.body.id) for shape in SHAPES if isinstance(shape.body, asked.OccurrenceBody)]


@pytest.fixture
def rows() -> list[dict[str, str]]:
    if not CLAIMS.exists():
        pytest.skip("the claims of November 2020 are not beside this checkout: ../shared/data/nov2020_claims.csv")
    with CLAIMS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def recorded(order: list[Command]) -> Reporter:
    reporter = Reporter()
    await record(reporter, order)
    return reporter


async def record(reporter: Reporter, order: list[Command]) -> None:
    for command in order:
        shape = shape_of(command)
        about = shape.about.id if shape.about else None
        await reporter.send(type(shape.body), command.body, about, key=command.key)


async def known(reporter: Reporter, occurrence: str) -> Known:
    found = as_known(await reporter.occurrence(occurrence), ALL_KNOWN)
    assert found is not None
    return found


async def told(reporter: Reporter) -> list[object]:
    """Give what the log comes to, without what depends on the order of arrival: positions."""
    views = [await known(reporter, occurrence) for occurrence in OCCURRENCES]
    return [
        (
            view.id,
            view.details,
            view.occurred,
            view.published_at,
            [cited.citation for cited in view.citations],
            [(one.id, one.content, one.claimant, [cited.citation for cited in one.citations]) for one in view.claims],
            [(one.id, one.due, one.rescheduled_from) for one in view.transfers],
        )
        for view in views
    ]


def citing(row: str) -> list[tuple[Command, asked.Citing]]:
    """Give the commands that tell of a line of the claims file."""
    return [
        (command, shape.body)
        for command, shape in zip(SENT, SHAPES, strict=True)
        if isinstance(shape.body, asked.Citing) and shape.body.locator == f"claims file, {row}"
    ]


def area_doubled(ring: tuple[Position, ...]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))


def lies_in(point: Position, ring: tuple[Position, ...]) -> bool:
    """Count the sides that a line eastwards from the point crosses."""
    x, y = point
    crossed = [
        (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
        for (x1, y1), (x2, y2) in pairwise(ring)
        if y1 != y2
    ]
    return sum(crossed) % 2 == 1


def test_every_command_has_a_key_of_its_own() -> None:
    assert [key for key, times in Counter(command.key for command in SENT).items() if times > 1] == []


def test_every_command_finds_what_it_refers_to() -> None:
    there: set[str] = set()
    for command in SENT:
        needs = dependencies(command).needs
        assert needs <= there, (command.key, needs - there)
        there |= dependencies(command).provides


def test_every_line_of_the_claims_file_is_told_in_a_report_of_its_own_url_and_day(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 25
    for row in rows:
        said = citing(row["claim_id"])
        assert said, row["claim_id"]
        for _, body in said:
            report = REPORTS[str(body.report)]
            assert (report.url, report.published_at) == (row["url"], row["published_on"]), row["claim_id"]


def test_a_line_that_repeats_another_is_a_retelling_and_makes_no_claim(rows: list[dict[str, str]]) -> None:
    repeating = [row for row in rows if row["repeats"]]
    assert repeating
    for row in repeating:
        claim = f"/v1/claims/{row['occurrence']}.{row['repeats']}/citations"
        assert [(command.path, type(body)) for command, body in citing(row["claim_id"])] == [(claim, asked.CiteClaim)]


def test_a_line_with_a_number_of_people_is_a_claim_of_that_number(rows: list[dict[str, str]]) -> None:
    counted = [row for row in rows if row["effect"] in {"killed", "wounded"} and not row["repeats"]]
    assert counted
    for row in counted:
        bodies = [shape.body for shape in SHAPES if shape.about and shape.about.id == row["occurrence"]]
        (content,) = [
            body.content for body in bodies if isinstance(body, asked.ClaimBody) and body.id == row["claim_id"]
        ]
        assert getattr(content, "effect") == row["effect"]  # noqa: B009  the type is one of many made at run time
        count = getattr(content, "count")  # noqa: B009  as above
        assert str(count.low) == row["count_low"]
        assert ("" if count.high is None else str(count.high)) == row["count_high"]


@pytest.mark.anyio
async def test_the_log_takes_all_of_it_and_sent_again_it_appends_nothing() -> None:
    reporter = await recorded(list(SENT))
    head = await reporter.log.head()
    assert head == len(SENT)
    await record(reporter, list(SENT))
    assert await reporter.log.head() == head


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(5))
async def test_in_any_order_the_log_comes_to_the_same(seed: int) -> None:
    order = shuffled(SENT, seed)
    assert sorted(command.key for command in order) == sorted(command.key for command in SENT)
    assert await told(await recorded(order)) == await told(await recorded(list(SENT)))


def test_the_seed_decides_the_order() -> None:
    first = shuffled(SENT, 1)
    assert first == shuffled(SENT, 1)
    assert first != shuffled(SENT, 2)
    assert first != list(SENT)


def test_what_nobody_provides_is_named() -> None:
    without = [command for command in SENT if command.key != "nov2020-source-sana"]
    with pytest.raises(LookupError, match="source-sana"):
        shuffled(without, 1)


@pytest.mark.anyio
async def test_the_gazakh_clause_is_a_claim_and_no_transfer() -> None:
    agreement = await known(await recorded(list(SENT)), "ceasefire-2020-11-10")
    assert isinstance(agreement.details, Agreement)
    transfers = [term.id for term in agreement.details.terms if isinstance(term, TransferTerm)]
    assert transfers == [f"ceasefire-2020-11-10.transfer-{place}" for place in ("agdam", "kalbajar", "lachin")]
    (gazakh,) = [claim for claim in agreement.claims if claim.id == "ceasefire-2020-11-10.transfer-gazakh"]
    assert isinstance(gazakh.content, TermClaim)


@pytest.mark.anyio
async def test_one_death_is_told_in_five_reports_and_the_translation_reads_police() -> None:
    mine = await known(await recorded(list(SENT)), "mine-madagiz")
    (killed,) = [claim for claim in mine.claims if claim.id == "mine-madagiz.c12"]
    reports = {cited.citation.report: cited.reads for cited in killed.citations}
    assert len(reports) == 5
    translation = reports["digest-2020-11-25-ja"]
    assert translation is not None
    assert translation.status == "police"
    assert REPORTS["digest-2020-11-25-ja"].translation_of == "digest-2020-11-25"


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Nagorno-Karabkah", None, {"nagorno-karabakh"}),
        ("ナゴルノ・カラブカ", None, {"nagorno-karabakh"}),
        ("Кельбаджар", None, {"kalbajar", "kalbajar-town"}),
        ("Кельбаджар", "district", {"kalbajar"}),
        ("K'arvacharr", "district", {"kalbajar"}),
        ("Sugovushan", None, {"madagiz"}),
        ("Magadiz", None, set[str]()),
    ],
)
def test_a_name_belongs_to(name: str, kind: str | None, expected: set[str]) -> None:
    assert {
        place
        for place, body in PLACES.items()
        if fold(name) in {fold(body.name), *(fold(other.name) for other in body.names)} and kind in {None, body.kind}
    } == expected


def test_outlines_are_coarse_and_wound_by_the_right_hand_rule() -> None:
    outlines = {place: body.geometry for place, body in PLACES.items() if isinstance(body.geometry, Polygon)}
    assert {"kalbajar", "agdam", "lachin", "lachin-corridor", "nagorno-karabakh", "quneitra"} <= outlines.keys()
    for place, outline in outlines.items():
        (ring,) = outline.coordinates
        assert 10 <= len(ring) <= 41, place
        assert area_doubled(ring) > 0, place


def test_every_place_lies_in_the_outlines_of_what_it_is_said_to_lie_in() -> None:
    looked_at = 0
    for place, body in PLACES.items():
        for around in (place, body.parent, *(body.within if isinstance(body.within, tuple) else (body.within,))):
            outline = PLACES[around].geometry if around else None
            if isinstance(outline, Polygon):
                looked_at += 1
                assert isinstance(body.point, tuple), place
                assert lies_in(body.point, outline.coordinates[0]), (place, around)
    assert looked_at > 20
