"""What stands at the top level, so that nothing is taken in by accident."""

from tests.architecture.tree import files

TOP = {
    *("events", "projections", "services", "deploy", "tests", "requirements", ".ci"),
    *("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", "docker-compose.yml"),
    *(".gitignore", ".dockerignore"),
}


def test_nothing_stands_at_the_top_level_but_what_belongs_there() -> None:
    assert {path.parts[0] for path in files()} == TOP
