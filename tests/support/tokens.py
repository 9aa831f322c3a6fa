"""A token server for docker-registry, as distribution's spec/auth/token.md and spec/auth/oauth.md have it."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tests.support.certificates import Certificate
from tests.support.faulty import Reply, Script, Seen
from tests.support.registry import Json

SERVICE = "tests"
ISSUER = "issuer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """Who gets a token: all, the bearer of `basic` (an Authorization header), or of `refresh` (an identity token)."""

    certificate: Certificate
    basic: str | None = None
    refresh: str | None = None

    def token(self, repository: str, actions: Sequence[str] = ("pull",)) -> str:
        """A JWT for one repository."""
        now = int(time.time())
        return self.certificate.token(
            {
                "iss": ISSUER,
                "aud": SERVICE,
                "sub": "",
                "exp": now + 300,
                "nbf": now - 10,
                "iat": now,
                "jti": "1",
                "access": [{"type": "repository", "name": repository, "actions": list(actions)}],
            }
        )

    def script(self) -> Script:
        """The server's side."""

        def reply(seen: Seen) -> Reply:
            form = parse_qs(seen.body.decode() if seen.method == "POST" else urlsplit(seen.path).query)
            if self.basic is not None and seen.headers.get("authorization") != self.basic:
                return Reply(status=401)
            if self.refresh is not None and form.get("refresh_token") != [self.refresh]:
                return Reply(status=401)
            assert form["service"] == [SERVICE]
            _, repository, actions = form["scope"][0].split(":")
            name = "access_token" if seen.method == "POST" else "token"
            token = self.token(repository, actions.split(","))
            return Reply(body=json.dumps({name: token, "expires_in": 300}).encode())

        return reply

    def registry_auth(self, realm: str) -> Json:
        """The `auth` of a registry whose tokens come from `realm`."""
        bundle = str(self.certificate.certificate)
        return {"token": {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": bundle}}
