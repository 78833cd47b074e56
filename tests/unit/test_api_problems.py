"""The one table of problems holds every error that there is."""

import re
from collections.abc import Iterator

from events.log import LogError
from events.refusals import RefusalError
from projections.snapshot_postgres import BeyondHeadError, NotYetThereError
from services.api.errors import ApiError
from services.api.pages import problems_page
from services.api.problem_kinds import KINDS, every_kind


def _leaves(error: type[Exception]) -> Iterator[type[Exception]]:
    below = error.__subclasses__()
    for one in below:
        yield from _leaves(one)
    if not below:
        yield error


def test_every_error_of_the_core_and_of_the_interface_has_its_own_line() -> None:
    errors = {leaf for root in (RefusalError, LogError, ApiError) for leaf in _leaves(root)}

    assert errors | {BeyondHeadError, NotYetThereError} <= set(KINDS)


def test_the_table_names_no_root_so_that_a_new_error_asks_for_its_line() -> None:
    assert {RefusalError, LogError, ApiError, Exception}.isdisjoint(KINDS)


def test_a_type_stands_for_one_status_and_one_title() -> None:
    kinds = every_kind()

    assert len({kind.slug for kind in kinds}) == len({kind.title for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 for kind in kinds)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug) for kind in kinds)


def test_the_page_explains_every_type() -> None:
    page = problems_page(every_kind())

    for kind in every_kind():
        assert f'id="{kind.slug}"' in page
