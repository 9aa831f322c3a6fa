"""Logins as `docker login` left them: config.json, credential stores and helpers, read by the docker SDK."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.fields import Fields, MalformedError

if TYPE_CHECKING:
    from docker.auth import AuthConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user with a password, or an identity token (OAuth 2 refresh token). Its repr shows no secret."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    identity_token: str | None = field(default=None, repr=False)


class DockerLogins:
    """Logins by registry host, looked up when a registry first asks for one.

    The file is `$DOCKER_CONFIG/config.json`, else `$HOME/.docker/config.json`. Docker Hub is found under
    `https://index.docker.io/v1/` too; the SDK knows.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        folder = environ.get("DOCKER_CONFIG") or str(Path(environ.get("HOME") or "/") / ".docker")
        self.path = Path(folder) / "config.json"

    def find(self, registry: str) -> Login | None:
        """The login for `registry`, or None; a helper that fails is an EnvironmentFailure that names it."""
        from docker.errors import DockerException

        if self._config is None:
            return None
        try:
            found = self._config.resolve_authconfig(registry)
        except (DockerException, ValueError, KeyError, TypeError) as error:
            helper = self._config.get_credential_store(registry)
            raise EnvironmentFailure(
                f"the credential helper `docker-credential-{helper}` gave no login for `{registry}`",
                hint=f"run `docker login {registry}`, or take the helper out of `{self.path}`",
            ) from error
        return _login(found or {})

    @cached_property
    def _config(self) -> "AuthConfig | None":
        from docker.auth import AuthConfig
        from docker.errors import DockerException

        try:
            fields = Fields.of_json(self.path.read_bytes())
            for name in ("auths", "credHelpers"):
                fields.optional_object(name)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, MalformedError) as error:
            raise self._unreadable() from error
        if not fields.values:
            return None
        try:
            return AuthConfig.load_config(str(self.path), dict(fields.values), credstore_env=self._environ)
        except (DockerException, ValueError, TypeError) as error:
            raise self._unreadable() from error

    def _unreadable(self) -> EnvironmentFailure:
        return EnvironmentFailure(
            f"`{self.path}` cannot be read as Docker's configuration",
            hint="repair the file, or remove it and run `docker login` again",
        )


def _login(found: Mapping[str, str | None]) -> Login | None:
    """The SDK writes keys in small letters from the file, in capitals from a helper."""
    values = {key.lower(): value for key, value in found.items()}
    if token := values.get("identitytoken"):
        return Login(identity_token=token)
    if username := values.get("username"):
        return Login(username=username, password=values.get("password") or "")
    return None
