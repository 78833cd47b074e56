"""The people of one occurrence and effect, counted once: as one figure, or divided into buckets."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from projections.casualties.accounts import Account, apart, replaced
from projections.casualties.buckets import Bucket
from projections.casualties.figure import Figure, compared, remainder, summed
from projections.casualties.people import Kinship


class Share(Struct, frozen=True):
    """The figure of one bucket."""

    bucket: Bucket
    figure: Figure


def evaluate(accounts: Sequence[Account], kin: Kinship) -> Figure:
    """Give one figure for all: accounts of different people add, those of the same people are compared.

    "Keys that overlap without nesting are compared at their smallest common coarser key", which is this figure's.
    """
    counted = [account for account in accounts if not replaced(account, accounts, kin)]
    return _evaluate(counted, kin)


def allocate(accounts: Sequence[Account], bucket_of: Callable[[Account], Bucket], kin: Kinship) -> list[Share]:
    """Divide the people into buckets.

    "Asked by side or status: parts answer; what the total has beyond them" is the rest. Inside one bucket "a total
    replaces its parts".
    """
    buckets = {account.voice.key: bucket_of(account) for account in accounts}
    counted = [
        account
        for account in accounts
        if not replaced(account, [o for o in accounts if _bucket(o, buckets) == _bucket(account, buckets)], kin)
    ]
    return [share for group in _groups(counted, kin) for share in _divide(group, buckets, kin)]


def _evaluate(accounts: Sequence[Account], kin: Kinship) -> Figure:
    groups = _groups(accounts, kin)
    if len(groups) > 1:
        return summed(_evaluate(group, kin) for group in groups)
    if len(accounts) == 1:
        return accounts[0].figure
    rivals = _rivals(accounts, kin)
    if len(rivals) > 1:
        return compared([_evaluate(rival, kin) for rival in rivals])
    return compared([account.figure for account in accounts])


def _divide(accounts: Sequence[Account], buckets: Mapping[str, Bucket], kin: Kinship) -> list[Share]:
    """Divide accounts that are linked to each other."""
    if len({_bucket(account, buckets) for account in accounts}) == 1:
        return [Share(_bucket(accounts[0], buckets), evaluate(accounts, kin))]
    rivals = _rivals(accounts, kin)
    finest = min(rivals, key=lambda rival: _coarseness(rival, accounts, buckets, kin))
    if len(rivals) == 1 or not all(_holds(rival, finest, kin) for rival in rivals):
        return [Share(_join(accounts, buckets, kin), evaluate(accounts, kin))]
    spoken = {_bucket(account, buckets) for account in finest}
    fine, coarser = list(finest), list[Account]()
    for rival in rivals:
        if rival is not finest:
            # Who speaks of the same bucket alone is one more voice on it, and nothing beyond it.
            alike = len(spoken) == 1 and spoken == {_bucket(account, buckets) for account in rival}
            (fine if alike else coarser).extend(rival)
    shares = [share for group in _groups(fine, kin) for share in _divide(group, buckets, kin)]
    rest = remainder(evaluate(accounts, kin), summed(share.figure for share in shares))
    return shares if rest is None else [*shares, Share(_join(coarser, buckets, kin), rest)]


def _groups(accounts: Sequence[Account], kin: Kinship) -> list[list[Account]]:
    """Give the groups that are about different people: within each, account is linked to account."""
    return _connected(accounts, lambda one, other: not apart(one, other, kin))


def _rivals(accounts: Sequence[Account], kin: Kinship) -> list[list[Account]]:
    """Give the sets of accounts that tell of the same people, each in its own way."""
    return _connected(accounts, lambda one, other: apart(one, other, kin))


def _connected(accounts: Sequence[Account], linked: Callable[[Account, Account], bool]) -> list[list[Account]]:
    left = list(accounts)
    found: list[list[Account]] = []
    while left:
        group = [left.pop(0)]
        for member in group:
            joining = [account for account in left if linked(member, account)]
            left = [account for account in left if not any(account is joined for joined in joining)]
            group.extend(joining)
        found.append(group)
    return found


def _holds(coarser: Sequence[Account], finer: Sequence[Account], kin: Kinship) -> bool:
    """Tell whether anybody of a set of accounts is told of by another set as well, under as coarse a key or a coarser.

    Where nobody is, the two overlap without nesting: neither divides what the other tells of.
    """
    return any(kin.within(one.key, account.key) for account in coarser for one in finer)


def _coarseness(
    rival: Sequence[Account], accounts: Sequence[Account], buckets: Mapping[str, Bucket], kin: Kinship
) -> tuple[int, int, int, str]:
    holds = sum(
        kin.within(account.key, member.key)
        for member in rival
        for account in accounts
        if account.key != member.key and not any(account is own for own in rival)
    )
    best = sum(member.figure.best or 0 for member in rival)
    spread = len({_bucket(member, buckets) for member in rival})
    return holds, -spread, -best, min(member.voice.key for member in rival)


def _join(accounts: Sequence[Account], buckets: Mapping[str, Bucket], kin: Kinship) -> Bucket:
    joined = _bucket(accounts[0], buckets)
    for account in accounts[1:]:
        joined = joined.joined(_bucket(account, buckets), kin)
    return joined


def _bucket(account: Account, buckets: Mapping[str, Bucket]) -> Bucket:
    return buckets[account.voice.key]
