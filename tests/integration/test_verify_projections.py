"""Verification of projections: what answers are read from is compared with a fold of the log from its first event."""

import psycopg

from tests.verifying import EVENTS, failures, found, named


def test_a_projection_that_is_not_what_the_log_comes_to_is_found(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        cursor = connection.execute(
            "DELETE FROM strikes_g1.strike WHERE from_position = (SELECT max(from_position) FROM strikes_g1.strike) "
            "RETURNING from_position"
        )
        first = min(position for (position,) in cursor.fetchall())

    assert failures(found(filled_url)) == {"projection strikes": first}


def test_a_row_that_was_closed_too_early_differs_from_where_it_was_closed(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        cursor = connection.execute(
            "SELECT ctid::text FROM strikes_g1.strike WHERE to_position = 9223372036854775807 AND from_position < 500"
        )
        [ctid, *_] = [row[0] for row in cursor.fetchall()]
        connection.execute("UPDATE strikes_g1.strike SET to_position = 555 WHERE ctid = %s::tid", (ctid,))

    assert failures(found(filled_url)) == {"projection strikes": 555}


def test_a_projection_that_stopped_is_named_with_the_event_it_stopped_before(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE progress.checkpoint SET state = 'stopped', reason = 'tired' WHERE projection = 'strikes'"
        )

    verified = found(filled_url)

    assert failures(verified) == {"projection strikes": EVENTS + 1}
    assert "tired" in named(verified, "projection strikes").detail


def test_a_projection_beyond_the_head_is_named(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET position = 700 WHERE projection = 'strikes'")

    assert failures(found(filled_url, log_only=True)) == {"pointers": 700}


def test_a_projection_under_construction_elsewhere_is_not_passed_over(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('conflictlog.generation.strikes', 0))")
        assert failures(found(filled_url)) == {"projection strikes": None}


def test_projections_that_were_folded_by_other_code_are_left_out(filled_url: str) -> None:
    with psycopg.connect(filled_url, autocommit=True) as connection:
        connection.execute("UPDATE progress.checkpoint SET version = 1000 WHERE projection = 'strikes'")

    verified = found(filled_url)

    assert verified.ok
    assert named(verified, "projection strikes").status == "left_out"
