"""Answering a registry's challenge: anonymous and personal bearer tokens, identity tokens, Basic.

distribution's spec/auth/token.md (GET with Basic), spec/auth/oauth.md (POST with a refresh token); RFC 7617.
"""

import base64
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import SplitResult, parse_qsl, urlencode

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.challenge import Challenge, parse_challenges
from lambdabuild.io.registry.credentials import Login
from lambdabuild.io.registry.fields import Fields, MalformedError
from lambdabuild.io.registry.sources import Source
from lambdabuild.io.registry.statuses import denied, judge
from lambdabuild.io.registry.transport import Answer, Request, Transport, parse_address

TOKEN_LIMIT: Final = 1024 * 1024
"""Bytes of a token response; containers/image has the same bound."""

TOKEN_SECONDS: Final = 60
"""How long a token lasts that does not say (spec/auth/token.md, `expires_in`)."""

_MARGIN = 5


class Logins(Protocol):
    """Where logins come from."""

    def find(self, registry: str) -> Login | None:
        """The login for a registry host, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    value: str = field(repr=False)
    until: float


class Authorizer:
    """Keeps what opened a repository once, and asks for it again when it runs out."""

    def __init__(self, transport: Transport, logins: Logins) -> None:
        self._transport = transport
        self._logins = logins
        self._headers: dict[Source, _Header] = {}

    def known(self, source: Source) -> str | None:
        """The header that worked before, while it lasts."""
        header = self._headers.get(source)
        if header is None or header.until <= self._transport.clock.elapsed():
            return None
        return header.value

    def forget(self, source: Source) -> None:
        """The registry no longer takes it."""
        self._headers.pop(source, None)

    def has_login(self, source: Source) -> bool:
        """Whether a refusal is that of a login, or of nobody."""
        return self._logins.find(source.registry) is not None

    def answer(self, source: Source, refusal: Answer) -> str:
        """The header that answers a 401; an EnvironmentFailure where there is none to give."""
        challenges = {
            one.scheme: one for one in reversed(parse_challenges(refusal.headers.get("WWW-Authenticate", "")))
        }
        login = self._logins.find(source.registry)
        if "bearer" in challenges:
            header = self._token(source, login, _Asked(challenge=challenges["bearer"], refusal=refusal))
        elif "basic" in challenges and login is not None and login.username is not None:
            header = _Header(value=_basic(login), until=float("inf"))
        else:
            raise denied(refusal, source, logged_in=login is not None)
        self._headers[source] = header
        return header.value

    def _token(self, source: Source, login: Login | None, asked: "_Asked") -> _Header:
        request = asked.request(source, login)
        answer = self._transport.send(request)
        if answer.status in (400, 401, 403):
            raise denied(answer, source, logged_in=login is not None)
        if answer.status != 200:
            raise judge(answer, source, self._transport.clock)
        content = answer.document(TOKEN_LIMIT)
        try:
            token, seconds = _parse_token(content)
        except MalformedError as error:
            peer = answer.peer
            raise EnvironmentFailure(
                f"{peer.about}: the token response of `{peer.host}` cannot be used: it {error}",
                hint="check the registry, or the proxy before it",
            ) from error
        return _Header(value=f"Bearer {token}", until=self._transport.clock.elapsed() + seconds - _MARGIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A bearer challenge, and the answer that it came with."""

    challenge: Challenge
    refusal: Answer

    def request(self, source: Source, login: Login | None) -> Request:
        """The realm's path and the scope stay as given (public.ecr.aws: `…/token/` and `aws`).

        Where images are written, the token that a first look asks for is made to last for the rest.
        """
        realm = self._realm(source)
        parameters = {
            name: value for name in ("service", "scope") if (value := self.challenge.parameters.get(name)) is not None
        }
        pull = f"repository:{source.repository}:pull"
        parameters.setdefault("scope", pull)
        if source.written and parameters["scope"] == pull:
            parameters["scope"] = f"{pull},push"
        about = self.refusal.peer.about
        if login is not None and login.identity_token is not None:
            form = {
                "grant_type": "refresh_token",
                "client_id": "lambdabuild",
                **parameters,
                "refresh_token": login.identity_token,
            }
            return Request(url=realm.geturl(), about=about, form=form, insecure=source.insecure)
        query = urlencode([*parse_qsl(realm.query, keep_blank_values=True), *parameters.items()])
        return Request(
            url=realm._replace(query=query).geturl(),
            about=about,
            authorization=None if login is None else _basic(login),
            insecure=source.insecure,
        )

    def _realm(self, source: Source) -> SplitResult:
        """Where tokens are. One on plain HTTP is for registries that may be on plain HTTP."""
        realm = parse_address(self.challenge.parameters.get("realm", ""))
        if realm is None or "@" in realm.netloc or (realm.scheme == "http" and not source.insecure):
            peer = self.refusal.peer
            raise EnvironmentFailure(
                f"{peer.about}: `{peer.host}` sends for a token to an address that is not safe to use",
                hint="the realm of its `WWW-Authenticate` header must be HTTPS; check the registry",
            )
        return realm


def _parse_token(content: bytes) -> tuple[str, int]:
    """The token, and for how many seconds it lasts."""
    fields = Fields.of_json(content)
    token = fields.text("token" if fields.has("token") else "access_token")
    if not (token.isascii() and token.isprintable()):
        raise MalformedError("has a token that no header can carry")
    seconds = fields.integer("expires_in") if fields.has("expires_in") else TOKEN_SECONDS
    return token, max(seconds, TOKEN_SECONDS)


def _basic(login: Login) -> str:
    pair = f"{login.username}:{login.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
