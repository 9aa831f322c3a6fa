"""An HTTP server that does what a test says, however wrong, and remembers what it was asked."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.certificates import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request. Header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. `announced`: a Content-Length other than the body's; `pause`: seconds after each byte."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    announced: int | None = None
    pause: float = 0.0
    silent: float = 0.0


Script = Callable[[Seen], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyServer:
    """A server that answers. `host` is `127.0.0.1:port`; `connections` holds one entry for each that was opened."""

    host: str
    seen: list[Seen]
    connections: list[object]

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [seen.path for seen in self.seen]


@contextmanager
def faulty_server(script: Script, *, certificate: Certificate | None = None) -> Iterator[FaultyServer]:
    """Serve `script` until the block ends."""
    seen: list[Seen] = []
    connections: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            connections.append(self.client_address)
            super().setup()

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Seen(method=self.command, path=self.path, headers=headers, body=self.rfile.read(length))
            seen.append(asked)
            self._write(script(asked))

        do_POST = do_GET  # noqa: N815
        do_PUT = do_GET  # noqa: N815
        do_HEAD = do_GET  # noqa: N815
        do_CONNECT = do_GET  # noqa: N815

        def _write(self, reply: Reply) -> None:
            time.sleep(reply.silent)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            length = len(reply.body) if reply.announced is None else reply.announced
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if self.command == "HEAD":
                pass
            elif reply.pause:
                for number in range(len(reply.body)):
                    self.wfile.write(reply.body[number : number + 1])
                    time.sleep(reply.pause)
            else:
                self.wfile.write(reply.body)
            self.close_connection = self.close_connection or reply.announced is not None

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the library
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield FaultyServer(host=f"127.0.0.1:{server.server_address[1]}", seen=seen, connections=connections)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what tests are about."""


def in_turn(*replies: Reply) -> Script:
    """Each reply once, the last one for ever."""
    waiting = list(replies)

    def script(_: Seen) -> Reply:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return script
