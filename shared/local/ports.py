"""Ports for the servers of a local installation and of the tests."""

import random
import socket
from contextlib import suppress
from itertools import islice

SERVERS = range(20_000, 32_000)  # Systems take the ports of clients from above.


def free_ports(count: int) -> list[int]:
    """Different ports that are free at this moment, and that no client is given while a server restarts."""
    return list(islice(filter(_is_free, random.sample(SERVERS, len(SERVERS))), count))


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False
