"""What is read from an occurrence, as known at one moment, about its casualties: voices, and what they spoke of."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from events.claims import CasualtiesClaim, PartyClaim, ResponsibilityClaim
from events.details import Displacement, Explosion, Strike, kind_of
from events.known import Known, KnownClaim
from events.occurrence_events import OccurrenceAssessed
from events.times import local_day, zone_named
from events.values import Count
from events.words import Degree, Effect
from projections.casualties.answers import EvidenceCitation
from projections.casualties.voices import Occasion, Target, Telling, Voice
from projections.naming import word_of

_RANK: tuple[Degree, ...] = ("acknowledged", "attributed", "suspected", "disputed", "unknown")


class Told(Struct, frozen=True):
    """A voice, and its citations as JSON."""

    voice: Voice
    citations: str


def told(known: Known) -> list[Told]:
    """Give every standing casualties claim, and the analysts' figures."""
    claims = {
        claim.id: (claim, claim.content)
        for claim in known.standing_claims
        if isinstance(claim.content, CasualtiesClaim)
    }
    published = _publications(known)
    found = [
        Told(_voice(claim, content, effect, published[claim.id]), _citations(claim))
        for claim, content in claims.values()
        for effect in _effects(content)
    ]
    return [*found, *_assessed(claims, known)]


def _effects(content: CasualtiesClaim) -> tuple[Effect, ...]:
    """Give the effects that a claim is about: "a denial of `casualty` covers killed and wounded"."""
    if content.scope == "denial" and content.effect == "casualty":
        return ("casualty", "killed", "wounded")
    return (content.effect,)


def _voice(claim: KnownClaim, content: CasualtiesClaim, effect: Effect, publications: frozenset[str]) -> Voice:
    return Voice(
        key=claim.id if effect == content.effect else f"{claim.id} {effect}",
        claim=claim.id,
        claimant=claim.claimant,
        telling=content.scope,
        affected=tuple(sorted(set(content.affected))),
        status=content.status,
        effect=effect,
        count=content.count,
        place=content.place,
        published_at=claim.published_at,
        publications=publications,
        reports=tuple(sorted({cited.citation.report for cited in claim.citations})),
    )


def _assessed(claims: Mapping[str, tuple[KnownClaim, CasualtiesClaim]], known: Known) -> Iterable[Told]:
    """Give analysts' figures: "an analyst adopts a claim or sets a figure"; the last word on one key stands.

    An adopted claim that was withdrawn or superseded since takes the assessment with it.
    """
    standing: dict[str, Told] = {}
    for event in known.assessments:
        for found in _adopted(event, claims) if event.adopts is not None else _set(event, known):
            standing[found.voice.key] = found
    return standing.values()


def _adopted(event: OccurrenceAssessed, claims: Mapping[str, tuple[KnownClaim, CasualtiesClaim]]) -> Iterable[Told]:
    if event.adopts is None or event.adopts not in claims:
        return
    claim, content = claims[event.adopts]
    for effect in _effects(content):
        voice = _voice(claim, content, effect, frozenset())
        count = Count(low=0, best=0, high=0) if content.scope == "denial" else content.count
        key, assessed = _assessed_key(voice), _ASSESSED
        yield Told(
            msgspec.structs.replace(voice, key=key, claimant=event.assessor, telling=assessed, count=count),
            _citations(claim),
        )


def _set(event: OccurrenceAssessed, known: Known) -> Iterable[Told]:
    if event.effect is None or event.count is None:
        return
    voice = Voice(
        key="",
        claim=None,
        claimant=event.assessor,
        telling=_ASSESSED,
        affected=tuple(sorted(set(event.affected))),
        status=event.status,
        effect=event.effect,
        count=event.count,
        place=None,
        published_at=known.published_at,
        publications=frozenset(),
        reports=tuple(sorted({cited.citation.report for cited in known.citations})),
    )
    yield Told(msgspec.structs.replace(voice, key=_assessed_key(voice)), "[]")


_ASSESSED: Telling = "assessed"


def _assessed_key(voice: Voice) -> str:
    return f"assessed {voice.effect} {voice.status} {'+'.join(voice.affected)} {voice.place or ''}"


def _publications(known: Known) -> Mapping[str, frozenset[str]]:
    """Give the reports in which each claim was first made, with those of the claims that it supersedes.

    A part that its claimant updates stays one of the parts that were given together; a retelling makes no part.
    """
    superseded: dict[str, list[KnownClaim]] = {}
    for claim in known.claims:
        if claim.ended is not None and claim.ended.by is not None:
            superseded.setdefault(claim.ended.by, []).append(claim)
    if not superseded:
        return {claim.id: frozenset((_made_in(claim),)) for claim in known.claims}
    found: dict[str, frozenset[str]] = {}
    for claim in known.claims:
        line, edge = {claim.id: claim}, [claim]
        while edge:
            edge = [former for later in edge for former in superseded.get(later.id, ()) if former.id not in line]
            line.update({former.id: former for former in edge})
        found[claim.id] = frozenset(_made_in(former) for former in line.values())
    return found


def _made_in(claim: KnownClaim) -> str:
    made = [cited.citation.report for cited in claim.citations if cited.position == claim.number]
    return (made or [claim.citations[0].citation.report])[0]


def _citations(claim: KnownClaim) -> str:
    cited = [EvidenceCitation(citation=cited.citation, reads=cited.reads) for cited in claim.citations]
    return msgspec.json.encode(cited).decode()


def occasion(known: Known) -> Occasion:
    """Give what tallies are grouped and filtered by."""
    details, occurred = known.details, known.occurred
    # Those who were displaced were so from where they had been.
    roles = ("target", "location", *(("origin",) if isinstance(details, Displacement) else ()))
    by_role = ([place for place in known.where if place.role == role] for role in roles)
    targets = next((places for places in by_role if places), ())
    started = occurred.start_at or occurred.end_at or known.published_at
    zone = zone_named(occurred.zone)
    day = local_day(started, zone)
    return Occasion(
        number=known.number,
        id=known.id,
        kind=kind_of(details),
        weapon=details.weapon if isinstance(details, Strike) else None,
        device=details.device if isinstance(details, Explosion) else None,
        attackers=_attackers(known),
        targets=tuple(Target(word_of(place), place.precision) for place in targets),
        started_at=started,
        zone=occurred.zone,
        day=day,
        last_day=max(day, local_day(occurred.end_at or started, zone)),
        dataset=None if known.external_id is None else known.external_id.dataset,
        came_back=isinstance(details, Displacement) and details.movement == "return",
    )


def _attackers(known: Known) -> tuple[str, ...]:
    """Give `degree:party` of all who are said to have done it.

    "The strongest standing claim's degree; an attacker named without one is `attributed` to the citing source."
    """
    named = {party.party for party in known.parties if party.role == "attacker"}
    claimed: dict[str, set[Degree]] = {}
    for claim in known.standing_claims:
        match claim.content:
            case ResponsibilityClaim(party=party, degree=degree):
                claimed.setdefault(party, set()).add(degree)
            case PartyClaim(party=party, role="attacker"):
                named.add(party)
            case _:
                pass  # The other kinds of claim name no attacker.
    degrees: dict[str, Sequence[Degree]] = dict.fromkeys(named, ("attributed",))
    degrees |= {party: sorted(said, key=_RANK.index) for party, said in claimed.items()}
    return tuple(sorted(f"{said[0]}:{party}" for party, said in degrees.items()))
