"""The `conflictlog` command line with a stand-in for the API and its workers."""

from services.cli import main, running
from services.cli.running import Where
from services.embedded.child import Child
from services.embedded.instance import Instance
from tests.e2e.stand_in import child


def children(where: Where, instance: Instance) -> list[Child]:
    """Stand in for `services.cli.running.children`."""
    return [child(instance, "worker", "worker"), child(instance, "api", "serve", str(where.port))]


if __name__ == "__main__":
    running.children = children
    main(prog_name="conflictlog")
