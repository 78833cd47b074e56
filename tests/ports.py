"""Ports for servers that a test starts."""

from random import SystemRandom

from services.embedded import addresses

_TRIED = 100
# Below those that the kernel gives to connections, which may take one before the server does.
_FIRST, _LAST = 15_000, 32_000


def free_port() -> int:
    """Give a port of the loopback interface that nobody listens on, nor is given by itself before it is used."""
    chance = SystemRandom()
    for _ in range(_TRIED):
        port = chance.randint(_FIRST, _LAST)
        if addresses.free_port(port) == port:
            return port
    raise RuntimeError(f"no port from {_FIRST} to {_LAST} is free")
