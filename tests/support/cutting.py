"""A wire that is cut: a proxy before a server, whose first connections end after so many bytes."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 1 << 14


@dataclass(slots=True, kw_only=True)
class Wire:
    """`host` is where it begins. `cuts` are bytes in either direction that each next connection may carry."""

    host: str
    cuts: list[int] = field(default_factory=list)
    cut: int = 0


@contextmanager
def wire_to(host: str, *cuts: int) -> Iterator[Wire]:
    """Forward to `host` until the block ends; connections after those of `cuts` are left alone."""
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(host=f"127.0.0.1:{listener.getsockname()[1]}", cuts=list(cuts))
    threading.Thread(target=_accept, args=(listener, host, wire), daemon=True).start()
    try:
        yield wire
    finally:
        listener.close()


def _accept(listener: socket.socket, host: str, wire: Wire) -> None:
    name, _, port = host.rpartition(":")
    with suppress(OSError):
        while True:
            here, _ = listener.accept()
            left = wire.cuts.pop(0) if wire.cuts else 1 << 60
            ends = here, socket.create_connection((name, int(port)))
            threading.Thread(target=_carry, args=(ends, left, wire), daemon=True).start()


def _carry(ends: tuple[socket.socket, socket.socket], left: int, wire: Wire) -> None:
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    with ends[0], ends[1], suppress(OSError):
        while True:
            for ready in select.select(ends, [], [])[0]:
                piece = ready.recv(PIECE)
                left -= len(piece)
                if left < 0:
                    wire.cut += 1
                if left < 0 or not piece:
                    return
                other[ready].sendall(piece)
