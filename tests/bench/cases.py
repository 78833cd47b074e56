"""What is reported, and what is aimed at: ratios of medians in one run on two cores, commits durable."""

from tests.bench.measuring import Case

CASES = (
    Case(name="visible_100", unit="ms", limits={"visible_100": 10, "visible_100.p99": 50}),
    Case(name="visible_200", unit="ms", limits={"visible_200": 10, "visible_200.p99": 50}),
    Case(name="append_1", unit="events/s", against="raw_1", at_least=0.5),
    Case(name="append_8", unit="events/s", against="raw_8", at_least=1.0),
    Case(name="append_64", unit="events/s", against="raw_8", at_least=2.5, limits={"append_64.p99": 30}),
    Case(name="append_64_stale", unit="events/s", against="raw_8", at_least=1.8),
    Case(name="post_64", unit="requests/s", against="bare_post_64", at_least=0.35),
    Case(name="import", unit="events/s", against="copy_in", at_least=0.12),
    Case(name="append_import", unit="ms", limits={"append_import.p99": 250}, note="8 callers during an import"),
    Case(name="rebuild", unit="events/s", against="copy_out_decode", at_least=0.10, note="three projections"),
    Case(name="rebuild_toy", unit="events/s", against="toy_fold", at_least=0.5, note="the same, beside a toy"),
    Case(name="rebuild_memory", unit="MB", limits={"rebuild_memory": 300}),
    Case(name="catch_up", unit="events/s", against="copy_out_decode", at_least=0.08, note="every projection"),
    Case(name="import_syria", unit="rows/s", at_least=3_000, note="until it is in every answer"),
    Case(name="import_syria_memory", unit="MB", limits={"import_syria_memory": 200}),
    *(
        Case(name=name, unit="ms", against="bare_answer", limits={f"{name}.p99": 25}, note=f"of 6,170 events by {by}")
        for name, by in {
            "casualties_month": "month",
            "casualties_place": "province",
            "casualties_side": "side and status",
            "casualties_all": "status, province and month",
        }.items()
    ),
    Case(name="control_map", unit="ms", against="bare_answer", limits={"control_map.p99": 25}, note="500 places"),
    Case(name="growth_append_long", unit="µs/event", against="growth_append_short", at_most=1.2, note="no workers"),
    Case(name="growth_catch_up_long", unit="µs/event", against="growth_catch_up_short", at_most=1.2, note="no workers"),
    Case(name="raw_1", unit="rows/s", note="psycopg, a row a commit, 1 connection"),
    Case(name="raw_8", unit="rows/s", note="psycopg, a row a commit, 8 connections"),
    Case(name="bare_post_64", unit="requests/s", note="a Litestar handler that decodes the body"),
    Case(name="copy_in", unit="rows/s", note="COPY binary of the same rows, indexed"),
    Case(name="copy_out_decode", unit="events/s", note="COPY binary, msgspec"),
    Case(name="bare_answer", unit="ms", note="a Litestar handler that answers with 500 rows"),
    Case(name="toy_fold", unit="events/s", note="one pass into three tables"),
    Case(name="growth_append_short", unit="µs/event", note="a log of 10,000 events"),
    Case(name="growth_catch_up_short", unit="µs/event", note="a log of 10,000 events"),
    Case(name="note_eventsourcing_8", unit="events/s", note="PyPI eventsourcing, 8 threads; not a target"),
)
