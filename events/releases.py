"""Releases of a dataset: which is the newer, and what is said of what one of them no longer has."""

import re

_NUMBERS = re.compile(r"\d+")


def is_newer(release: str | None, than: str | None) -> bool:
    """Tell whether a release comes after another: by its numbers, one after the other, so that 23.1 < 24.0.3 < 24.1.

    A dataset without a release is older than any; without numbers no order is known, and neither is newer.
    """
    if release is None or than is None:
        return release is not None and than is None
    return _order(release) > _order(than)


def absent(dataset: str, release: str) -> str:
    """Give the reason for which a release retracts an occurrence that it no longer has."""
    return f"{dataset} no longer has it in release {release}"


def release_of(reason: str, dataset: str) -> str | None:
    """Give the release that retracted an occurrence, None where somebody else did, for another reason."""
    prefix = absent(dataset, "")
    return reason.removeprefix(prefix) if reason.startswith(prefix) else None


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBERS.findall(release))
