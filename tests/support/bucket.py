"""A bucket on loopback that takes what it is given: of S3's protocol, no more than an upload in one piece needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What was uploaded, by path."""

    address: str
    objects: dict[str, bytes] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """What sends AWS's SDKs here; checksums would come in pieces of their own."""
        return {"AWS_ENDPOINT_URL": self.address, "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    """One, for as long as the body runs."""
    taken: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(200 if self.path in taken else 404)

        def do_PUT(self) -> None:
            taken[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Bucket(address=f"http://127.0.0.1:{server.server_port}", objects=taken)
    finally:
        server.shutdown()
        server.server_close()
