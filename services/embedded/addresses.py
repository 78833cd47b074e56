"""Addresses on this machine to listen at."""

import errno
import socket

from services.embedded.errors import InstanceError, PortTakenError

LOOPBACK = "127.0.0.1"


def free_port(preferred: int | None = None) -> int:
    """Give a port of the loopback interface that nobody listens on, the preferred one if it can be had."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise InstanceError(f"no port can be had on {LOOPBACK}: is the loopback interface up?")


def check_port(host: str, port: int) -> str:
    """Give the IP address of a host to listen at; raises PortTakenError where something listens there already."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise InstanceError(f"host {host} is not known here: choose another with --host") from error
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(host, port) from error
            reason = error.strerror or str(error)
            raise InstanceError(
                f"port {port} on {host} cannot be listened on ({reason}): choose others with --host and --port"
            ) from error
    return str(address[0])
