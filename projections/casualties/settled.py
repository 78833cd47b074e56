"""Occurrences on which one claimant alone speaks: what they count for is settled when their rows are written."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from projections.casualties.buckets import UNALLOCATED, Bucket
from projections.casualties.figure import Figure, remainder, stated, summed
from projections.casualties.voices import Voice

_REST = Bucket(party=UNALLOCATED, status=UNALLOCATED)


class Settled(Struct, frozen=True):
    """The figure of an occurrence and effect asked for all, and asked by side and status.

    The bucket of a part holds its parties, joined by "+", and its status, as no registry rolls them up.
    """

    whole: Figure
    parts: tuple[tuple[Bucket, Figure], ...]


def settled(voices: Sequence[Voice]) -> Settled | None:
    """Give what the voices on one effect count for; None where that hangs on the registry, or on who is asked.

    "One claimant's parts in one publication are disjoint" and add, "a total replaces its parts", and "what the total
    has beyond them is row `unallocated`", whatever the registry says of their parties. Figures that name a place,
    denials and assessments are left to be heard when asked.
    """
    parts = [voice for voice in voices if voice.telling == "part"]
    totals = [voice for voice in voices if voice.telling == "total"]
    if (
        len(parts) + len(totals) != len(voices)
        or len({voice.claimant for voice in voices}) != 1
        or any(voice.place is not None for voice in voices)
        or not _are_disjoint(parts)
        or len(totals) > 1
    ):
        return None
    shares = [(Bucket("+".join(voice.affected), voice.status), _figure(voice)) for voice in parts]
    if not totals:
        return Settled(summed(figure for _, figure in shares), tuple(shares))
    total = _figure(totals[0])
    if not _is_of_everybody(totals[0]) or total.silent:
        return None
    rest = remainder(total, summed(figure for _, figure in shares)) if shares else total
    return Settled(total, (*shares, *_one(rest)))


def _are_disjoint(parts: Sequence[Voice]) -> bool:
    keys = {(voice.affected, voice.status) for voice in parts}
    if len(parts) < 2:  # noqa: PLR2004  a part alone overlaps with none
        return True
    return len(keys) == len(parts) and bool(parts[0].publications.intersection(*(part.publications for part in parts)))


def _is_of_everybody(total: Voice) -> bool:
    """Tell whether a total speaks of everyone harmed."""
    return not total.affected and total.status == "unspecified"


def _figure(voice: Voice) -> Figure:
    return stated(voice.count, frozenset() if voice.claim is None else frozenset((voice.claim,)))


def _one(rest: Figure | None) -> Iterable[tuple[Bucket, Figure]]:
    return () if rest is None else ((_REST, rest),)
