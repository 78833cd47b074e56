"""A table of claims with a source URL each, one voice a row: the format of `nov2020_claims.csv`.

The names in it are free text, so a glossary says which known source, claimant, party or place each one means. Rows that
repeat another add a citation to its claim, never a claim.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from events import claims as contents
from events import details as kinds
from events import requests as asked
from events.command import Command, RequestBody
from events.registry_requests import FileReport, RegisterSource
from events.times import is_date
from events.values import Count, Occurred, Reads
from events.words import Status
from services.imports.bodies import command, occurrence
from services.imports.entry import Entry, Row, RowError
from services.imports.reading import table
from services.imports.wanted import Names

_NEEDED = (
    "claim_id", "occurrence", "kind", "claimant", "reported_via", "published_on", "event_time_local", "event_time_note",
    "place_as_written", "party", "effect", "count_low", "count_high", "count_note", "status_note", "url", "repeats",
)  # fmt: skip
_EVENTS: Mapping[str, kinds.Details] = {
    "mine_explosion": kinds.Explosion(device="mine"),
    "airstrike": kinds.Strike(weapon="airstrike"),
}
_SCHEDULED = "scheduled_transfer"
_AGREED_BY = "joint statement"


class Side(Struct, frozen=True):
    """A party, and what its people are."""

    party: str
    status: Status = "unspecified"


class Glossary(Struct, frozen=True):
    """What the names in a table mean. A claimant that is missing is kept in words, a place as it is written."""

    sources: Mapping[str, str]
    claimants: Mapping[str, str]
    parties: Mapping[str, Side]
    places: Mapping[str, tuple[asked.PlaceRef, ...]]


def november() -> Glossary:
    """Give the glossary of November 2020."""
    held = Path(__file__).with_name("claims_names.json").read_bytes()
    return msgspec.json.decode(held, type=Glossary)


class ClaimsFile:
    """A table of claims, held as a whole: what was agreed stands in several rows."""

    sources: Sequence[RegisterSource] = ()
    reports: Sequence[FileReport] = ()

    def __init__(self, lines: Callable[[], Iterable[str]], glossary: Glossary) -> None:
        """Take what gives the file's lines, and what its names mean."""
        self._lines = lines
        self._glossary = glossary
        self._told: set[str] = set()

    def entries(self) -> Iterator[Entry]:
        """Give an entry for each row; one that cannot be read says why."""
        rows = list(table(self._lines(), _NEEDED))
        self._told.clear()
        for number, row in rows:
            try:
                commands = self._commands(row, [one for _, one in rows])
            except (RowError, ValueError) as error:
                yield Entry(row=number, quarantined=str(error))
            else:
                yield Entry(row=number, commands=partial(_always, commands))

    def _commands(self, row: Row, rows: Sequence[Row]) -> Sequence[Command]:
        report = self._report(row)
        bodies: list[tuple[str | None, RequestBody]] = []
        match row["kind"]:
            case "agreement":
                bodies += self._agreement(row, rows)
            case "schedule_amended":
                due = date.fromisoformat(row["event_time_local"])
                citing = self._citing(row)
                bodies.append(
                    (f"{_agreement_of(rows)}.{row['occurrence']}", asked.RescheduleTransfer(due=due, **citing))
                )
            case "transfer_effected":
                bodies.append((None, self._change(row, rows)))
            case kind if kind in {_SCHEDULED, "exclusion_zone"}:
                bodies.append((_agreement_of(rows), self._term(row, rows)))
            case kind if kind in _EVENTS and row["repeats"]:
                reads = Reads(words=f"at {row['place_as_written']}")
                subject = f"{row['occurrence']}.{row['repeats']}"
                bodies.append((subject, asked.CiteClaim(reads=reads, **self._citing(row))))
            case kind if kind in _EVENTS:
                bodies += self._event(row, rows)
            case kind:
                raise RowError(f"kind is none of this format: {kind!r}")
        made = [
            command(body, subject=subject, key=None if subject is None else f"claims:{row['claim_id']}:{number}")
            for number, (subject, body) in enumerate(bodies)
        ]
        return (command(report), *made)

    def _report(self, row: Row) -> FileReport:
        """Give the publication that a row cites, known by its address."""
        source = self._glossary.sources.get(row["reported_via"])
        if source is None:
            raise RowError(f"reported_via is not in the glossary: {row['reported_via']!r}")
        return FileReport(id=_report_id(row), source=source, published_at=row["published_on"], url=row["url"])

    def _citing(self, row: Row) -> dict[str, Any]:
        return {"report": _report_id(row), "locator": f"claims file, {row['claim_id']}"}

    def _voice(self, row: Row) -> dict[str, Any]:
        known = self._glossary.claimants.get(row["claimant"])
        return {"attributed_to": row["claimant"]} if known is None else {"claimant": known}

    def _side(self, name: str) -> Side:
        side = self._glossary.parties.get(name)
        if side is None:
            raise RowError(f"party is not in the glossary: {name!r}")
        return side

    def _places(self, row: Row) -> tuple[asked.PlaceRef, ...]:
        return self._glossary.places.get(row["place_as_written"]) or (asked.PlaceRef(name=row["place_as_written"]),)

    def _place(self, row: Row) -> str:
        place = self._places(row)[0].place
        if place is None:
            raise RowError(f"place_as_written is not in the glossary: {row['place_as_written']!r}")
        return place

    def _agreement(self, row: Row, rows: Sequence[Row]) -> Iterator[tuple[str | None, RequestBody]]:
        """Give what was agreed, with the transfers that the joint statement's rows tell of."""
        agreed = [one for one in rows if one["kind"] == _SCHEDULED and one["claimant"].startswith(_AGREED_BY)]
        terms = tuple(
            self._transfer(name, [one for one in agreed if one["occurrence"] == name], rows)
            for name in dict.fromkeys(one["occurrence"] for one in agreed)
        )
        body = occurrence(
            kinds.Agreement(ceasefire=row["effect"] == "ceasefire", terms=terms),
            id=row["occurrence"],
            occurred=_occurred(row["event_time_local"]),
            places=self._places(row),
            **self._voice(row),
            **self._citing(row),
        )
        yield None, body
        term = contents.TermClaim(words=row["status_note"])
        claim = asked.ClaimAsWritten(id=row["claim_id"], written=term, **self._voice(row), **self._citing(row))
        yield row["occurrence"], claim

    def _transfer(self, name: str, told: Sequence[Row], rows: Sequence[Row]) -> kinds.TransferTerm:
        """Give a transfer as all its voices tell it: due on the latest day that one of them reads from the text."""
        excluding = tuple(
            kinds.Exclusion(self._place(row), self._side(row["party"]).party)
            for row in rows
            if row["kind"] == "exclusion_zone" and row["status_note"].endswith(name)
        )
        return kinds.TransferTerm(
            id=name,
            places=(self._place(told[0]),),
            to_party=self._side(told[0]["party"]).party,
            due=max(_due(row) for row in told),
            excluding=excluding,
        )

    def _term(self, row: Row, rows: Sequence[Row]) -> asked.ClaimAsWritten:
        """Give a clause as one voice has it; what no government's text has belongs to no transfer."""
        agreed = any(
            one["occurrence"] == row["occurrence"]
            and one["claimant"].startswith(_AGREED_BY)
            and one["kind"] == _SCHEDULED
            for one in rows
        )
        term = contents.TermClaim(
            words="; ".join(
                text for text in (row["place_as_written"], row["event_time_note"], row["status_note"]) if text
            ),
            transfer=f"{_agreement_of(rows)}.{row['occurrence']}" if agreed else None,
            place=self._place(row),
            party=self._side(row["party"]).party,
            due=_due(row).isoformat() if row["event_time_local"] else None,
        )
        return asked.ClaimAsWritten(id=row["claim_id"], written=term, **self._voice(row), **self._citing(row))

    def _change(self, row: Row, rows: Sequence[Row]) -> asked.OccurrenceBody:
        place = self._place(row)
        return occurrence(
            kinds.ControlChange(
                to_party=self._side(row["party"]).party,
                manner="entry",
                places=(place,),
                fulfils=(f"{_agreement_of(rows)}.{row['occurrence']}",),
            ),
            id=row["occurrence"],
            occurred=_occurred(row["event_time_local"]),
            places=(asked.PlaceRef(place=place, role="target"),),
            **self._voice(row),
            **self._citing(row),
        )

    def _event(self, row: Row, rows: Sequence[Row]) -> Iterator[tuple[str | None, RequestBody]]:
        """Give what happened, where this is the first row that tells of it, and what the row claims."""
        name = row["occurrence"]
        when = _day_of([one["event_time_local"] for one in rows if one["occurrence"] == name])
        if name not in self._told:
            self._told.add(name)
            yield (
                None,
                occurrence(
                    _EVENTS[row["kind"]],
                    id=name,
                    occurred=Occurred(start=when),
                    places=self._places(row),
                    **self._voice(row),
                    **self._citing(row),
                ),
            )
        for claim, content in self._contents(row, when):
            yield name, asked.ClaimAsWritten(id=claim, written=content, **self._voice(row), **self._citing(row))

    def _contents(self, row: Row, when: str) -> Iterator[tuple[str, contents.ClaimContent]]:
        name, note = row["claim_id"], row["status_note"]
        if row["effect"] in {"killed", "wounded"}:
            yield name, self._people(row)
        acknowledged, suspected = "acknowledged" in note, "likely" in note
        party = next((side.party for words, side in self._glossary.parties.items() if words in note), None)
        if party is not None and (acknowledged or suspected):
            degree = "acknowledged" if acknowledged else "suspected"
            claim = name if row["effect"] == "attribution" else f"{name}-by"
            yield claim, contents.ResponsibilityClaim(party=party, degree=degree)
        if not is_date(row["event_time_local"]) and row["event_time_local"][:10] != when:
            yield f"{name}-time", contents.TimeClaim(occurred=_occurred(row["event_time_local"]))

    def _people(self, row: Row) -> contents.CasualtiesClaim:
        low = int(row["count_low"])
        high = int(row["count_high"]) if row["count_high"] else None
        count = Count(
            low=low,
            best=low if low == high else None,
            high=high,
            open_ended=high is None,
            words=row["count_note"] or None,
        )
        side = self._side(row["party"]) if row["party"] else None
        return contents.CasualtiesClaim(
            scope="denial" if high == 0 else "part",
            affected=() if side is None else (side.party,),
            status="unspecified" if side is None else side.status,
            effect="killed" if row["effect"] == "killed" else "wounded",
            count=count,
        )


def _report_id(row: Row) -> str:
    return f"claims-{row['published_on']}-{sha256(row['url'].encode()).hexdigest()[:8]}"


def _agreement_of(rows: Sequence[Row]) -> str:
    found = next((row["occurrence"] for row in rows if row["kind"] == "agreement"), None)
    if found is None:
        raise RowError("there is no agreement in the file that this belongs to")
    return found


def _due(row: Row) -> date:
    """Read the day by which a place is to pass: "by 20 November is due the 20th, before the 19th"."""
    due = date.fromisoformat(row["event_time_local"])
    words = row["event_time_note"]
    return due - timedelta(days=1) if "before" in words and "by" not in words.replace("/", " ").split() else due


def _occurred(said: str) -> Occurred:
    return Occurred(start=said, precision="day" if is_date(said) else "exact")


def _day_of(times: Iterable[str]) -> str:
    """Give the day that most voices tell."""
    return Counter(said[:10] for said in times if said).most_common(1)[0][0]


def _always(commands: Sequence[Command], _names: Names) -> Sequence[Command]:
    return commands
