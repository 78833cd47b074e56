"""The desk that sections are written at: what was found, the language, and the parts that many sentences share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never
from urllib.parse import urlencode

from msgspec import Struct, structs

from events import claims as said
from events.known import Known, KnownClaim
from events.values import Count, PartyIn, PlaceAt, interval
from projections.casualties.answers import CasualtyRow
from services.briefs.answers import Link, Sentence
from services.briefs.findings import Findings
from services.briefs.period import Period
from services.briefs.tongue import Tongue, capital

_THERE = frozenset({"location", "target"})
_FULL_STOP = re.compile(r"(?<![.…])[.。]\Z")


class Draft(Struct, frozen=True):
    """What sentences are written from."""

    tongue: Tongue
    found: Findings
    known: Mapping[str, Known]

    def sentence(self, clauses: Iterable[str], links: Sequence[Link] = ()) -> Sentence:
        """Set clauses together, the first with a capital letter; each link stands once."""
        return Sentence(text=capital(self.tongue.joined(clauses)), links=tuple(dict.fromkeys(links)))

    def left_out(self, shown: int, total: int, href: str) -> list[Sentence]:
        """Say how many more there are than are told, with the list that has them all."""
        if total <= shown:
            return []
        text = self.tongue.some("{n} more is not told here.", "{n} more are not told here.", total - shown)
        return [Sentence(text=text, links=(self.more(href, self.tongue.say("the whole list"), self.found.period),))]

    def more(self, href: str, title: str, period: Period) -> Link:
        """Link to what an answer tells of a period, at the brief's moment."""
        clocks = {"as_of": self.found.clocks.as_of, "known_at": self.found.clocks.known_at}
        said = {"from": period.first.isoformat(), "to": period.last.isoformat(), **clocks}
        asked = urlencode({name: value for name, value in said.items() if value is not None}, safe=":")
        return Link(rel="more", href=f"{href}{'&' if '?' in href else '?'}{asked}", title=title)

    def links(self, occurrence: str, claims: Iterable[str] = (), reports: Iterable[str] = ()) -> list[Link]:
        """Link to an occurrence, to claims and to reports."""
        title = self.tongue.say("occurrence")
        return [
            Link(rel="occurrence", href=f"/v1/occurrences/{occurrence}", title=title),
            *(self._claim(claim) for claim in claims),
            *(self.report(report) for report in reports),
        ]

    def report(self, report: str) -> Link:
        """Link to a report, named by its source and day."""
        filed = self.found.reports.get(report)
        if filed is None:
            return Link(rel="report", href=f"/v1/reports/{report}", title=report)
        day = self.tongue.moment(filed.published[:10], "UTC")
        title = self.tongue.say("{source}, {day}", source=self.tongue.source(filed.source), day=day)
        return Link(rel="report", href=f"/v1/reports/{report}", title=title, url=filed.url)

    def transfer(self, transfer: str) -> Link:
        """Link to a transfer."""
        return Link(rel="transfer", href=f"/v1/transfers/{transfer}", title=self.tongue.say("agreed transfer"))

    def where(self, places: Iterable[PlaceAt]) -> str:
        """Name the places where it was; empty where none is told."""
        named = [self.tongue.place_at(at) for at in places if at.role in _THERE]
        return self.tongue.listed(named) if named else ""

    def ways(self, places: Iterable[PlaceAt]) -> list[str]:
        """Say from where and to where, as far as it is told."""
        tongue, told = self.tongue, list(places)
        origins, reached = ([at for at in told if at.role == role] for role in ("origin", "destination"))
        clauses = [tongue.say("From: {places}.", places=self._names(origins))] if origins else []
        return [*clauses, tongue.say("To: {places}.", places=self._names(reached))] if reached else clauses

    def direction(self, places: Iterable[PlaceAt]) -> str:
        """Name the places that it came from; empty where none is told."""
        origins = [at for at in places if at.role == "origin"]
        return self._names(origins) if origins else ""

    def involved(self, parties: Iterable[PartyIn], without: frozenset[str] = frozenset()) -> list[str]:
        """Say who had which part in it; a participant has none of its own."""
        tongue = self.tongue
        named = [
            tongue.party(one.party)
            if one.role == "participant"
            else tongue.say("{party} ({role})", party=tongue.party(one.party), role=tongue.term("role", one.role))
            for one in parties
            if one.role not in without
        ]
        return [tongue.say("Involved: {parties}.", parties=tongue.listed(named))] if named else []

    def at(self, when: str, where: str) -> str:
        """Say when and where, as the head of a sentence."""
        return self.tongue.say("{when}, {where}", when=when, where=where) if where else when

    def quoted(self, words: str) -> str:
        """Quote words as they were written; the sentence around them has the full stop."""
        return self.tongue.say("“{words}”", words=_FULL_STOP.sub("", words))

    def amount(self, count: Count) -> str:
        """Say how many, as far as it is stated, and in which words."""
        number = self._number(count)
        if count.words is None:
            return number or self.tongue.say("number not stated")
        words = self.quoted(count.words)
        return self.tongue.say("{number} ({words})", number=number, words=words) if number else words

    def figure(self, row: CasualtyRow) -> str:
        """Say what a tally comes to: the figure, its range, how it was chosen, and whether it is contested."""
        tongue = self.tongue
        notes: list[str] = []
        low, best, high = (None if n is None else tongue.number(n) for n in (row.low, row.best, row.high))
        if best is None and low is None:
            text = tongue.say("number not stated")
        elif low == best == high:
            text = best or ""
        else:
            text = best or low or ""
            if low is not None:
                notes.append(tongue.say("lowest {number}", number=low))
            if high is not None:
                notes.append(tongue.say("highest {number}", number=high))
            elif low is not None or row.open_ended:
                notes.append(tongue.say("no upper limit stated"))
        if row.best_rule == "smallest":
            notes.append(tongue.say("the smallest figure claimed"))
        if row.best_rule == "assessed":
            notes.append(tongue.say("as an analyst assessed"))
        if row.contested:
            notes.append(tongue.say("contested"))
        return tongue.say("{number} ({notes})", number=text, notes=tongue.row(notes)) if notes else text

    def voices(self, known: Known) -> str:
        """Say who reports it, and who says that it is not so."""
        reported = self.tongue.say("Reported by: {claimants}.", claimants=self.tongue.claimant(known.claimant))
        return self.tongue.joined([reported, *self.disputes(known)])

    def disputes(self, known: Known) -> list[str]:
        """Say who says that it, or a claim about it, is not so."""
        return [
            self._disputed(claim, claim.content)
            for claim in known.standing_claims
            if isinstance(claim.content, said.DisputeClaim)
        ]

    def accounts(self, known: Known) -> list[str]:
        """Say what claimants say beside the report itself; figures of casualties have a section of their own."""
        return [text for claim in known.standing_claims if (text := self._account(known, claim))]

    def _account(self, known: Known, claim: KnownClaim) -> str:
        tongue, claimant = self.tongue, self.tongue.claimant(claim.claimant)
        match claim.content:
            case said.DamageClaim(words=words):
                return tongue.say("{claimant}: {words}.", claimant=claimant, words=self.quoted(words))
            case said.QuantityClaim(of=of, count=count, place=place):
                number, head = self.amount(count), claimant if place is None else self.at(claimant, tongue.place(place))
                return tongue.say("{claimant}: {of} — {number}.", claimant=head, number=number, of=of)
            case said.TermClaim(words=words):
                words = self.quoted(words)
                return tongue.say("{claimant} gives a clause as {words}.", claimant=claimant, words=words)
            case said.AggregateClaim(words=words):
                words = self.quoted(words)
                return tongue.say("{claimant}: {words} (their own count).", claimant=claimant, words=words)
            case said.DetailClaim():
                return tongue.say("{claimant}: {words}.", claimant=claimant, words=self._detail(claim.content))
            case said.TimeClaim(occurred=occurred):
                when = tongue.when(interval(occurred, known.occurred.zone))
                return tongue.say("{claimant} gives the time as {when}.", claimant=claimant, when=when)
            case said.PlaceClaim(place=place, name=name):
                where = tongue.place_at(PlaceAt(place=place, name=name))
                return tongue.say("{claimant} gives the place as {where}.", claimant=claimant, where=where)
            case said.PartyClaim(party=party, role=role):
                named = tongue.say("{party} ({role})", party=tongue.party(party), role=tongue.term("role", role))
                return tongue.say("{claimant} also names {party}.", claimant=claimant, party=named)
            case said.ResponsibilityClaim(party=party, degree=degree):
                degree_said = tongue.term("degree", degree)
                return tongue.say(
                    "Responsibility: {party} — {degree} ({claimants}).",
                    party=tongue.party(party),
                    degree=degree_said,
                    claimants=claimant,
                )
            case said.CasualtiesClaim() | said.ControlClaim() | said.DisputeClaim():
                return ""  # The tally, the control map and the voices tell of these.
            case _:
                assert_never(claim.content)

    def _detail(self, detail: said.DetailClaim) -> str:
        parts = [
            "" if detail.weapon is None else self.tongue.term("weapon", detail.weapon),
            "" if detail.device is None else self.tongue.term("device", detail.device),
            "" if detail.words is None else self.quoted(detail.words),
        ]
        return self.tongue.row(parts)

    def _disputed(self, claim: KnownClaim, dispute: said.DisputeClaim) -> str:
        tongue, claimant = self.tongue, self.tongue.claimant(claim.claimant)
        words = None if dispute.words is None else self.quoted(dispute.words)
        if dispute.claim is not None:
            disputed = self._claim(dispute.claim).title
            if words is None:
                return tongue.say("{claimant} disputes {claim}.", claimant=claimant, claim=disputed)
            return tongue.say("{claimant} disputes {claim}: {words}.", claimant=claimant, claim=disputed, words=words)
        if words is None:
            return tongue.say("Disputed by {claimant}.", claimant=claimant)
        return tongue.say("Disputed by {claimant}: {words}.", claimant=claimant, words=words)

    def _number(self, count: Count) -> str:
        tongue = self.tongue
        low, best, high = (None if n is None else tongue.number(n) for n in (count.low, count.best, count.high))
        least, most = tongue.say("at least {number}", number=low or best or high), ""
        if high is not None:
            most = tongue.say("at most {number}", number=high)
        if low == best == high or (low is high is None and not count.open_ended):
            return tongue.say("at least {number}", number=best) if count.open_ended and best else best or ""
        if count.open_ended or high is None:
            bound = least
        else:
            bound = most if low is None else tongue.say("{low} to {high}", low=low, high=high)
        if best is None or (bound is least and low in {None, best}):
            return bound
        return tongue.say("{number} ({notes})", number=best, notes=bound)

    def _names(self, places: Iterable[PlaceAt]) -> str:
        """Name places, however near to them it was."""
        return self.tongue.listed([self.tongue.place_at(structs.replace(at, precision="exact")) for at in places])

    def _claim(self, claim: str) -> Link:
        title = self.tongue.say("claim {name}", name=claim.partition(".")[2])
        return Link(rel="claim", href=f"/v1/claims/{claim}", title=title)
