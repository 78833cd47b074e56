"""What an import came to, row by row counted."""

from collections.abc import Sequence

from msgspec import Struct, field

from services.imports.entry import Entry
from services.imports.sink import Outcome, Refused


class Refusal(Struct, frozen=True):
    """A row that was not taken, and why."""

    row: int
    reason: str


class Summary(Struct):
    """How many rows were recorded, changed what an older release had, were there before, or were not taken and why.

    `superseded` are rows that a newer release, on record already, has otherwise: what that says stands. `flagged` lists
    rows by what is worth telling about them, `unresolved` counts rows by the name of a place that fits several known
    ones. `position` is the last log position that a row, or a place or party in one, came to.
    """

    dataset: str
    release: str | None = None
    rows: int = 0
    recorded: int = 0
    changed: int = 0
    repeated: int = 0
    superseded: int = 0
    silent: int = 0
    retracted: int = 0
    places: int = 0
    parties: int = 0
    flagged: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    unresolved: dict[str, int] = field(default_factory=dict[str, int])
    quarantined: list[Refusal] = field(default_factory=list[Refusal])
    refused: list[Refusal] = field(default_factory=list[Refusal])
    notes: list[str] = field(default_factory=list[str])
    position: int = 0

    def count(self, entry: Entry, outcomes: Sequence[Outcome], *, fresh: bool) -> None:
        """Count a row by what became of its commands; `fresh`: a place that it names is new."""
        self.rows += 1
        for flag in entry.flags:
            self.flagged.setdefault(flag, []).append(entry.row)
        if entry.quarantined is not None:
            self.quarantined.append(Refusal(entry.row, entry.quarantined))
            return
        refusals = [one.reason for one in outcomes if isinstance(one, Refused) and not (entry.optional and one.missing)]
        if refusals:
            self.refused.append(Refusal(entry.row, "; ".join(refusals)))
            return
        taken = [one for one in outcomes if not isinstance(one, Refused)]
        self.position = max([self.position, *(one.position for one in taken)])
        # What the row itself says comes last; before it stands what it rests on, such as a report.
        how = taken[-1].how if taken else "recorded" if fresh else "repeated" if entry.places else None
        match how:
            case "recorded":
                self.recorded += 1
            case "changed":
                self.changed += 1
            case "repeated":
                self.repeated += 1
            case "superseded":
                self.superseded += 1
            case None:
                self.silent += 1
