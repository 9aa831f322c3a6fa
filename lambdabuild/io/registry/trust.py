"""Whose certificates are believed: the machine's, a bundle of the user's, and a registry's own certs.d."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lambdabuild.errors import EnvironmentFailure

BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Files of PEM certificates that take the place of the built-in ones; the first that is set counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTrust:
    """What holds for one `host:port`: further authorities, and a client certificate with its key."""

    authorities: tuple[Path, ...] = ()
    client: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """`verify` as requests takes it; `folders` are certs.d folders, the first that knows a host counts."""

    verify: str | bool
    folders: tuple[Path, ...]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], root: Path = Path("/")) -> Self:
        """Folders as containers-certs.d(5) and `docker` name them, below `root`."""
        home = Path(environ.get("HOME") or root)
        bundle = next((environ[name] for name in BUNDLE_VARIABLES if environ.get(name)), None)
        if bundle is not None and not Path(bundle).exists():
            raise EnvironmentFailure(
                f"`{bundle}` is named as a CA bundle and does not exist",
                hint=f"correct the variable that names it ({', '.join(BUNDLE_VARIABLES)})",
            )
        return cls(
            verify=bundle or True,
            folders=(
                home / ".config/containers/certs.d",
                root / "etc/containers/certs.d",
                home / ".docker/certs.d",
                root / "etc/docker/certs.d",
            ),
        )

    def for_host(self, host: str) -> HostTrust:
        """Read `<folder>/<host:port>`: `*.crt` are authorities, `NAME.cert` with `NAME.key` the client's."""
        folder = next((folder / host for folder in self.folders if (folder / host).is_dir()), None)
        if folder is None:
            return HostTrust()
        client = next((cert for cert in sorted(folder.glob("*.cert")) if cert.with_suffix(".key").exists()), None)
        return HostTrust(
            authorities=tuple(sorted(folder.glob("*.crt"))),
            client=None if client is None else (str(client), str(client.with_suffix(".key"))),
        )

    def context(self, host: HostTrust) -> ssl.SSLContext:
        """Authorities for one host; requests adds those of `verify`."""
        context = ssl.create_default_context() if self.verify is True else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for authority in host.authorities:
            try:
                context.load_verify_locations(authority)
            except (OSError, ssl.SSLError) as error:
                raise EnvironmentFailure(
                    f"`{authority}` cannot be read as a PEM certificate", hint="repair it or take it away"
                ) from error
        return context


def unverified() -> ssl.SSLContext:
    """TLS that believes anyone, for registries that registries.conf calls insecure."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
