"""What every refusal has to be, whatever is refused."""

import re
from typing import Any

import httpx

# Traces, SQL, paths, hosts, roles and modules: what is ours to know.
_LEAKS = re.compile(
    r"Traceback|File \"|\.py\b|\bline \d+|site-packages|psycopg|litestar|msgspec|valkey|redis://|postgres"
    r"|conflictlog_|\bSELECT\b|\bINSERT\b|\brelation\b|\bcolumn\b|/usr/|/tmp/|/var/|/etc/|clk_[A-Za-z0-9_-]{20}",
    re.IGNORECASE,
)
_MEMBERS = {"type", "title", "status", "detail", "errors"}


def assert_refused(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """Check that an answer is a problem of one kind that tells nothing of our insides; gives its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/docs/problems#{kind}", problem
    assert problem["status"] == status
    assert set(problem) <= _MEMBERS
    assert problem["title"]
    assert problem["detail"]
    for text in (answer.text, *answer.headers.values()):
        assert _LEAKS.search(text) is None, text
    return problem


def faults(problem: dict[str, Any]) -> set[str]:
    """Give where a request is wrong: the parameters, or the JSON pointers into its body."""
    return {error.get("parameter", error.get("pointer", "")) for error in problem["errors"]}
