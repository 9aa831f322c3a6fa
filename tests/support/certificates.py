"""Certificates that openssl makes for a test, signed by themselves."""

import base64
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.gates import require


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """PEM files of a certificate for 127.0.0.1 and of its key."""

    certificate: Path
    key: Path

    def token(self, claims: Mapping[str, object]) -> str:
        """A JWT signed RS256, with the certificate in `x5c` as docker-registry wants it."""
        lines = self.certificate.read_text().splitlines()
        header = {"alg": "RS256", "typ": "JWT", "x5c": ["".join(lines[1:-1])]}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = subprocess.run(
            [require("openssl"), "dgst", "-sha256", "-sign", str(self.key)],
            input=signed.encode(),
            capture_output=True,
            check=True,
        ).stdout
        return f"{signed}.{_base64url(signature)}"


def self_signed(folder: Path) -> Certificate:
    """Make one that lasts for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "server.crt", folder / "server.key"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([require("openssl"), *request, *names, *files], capture_output=True, check=True)
    return Certificate(certificate=certificate, key=key)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
