"""An instance whose API and worker do next to nothing: `up` without the product, to try the supervision alone."""

import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType

from services.embedded.child import Child
from services.embedded.errors import InstanceError
from services.embedded.instance import Instance, running
from services.embedded.launch import die_with_parent
from services.embedded.logs import Log
from services.embedded.processes import Program

_PROJECT = Path(__file__).parent.parent.parent


_CAUGHT_UP = b'{"items": [{"name": "strikes", "version": 1, "state": "live", "lag_events": 0}]}'


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = b"hello" if self.path == "/" else _CAUGHT_UP
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


class _SharedPort(HTTPServer):
    """Listens as Granian's workers do: a forgotten one keeps the port."""

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()


def serve(port: int) -> None:
    """Serve from a grandchild, as Granian does, and wait for it."""
    parent = os.getpid()
    grandchild = os.fork()
    if grandchild == 0:
        die_with_parent(parent, signal.SIGKILL)
        _SharedPort(("127.0.0.1", port), _Hello).serve_forever()

    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.kill(grandchild, number)

    signal.signal(signal.SIGTERM, pass_on)
    os.waitpid(grandchild, 0)


def run(directory: Path, port: int) -> None:
    """Do as `up` does, and print `ready` once the API answers."""
    with running(directory, host="127.0.0.1", port=port, say=_say) as instance:
        worker, api = child(instance.instance, "worker", "worker"), child(instance.instance, "api", "serve", str(port))
        instance.supervisor.add(worker, api)
        instance.await_ready(api, lambda: _answers(port), 30)
        _say(f"ready http://127.0.0.1:{port}")
        instance.supervisor.watch(lambda: False)


def child(instance: Instance, name: str, *arguments: str) -> Child:
    """Describe a child that is this module again."""
    program = Program(
        command=(sys.executable, "-P", "-m", "tests.e2e.stand_in", *arguments),
        directory=instance.directory,
        environment=os.environ | {"PYTHONPATH": os.pathsep.join([str(_PROJECT), *filter(None, sys.path)])},
    )
    return Child(name, program, Log(instance.logs / f"{name}.log"))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    match arguments:
        case ["worker"]:
            signal.pause()
        case ["serve", port]:
            serve(int(port))
        case [directory, port]:
            try:
                run(Path(directory), int(port))
            except InstanceError as error:
                sys.exit(f"conflictlog: {error}")
            except KeyboardInterrupt:
                _say("stopped")
        case _:
            sys.exit("usage: stand_in DIRECTORY PORT")


if __name__ == "__main__":
    main(sys.argv[1:])
