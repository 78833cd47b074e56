"""Who was harmed: what the period comes to, and for each occurrence the range and who says what."""

from collections.abc import Sequence
from typing import get_args

from events.words import Effect
from projections.casualties.answers import CasualtyRow, EvidenceClaim
from projections.casualties.buckets import UNALLOCATED
from services.briefs.answers import Link, Section, Sentence
from services.briefs.draft import Draft

_EFFECTS = get_args(Effect)


def casualties(draft: Draft) -> Section:
    """Write the section."""
    found, tongue = draft.found, draft.tongue
    rows = found.harm.by_occurrence.rows
    told = {row.effect for row in rows}
    shown = sorted(found.harm.shown, key=lambda one: (str(draft.known[one].occurred.start_at), one))
    totals = sorted((row for row in found.harm.by_occurrence.totals if row.effect in told), key=_order)
    # That nobody of one side was harmed says nothing that the totals do not.
    harmed = [row for row in found.harm.by_party if row.contested or row.open_ended or row.low or row.best or row.high]
    sides = dict.fromkeys(row.affected_party for row in harmed)
    sentences = [
        *([_total(draft, totals)] if totals else []),
        *(_side(draft, [row for row in harmed if row.affected_party == side]) for side in sides),
        *(_occurrence(draft, occurrence) for occurrence in shown),
        *draft.left_out(len(shown), len({row.occurrence for row in rows}), "/v1/casualties?group_by=occurrence"),
    ]
    if not told:
        sentences.append(Sentence(text=tongue.say("Nobody is reported to have been harmed.")))
    note = tongue.say("Ranges compare what the claimants say; nothing that several of them tell of is added twice.")
    return Section(topic="casualties", title=tongue.say("Casualties"), note=note, sentences=tuple(sentences))


def _order(row: CasualtyRow | EvidenceClaim) -> int:
    return _EFFECTS.index(row.effect)


def _figures(draft: Draft, rows: Sequence[CasualtyRow]) -> str:
    tongue = draft.tongue
    figures = [
        tongue.say("{effect} {number}", effect=tongue.term("effect", row.effect), number=draft.figure(row))
        for row in sorted(rows, key=_order)
    ]
    return tongue.say("; ").join(figures)


def _total(draft: Draft, rows: Sequence[CasualtyRow]) -> Sentence:
    text = draft.tongue.say("In all: {figures}.", figures=_figures(draft, rows))
    return draft.sentence([text], [_evidence(draft, row) for row in rows])


def _side(draft: Draft, rows: Sequence[CasualtyRow]) -> Sentence:
    party = rows[0].affected_party
    if not isinstance(party, str):
        side = draft.tongue.say("side not stated")
    elif party == UNALLOCATED:
        side = draft.tongue.say("not told apart by side")
    else:
        side = draft.tongue.parties(party.split("+"))
    text = draft.tongue.say("{side}: {figures}.", side=side, figures=_figures(draft, rows))
    return draft.sentence([text], [_evidence(draft, row) for row in rows])


def _occurrence(draft: Draft, occurrence: str) -> Sentence:
    """Say what one occurrence comes to, and then each voice on it."""
    tongue, known, harm = draft.tongue, draft.known[occurrence], draft.found.harm
    head = draft.at(tongue.when(known.occurred), draft.where(known.places))
    figures = _figures(draft, [row for row in harm.by_occurrence.rows if row.occurrence == occurrence])
    voices = sorted((voice for voice in harm.voices if voice.occurrence == occurrence), key=_order)
    clauses = [
        tongue.say("{head}: {what}.", head=head, what=figures),
        *(_voice(draft, voice) for voice in voices),
        *(_otherwise(draft, voices)),
    ]
    claims = [voice.claim for voice in voices if voice.claim is not None]
    reports = [cited.citation.report for voice in voices for cited in voice.citations]
    return draft.sentence(clauses, draft.links(occurrence, claims, reports))


def _voice(draft: Draft, voice: EvidenceClaim) -> str:
    tongue = draft.tongue
    # An analyst signs with a name of their own, which no registry knows.
    claimant = voice.claimant if voice.scope == "assessed" else tongue.claimant(voice.claimant)
    effect = tongue.term("effect", voice.effect)
    if voice.scope == "denial":
        if voice.count.words is None:
            return tongue.say("{claimant} — {effect}: nobody.", claimant=claimant, effect=effect)
        words = draft.quoted(voice.count.words)
        return tongue.say("{claimant} — {effect}: nobody ({words}).", claimant=claimant, effect=effect, words=words)
    said = {"claimant": claimant, "effect": effect, "number": draft.amount(voice.count), "who": _who(draft, voice)}
    if voice.scope == "assessed":
        return tongue.say("{claimant}, an analyst — {effect}: {number}, {who}.", **said)
    if voice.scope == "total":
        return tongue.say("{claimant} — {effect} in all: {number}.", **said)
    return tongue.say("{claimant} — {effect}: {number}, {who}.", **said)


def _who(draft: Draft, voice: EvidenceClaim) -> str:
    tongue = draft.tongue
    side = tongue.parties(voice.affected) if voice.affected else tongue.say("side not stated")
    if voice.status == "unspecified":
        return side
    return tongue.say("{side} ({status})", side=side, status=tongue.term("status", voice.status))


def _otherwise(draft: Draft, voices: Sequence[EvidenceClaim]) -> list[str]:
    """Say where a retelling has another status, party or number; another wording alone changes nothing."""
    tongue = draft.tongue
    clauses: list[str] = []
    for cited in (cited for voice in voices for cited in voice.citations):
        reads = cited.reads
        if reads is None or (reads.status is None and reads.party is None and reads.count is None):
            continue
        parts = [
            "" if reads.status is None else tongue.term("status", reads.status),
            "" if reads.party is None else tongue.party(reads.party),
            "" if reads.count is None else draft.amount(reads.count),
            "" if reads.words is None else draft.quoted(reads.words),
        ]
        filed = draft.found.reports.get(cited.citation.report)
        source = cited.citation.report if filed is None else tongue.source(filed.source)
        clauses.append(tongue.say("{source} has instead: {what}.", source=source, what=tongue.row(parts)))
    return clauses


def _evidence(draft: Draft, row: CasualtyRow) -> Link:
    return Link(rel="evidence", href=row.evidence.href, title=draft.tongue.say("the claims behind it"))
