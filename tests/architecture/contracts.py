"""Import contracts of our own, beside those that import-linter brings; pyproject.toml names and uses them."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from typing_extensions import override


class ConfinedContract(Contract):
    """Some packages are imported only by modules whose names fit a pattern.

    import-linter's own wildcards stand for a whole name, so that they cannot say `*_postgres`.

    - packages: top-level packages, ours or not.
    - allowed: patterns of whole module names, in which `*` also spans dots.
    """

    packages = fields.SetField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField())

    @override
    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look for direct imports of the packages by modules that no pattern names."""
        allowed = cast("set[str]", self.allowed)
        intruders = [
            (importer, package)
            for package in sorted(cast("set[str]", self.packages) & graph.modules)
            for importer in sorted(graph.find_modules_that_directly_import(package))
            if not any(fnmatchcase(importer, pattern) for pattern in allowed)
        ]
        return ContractCheck(kept=not intruders, metadata={"found": _with_lines(graph, intruders)})

    @override
    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each import."""
        _render(check)


class FoldersApartContract(Contract):
    """No folder of a package imports another folder of it, directly or through others; its plain modules are shared.

    - container: the package.
    """

    container = fields.StringField()

    @override
    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look for chains of imports between the folders that exist now."""
        children = graph.find_children(cast("str", self.container))
        folders = {child for child in children if graph.find_descendants(child)}
        dependencies = graph.find_illegal_dependencies_for_layers(layers=(folders,))
        steps = {
            step
            for dependency in dependencies
            for route in dependency.routes
            for step in _steps(sorted(route.heads), route.middle, sorted(route.tails))
        }
        return ContractCheck(kept=not dependencies, metadata={"found": _with_lines(graph, sorted(steps))})

    @override
    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each step of each chain."""
        _render(check)


def _steps(heads: list[str], middle: tuple[str, ...], tails: list[str]) -> Iterator[tuple[str, str]]:
    chain = [heads, *([module] for module in middle), tails]
    for importers, imported in pairwise(chain):
        yield from ((importer, module) for importer in importers for module in imported)


def _with_lines(graph: ImportGraph, imports: Iterable[tuple[str, str]]) -> list[str]:
    return [
        f"{importer} -> {imported} (l.{detail['line_number']})"
        for importer, imported in imports
        for detail in graph.get_import_details(importer=importer, imported=imported)
    ]


def _render(check: ContractCheck) -> None:
    for line in cast("list[str]", check.metadata["found"]):
        output.print_error(f"- {line}", bold=False)
    output.new_line()
