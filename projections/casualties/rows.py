"""The rows that an occurrence has for casualty tallies."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from events.known import Known
from events.words import Effect
from projections.casualties.buckets import Bucket
from projections.casualties.figure import Figure
from projections.casualties.marks import marks_of
from projections.casualties.settled import Settled, settled
from projections.casualties.told import occasion, told
from projections.casualties.voices import (
    OCCASION_COLUMNS,
    VOICE_COLUMNS,
    Occasion,
    Voice,
    occasion_values,
    voice_values,
)
from projections.table import OccurrenceProjection, Row, Table

FIGURE_COLUMNS = (
    "claimant",
    "effect",
    "people",
    "status",
    "low",
    "best",
    "high",
    "marks",
    "in_words",
    "claims",
)
VOICES = Table("casualty_voice", (*OCCASION_COLUMNS, *VOICE_COLUMNS, "citations", "settled"))
WHOLES = Table("casualty_whole", (*OCCASION_COLUMNS, *FIGURE_COLUMNS))
PARTS = Table("casualty_part", (*OCCASION_COLUMNS, *FIGURE_COLUMNS))


class CasualtyRows:
    """Casualty figures: one row for each claimant's standing word, and one for each analyst's.

    Where one claimant alone speaks, what counts is settled here: a row asked for all, and rows by side and status.
    "Retracted, merged, withdrawn count zero": they have no rows. A retelling only adds citations to its claim's row.
    """

    name = "casualties"
    version = 6
    schema = Path(__file__).with_name("tables.sql")
    tables: Sequence[Table] = (VOICES, WHOLES, PARTS)

    def rows(self, known: Known) -> Iterable[Row]:
        """Give the rows of an occurrence as known at one moment."""
        said = told(known) if known.counts else []
        if not said:
            return
        happened = occasion(known)
        columns = occasion_values(happened)
        by_effect: dict[Effect, list[Voice]] = {}
        for one in said:
            by_effect.setdefault(one.voice.effect, []).append(one.voice)
        counted: dict[Effect, Settled | None] = {effect: settled(voices) for effect, voices in by_effect.items()}
        for one in said:
            values = (*columns, *voice_values(one.voice), one.citations, counted[one.voice.effect] is not None)
            yield Row(VOICES.name, one.voice.key, values)
        yield from _figures(happened, columns, by_effect, counted)


def _figures(
    happened: Occasion,
    columns: tuple[object, ...],
    voices: Mapping[Effect, Sequence[Voice]],
    counted: Mapping[Effect, Settled | None],
) -> Iterable[Row]:
    for effect, figures in counted.items():
        if figures is None:
            continue
        by = voices[effect][0].claimant
        yield Row(WHOLES.name, f"{happened.id} {effect}", (*columns, *_values(by, effect, Bucket(), figures.whole)))
        for bucket, figure in figures.parts:
            key = f"{happened.id} {effect} {bucket.status} {bucket.party}"
            yield Row(PARTS.name, key, (*columns, *_values(by, effect, bucket, figure)))


def _values(claimant: str, effect: Effect, bucket: Bucket, figure: Figure) -> tuple[object, ...]:
    return (
        claimant,
        effect,
        bucket.party or "",
        bucket.status or "",
        figure.low,
        figure.best,
        figure.high,
        marks_of(figure),
        figure.in_words,
        " ".join(sorted(figure.claims)),
    )


CASUALTIES: OccurrenceProjection = CasualtyRows()
