"""Which proxy a request takes: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY as container engines read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Proxies by scheme, and the hosts that are reached without one."""

    by_scheme: Mapping[str, str]
    bypass: tuple[str, ...]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Small letters win over capitals, as with curl and Go."""

        def value(name: str) -> str:
            return environ.get(name) or environ.get(name.upper()) or ""

        by_scheme = {
            scheme: proxy if "://" in proxy else f"http://{proxy}"
            for scheme in ("http", "https")
            if (proxy := value(f"{scheme}_proxy") or value("all_proxy"))
        }
        bypass = tuple(entry.strip().lower() for entry in value("no_proxy").split(",") if entry.strip())
        return cls(by_scheme=by_scheme, bypass=bypass)

    def for_url(self, url: str) -> dict[str, str]:
        """What requests takes as `proxies`; loopback never has one (golang.org/x/net/http/httpproxy)."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        proxy = self.by_scheme.get(parts.scheme)
        if proxy is None or _is_loopback(host) or any(_covers(entry, host, port) for entry in self.bypass):
            return {}
        return {parts.scheme: proxy}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _covers(entry: str, host: str, port: int) -> bool:
    """One entry of NO_PROXY: `*`, an address, a network, `host`, `.domain`, `*.domain`; names may have a port."""
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        pass
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdecimal() and "]" not in wanted:
        if int(wanted) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    if entry.startswith(("*.", ".")):
        return host.endswith(entry.removeprefix("*"))
    return host == entry or host.endswith(f".{entry}")
