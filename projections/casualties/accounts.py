"""What each voice on an occurrence says for itself, once its own later word and the others' denials are heard."""

from collections.abc import Sequence

from msgspec import Struct, structs

from projections.casualties.figure import ZERO, Figure, compared, stated
from projections.casualties.people import Key, Kinship
from projections.casualties.voices import Occasion, Voice


class Account(Struct, frozen=True):
    """One voice's figure and whom it is about.

    `besides` are the keys that its claimant gave as parts of their own beside it, so that it is about the others.
    """

    voice: Voice
    key: Key
    figure: Figure
    besides: tuple[Key, ...] = ()

    @property
    def nobody(self) -> bool:
        """Tell whether it counts nobody: a denial, or a part of zero."""
        return self.figure.best == 0 and self.figure.high in (None, 0) and not self.figure.open_ended


def accounts(voices: Sequence[Voice], occasion: Occasion, kin: Kinship) -> list[Account]:
    """Give what stands of the voices on one occurrence and effect, in no order that arrival decides.

    "A denial lowers low and best to 0" for every figure of another claimant inside it; a denial that meets none
    stands for itself, as nobody.
    """
    own = [_account(voice, occasion, kin) for voice in sorted(voices, key=lambda voice: voice.key)]
    standing = [account for account in own if not any(_outdated(account, later, kin) for later in own)]
    denials = [account for account in standing if account.voice.telling == "denial"]
    figures = [account for account in standing if account.voice.telling != "denial"]
    heard = [_among_siblings(_lowered(account, denials, kin), figures, kin) for account in figures]
    alone = [denial for denial in denials if not any(_denies(denial, account, kin) for account in figures)]
    return heard + alone


def apart(one: Account, other: Account, kin: Kinship) -> bool:
    """Tell whether two accounts are about different people, so that they add.

    "A key inside a coarser one tells of the same people unless one claimant gave both as parts: compared, never
    added. Only disjoint keys add." A figure of nobody is compared under its own key alone: it is no denial of the
    people of another one.
    """
    if kin.disjoint(one.key, other.key) or _siblings(one, other):
        return True
    if (one.nobody or other.nobody) and one.key != other.key:
        return not _replaces(one, other, kin) and not _replaces(other, one, kin)
    return any(kin.within(one.key, key) for key in other.besides) or any(
        kin.within(other.key, key) for key in one.besides
    )


def replaced(account: Account, others: Sequence[Account], kin: Kinship) -> bool:
    """Tell whether one of the others is its claimant's total: "a total replaces its parts"."""
    return any(_replaces(other, account, kin) for other in others)


def _replaces(total: Account, part: Account, kin: Kinship) -> bool:
    return (
        total.voice.telling == "total"
        and not total.figure.silent
        and part.voice.telling == "part"
        and total.voice.claimant == part.voice.claimant
        and kin.within(part.key, total.key)
    )


def _account(voice: Voice, occasion: Occasion, kin: Kinship) -> Account:
    key = kin.key(voice, occasion)
    if voice.telling == "denial":
        return Account(voice, key, structs.replace(ZERO, claims=_claims(voice)))
    return Account(voice, key, stated(voice.count, _claims(voice), assessed=voice.telling == "assessed"))


def _claims(voice: Voice) -> frozenset[str]:
    return frozenset() if voice.claim is None else frozenset((voice.claim,))


def _outdated(account: Account, later: Account, kin: Kinship) -> bool:
    """Tell whether its claimant's later word took its place: "one claimant, one key: the latest published stands".

    A denial also takes back the claimant's earlier figures inside it, and is taken back by a later one.
    """
    if account is later or account.voice.claimant != later.voice.claimant or not _after(later.voice, account.voice):
        return False
    if "assessed" in (account.voice.telling, later.voice.telling):
        return False
    if account.key == later.key:
        return True
    if later.voice.telling == "denial":
        return _denied(later.key, account.key, kin)
    return account.voice.telling == "denial" and not later.nobody and _denied(account.key, later.key, kin)


def _after(later: Voice, earlier: Voice) -> bool:
    """At equal publication the smaller claim id stands."""
    if later.published_at != earlier.published_at:
        return later.published_at > earlier.published_at
    return later.key < earlier.key


def _denied(denial: Key, key: Key, kin: Kinship) -> bool:
    """Tell whether a denial covers a key; one of everybody covers a total too."""
    return kin.within(structs.replace(key, total=False), denial)


def _denies(denial: Account, account: Account, kin: Kinship) -> bool:
    return (
        denial.voice.claimant != account.voice.claimant
        and account.voice.telling != "assessed"
        and _denied(denial.key, account.key, kin)
    )


def _lowered(account: Account, denials: Sequence[Account], kin: Kinship) -> Account:
    against = [denial.figure for denial in denials if _denies(denial, account, kin)]
    if not against:
        return account
    if account.figure.silent:
        # Told in words alone: nobody knows how many, so that a denial leaves the high not stated.
        claims = account.figure.claims.union(*(figure.claims for figure in against))
        unstated = account.figure.unstated - {"low", "best"}
        figure = structs.replace(account.figure, low=0, best=0, unstated=unstated, claims=claims)
        return structs.replace(account, figure=figure)
    return structs.replace(account, figure=compared([account.figure, *against], denied=True))


def _among_siblings(account: Account, others: Sequence[Account], kin: Kinship) -> Account:
    keys = {
        other.key
        for other in others
        if other is not account
        and other.key != account.key
        and _siblings(account, other)
        and kin.within(other.key, account.key)
    }
    return structs.replace(account, besides=tuple(sorted(keys, key=repr))) if keys else account


def _siblings(one: Account, other: Account) -> bool:
    """Tell whether one claimant gave both as parts: "one claimant's parts in one publication are disjoint"."""
    return (
        one.voice.claimant == other.voice.claimant
        and one.voice.telling == other.voice.telling == "part"
        and one.voice.key != other.voice.key
        and not one.voice.publications.isdisjoint(other.voice.publications)
    )
