"""Counts and ranges in words: what is not stated is never said, and nothing is smoothed."""

from typing import cast

import pytest

from events.values import Count
from projections.casualties.answers import CasualtyRow, Evidence
from projections.casualties.figure import BestRule
from projections.registry_view import RegistryView
from services.briefs.draft import Draft
from services.briefs.findings import Findings
from services.briefs.tongue import Tongue

DRAFT = Draft(Tongue("en", RegistryView(1, {}, {}, {})), cast("Findings", None), {})


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (Count(), "number not stated"),
        (Count(words="dozens"), "“dozens”"),
        (Count(low=3, best=3, high=3), "3"),
        (Count(best=3), "3"),
        (Count(low=8, open_ended=True), "at least 8"),
        (Count(low=8, open_ended=True, words="at least 8"), "at least 8 (“at least 8”)"),
        (Count(best=8, open_ended=True), "at least 8"),
        (Count(low=3, best=3, high=3, open_ended=True), "at least 3"),
        (Count(low=8, best=10, open_ended=True), "10 (at least 8)"),
        (Count(low=8, best=8, open_ended=True), "at least 8"),
        (Count(low=8), "at least 8"),
        (Count(low=8, best=8), "at least 8"),
        (Count(high=9), "at most 9"),
        (Count(low=2, high=9), "2 to 9"),
        (Count(low=2, best=5, high=9), "5 (2 to 9)"),
        (Count(best=5, high=9), "5 (at most 9)"),
        (Count(low=2, best=5), "5 (at least 2)"),
        (Count(low=0, best=0, high=0, words="none"), "0 (“none”)"),
    ],
)
def test_a_count_is_said_as_far_as_it_is_stated(count: Count, expected: str) -> None:
    assert DRAFT.amount(count) == expected


def _row(
    *bounds: int | None, rule: BestRule = "common", contested: bool = False, open_ended: bool = False
) -> CasualtyRow:
    low, best, high = bounds
    return CasualtyRow(
        effect="killed",
        low=low,
        best=best,
        high=high,
        not_stated=[],
        open_ended=open_ended,
        best_rule=rule,
        occurrences=1,
        contested=contested,
        bounds_inconsistent=False,
        in_words=0,
        spanning=0,
        evidence=Evidence(href="", occurrences=[], claims=[], complete=True),
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (_row(3, 3, 3), "3"),
        (_row(3, 3, 3, contested=True), "3 (contested)"),
        (_row(None, None, None), "number not stated"),
        (_row(None, 30, None), "30"),
        (_row(None, 30, None, open_ended=True), "30 (no upper limit stated)"),
        (
            _row(0, 0, None, rule="smallest", contested=True, open_ended=True),
            "0 (lowest 0, no upper limit stated, the smallest figure claimed, contested)",
        ),
        (_row(900, 1000, 1500), "1,000 (lowest 900, highest 1,500)"),
        (_row(2, 4, 9, rule="assessed"), "4 (lowest 2, highest 9, as an analyst assessed)"),
        (_row(None, 4, 9), "4 (highest 9)"),
        (_row(8, None, None), "8 (lowest 8, no upper limit stated)"),
    ],
)
def test_a_tally_is_said_with_its_range_and_how_it_was_chosen(row: CasualtyRow, expected: str) -> None:
    assert DRAFT.figure(row) == expected


@pytest.mark.parametrize(
    ("words", "expected"), [("It is so.", "“It is so”"), ("and so on…", "“and so on…”"), ("wait...", "“wait...”")]
)
def test_a_quote_leaves_its_full_stop_to_the_sentence(words: str, expected: str) -> None:
    assert DRAFT.quoted(words) == expected
