"""What an occurrence is, kind by kind: the members that only its kind has."""

from datetime import date
from typing import Annotated, get_args

from msgspec import Meta, Struct, structs

from events.values import Count, Line, NewPartId, Number, PartyId, PlaceId, Text, TransferId
from events.words import Device, Manner, Movement, Weapon

# One alone where several may stand; without a pattern, as in events.registry_requests.
OneTransfer = Annotated[
    str, Meta(min_length=1, max_length=241, description="A transfer's id.", extra={"refers_to": "transfer"})
]


class Detail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """The members of one kind of occurrence."""


class Strike(Detail, frozen=True, kw_only=True, tag="strike"):
    """A party attacks by air, drone, missile, rocket or artillery; a series in one night is one strike."""

    weapon: Weapon = "unspecified"
    sorties: Count | None = None
    munitions: Count | None = None


class Explosion(Detail, frozen=True, kw_only=True, tag="explosion"):
    """A device explodes."""

    device: Device = "unspecified"


class Clash(Detail, frozen=True, kw_only=True, tag="clash"):
    """Parties fight."""


class AttackOnCivilians(Detail, frozen=True, kw_only=True, tag="attack_on_civilians"):
    """A party attacks civilians directly."""


class Exclusion(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place inside another that does not go where the other goes, and the party it goes to.

    `holder` is another word for `to`, which it is kept as.
    """

    place: PlaceId
    to: PartyId | None = None
    holder: PartyId | None = None

    def __post_init__(self) -> None:
        """Refuse two parties, and none."""
        if (self.to is None) == (self.holder is None):
            raise ValueError("give `to`, the party that holds it")

    @property
    def party(self) -> str:
        """The party that it goes to."""
        return self.to or self.holder or ""


class ControlChange(
    Detail, frozen=True, kw_only=True, tag="control_change", rename={"from_party": "from", "to_party": "to"}
):
    """Control of places passes from one party to another; without `to` the places are vacated.

    The places may be left out: they are then those of the occurrence with the role target or location.
    `place` is short for one of `places`, and is kept as such; so is one transfer alone in `fulfils`.
    """

    from_party: PartyId | None = None
    to_party: PartyId | None = None
    manner: Manner
    place: PlaceId | None = None
    places: tuple[PlaceId, ...] = ()
    excluding: tuple[Exclusion, ...] = ()
    fulfils: tuple[TransferId, ...] | OneTransfer = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The places that it names itself."""
        return tuple(dict.fromkeys((*((self.place,) if self.place else ()), *self.places)))

    @property
    def transfers(self) -> tuple[str, ...]:
        """The transfers that it fulfils."""
        return (self.fulfils,) if isinstance(self.fulfils, str) else self.fulfils


class TransferTerm(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag="transfer",
    rename={"from_party": "from", "to_party": "to"},
):
    """Places go from one party to another by the end of a day; "by 20 November" is due the 20th, "before" the 19th.

    `place` is short for one of `places`, and is kept as such.
    """

    id: NewPartId | None = None
    place: PlaceId | None = None
    places: tuple[PlaceId, ...] = ()
    from_party: PartyId | None = None
    to_party: PartyId
    due: date | None = None
    excluding: tuple[Exclusion, ...] = ()
    words: Line | None = None


class DeploymentTerm(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag="deployment",
):
    """A force is to be placed somewhere; it moves no control."""

    party: PartyId
    places: tuple[PlaceId, ...] = ()
    strength: Count | None = None
    until: date | None = None
    words: Line | None = None


Term = TransferTerm | DeploymentTerm


class Agreement(Detail, frozen=True, kw_only=True, tag="agreement"):
    """Parties agree; what is to go from one to another is a transfer, scheduled and never control by itself."""

    signatories: tuple[PartyId, ...] = ()
    ceasefire: bool = False
    terms: tuple[Term, ...] = ()


class Deployment(Detail, frozen=True, kw_only=True, tag="deployment"):
    """A force takes up a position."""

    strength: Count | None = None


class Destruction(Detail, frozen=True, kw_only=True, tag="destruction"):
    """Something is destroyed or removed on purpose or by violence."""

    what: tuple[Line, ...] = ()
    method: Line | None = None


class Displacement(Detail, frozen=True, kw_only=True, tag="displacement"):
    """People leave, are moved or come back.

    `departure` is where it is not said whether they fled, were brought to safety (`evacuation`), were made to go
    (`expulsion`) or were settled elsewhere (`resettlement`). `returning` is short for the movement `return`.
    """

    movement: Movement = "departure"
    returning: bool | None = None


class Contamination(Detail, frozen=True, kw_only=True, tag="contamination"):
    """Explosive devices lie in an area."""

    devices: tuple[Device, ...] = ()
    items: Count | None = None


class Clearance(Detail, frozen=True, kw_only=True, tag="clearance"):
    """Explosive devices are removed from an area."""

    devices: tuple[Device, ...] = ()
    items: Count | None = None
    area_m2: Number | None = None


class SearchAndRecovery(Detail, frozen=True, kw_only=True, tag="search_and_recovery"):
    """People or remains are looked for or exchanged."""


class Construction(Detail, frozen=True, kw_only=True, tag="construction"):
    """Something is built."""

    what: Line | None = None


class Detention(Detail, frozen=True, kw_only=True, tag="detention"):
    """People are taken or held."""


class Protest(Detail, frozen=True, kw_only=True, tag="protest"):
    """People protest."""


class Statement(Detail, frozen=True, kw_only=True, tag="statement"):
    """Somebody says, announces or alleges something; `corroborated` only where another source confirms it."""

    words: Text | None = None
    allegation: bool = False
    corroborated: bool = False


class Assessment(Detail, frozen=True, kw_only=True, tag="assessment"):
    """Somebody judges what is so or will be; never counted."""

    words: Text | None = None


class Other(Detail, frozen=True, kw_only=True, tag="other"):
    """What no other kind fits."""

    words: Text | None = None


Details = (
    Strike
    | Explosion
    | Clash
    | AttackOnCivilians
    | ControlChange
    | Agreement
    | Deployment
    | Destruction
    | Displacement
    | Contamination
    | Clearance
    | SearchAndRecovery
    | Construction
    | Detention
    | Protest
    | Statement
    | Assessment
    | Other
)


def kind_of(details: Details) -> str:
    """Give the kind of the occurrence that has these details."""
    return str(type(details).__struct_config__.tag)


def in_full(details: Displacement) -> Displacement:
    """Say as a movement what is said in short; raises ValueError where the two contradict each other."""
    if details.returning is None:
        return details
    if details.movement not in ({"departure", "return"} if details.returning else {*get_args(Movement)} - {"return"}):
        raise ValueError(f"`returning` contradicts the movement {details.movement}")
    return structs.replace(details, movement="return" if details.returning else details.movement, returning=None)
