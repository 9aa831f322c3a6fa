"""What stands before a real registry, or a real engine, and passes everything on, but what a test wants otherwise."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from tests.support.faulty import Reply, Script, Seen
from tests.support.registry import RunningRegistry

Change = Callable[[Seen, Reply], Reply]
"""What comes instead of a registry's own answer."""

_PASSED_ON = ("Content-Type", "Content-Range", "Docker-Content-Digest")


def passing(registry: RunningRegistry, change: Change) -> Script:
    """For a `faulty_server`: the registry's own answers, changed."""

    def script(seen: Seen) -> Reply:
        wanted = {name: seen.headers[name] for name in ("accept", "range") if name in seen.headers}
        with requests.Session() as session:
            session.trust_env = False
            real = session.get(f"http://{registry.host}{seen.path}", headers=wanted, timeout=10)
        kept = {name: real.headers[name] for name in _PASSED_ON if name in real.headers}
        return change(seen, Reply(status=real.status_code, headers=kept, body=real.content))

    return script


@contextmanager
def interposed(target: str, place: Path, before: Callable[[bytes], None]) -> Iterator[str]:
    """A socket at `place` that leads to that of an engine, `unix:///…`; `before` sees what comes, and then it goes on.

    The address of the new one. What a client sends at once is one piece, and begins with its request line.
    """
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        threading.Thread(target=_accept, args=(listener, target.removeprefix("unix://"), before), daemon=True).start()
        try:
            yield f"unix://{place}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, target: str, before: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_join, args=(client, target, before), daemon=True).start()


def _join(client: socket.socket, target: str, before: Callable[[bytes], None]) -> None:
    with client, socket.socket(socket.AF_UNIX) as engine:
        engine.connect(target)
        back = threading.Thread(target=_copy, args=(engine, client, lambda _: None), daemon=True)
        back.start()
        _copy(client, engine, before)
        back.join()


def _copy(source: socket.socket, sink: socket.socket, look: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            look(piece)
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
