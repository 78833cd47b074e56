"""The running system, from outside."""

import pytest

# What the tests share asserts too, and is to say as much when it fails.
pytest.register_assert_rewrite(
    *(f"tests.e2e.{name}" for name in ("closing_table", "instance", "loading", "refusal", "stand_in_run"))
)
