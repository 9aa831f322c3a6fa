"""What an HTTP status of a registry means, in words (OCI distribution specification 1.1, error codes)."""

import re

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.fields import Fields, MalformedError
from lambdabuild.io.registry.retry import Clock, PassingFailure, retry_after
from lambdabuild.io.registry.transport import Answer

_ERROR_LIMIT = 64 * 1024
_PLAIN = re.compile(r"[\w .,:;'()-]{1,120}", re.ASCII)


def judge(answer: Answer, clock: Clock) -> EnvironmentFailure:
    """The failure that a status other than 200 stands for; the body is read for the server's reason."""
    about, host = answer.peer.about, answer.peer.host
    reason = _reason(answer)
    told = f" ({reason})" if reason else ""
    if answer.status == 404:
        return EnvironmentFailure(
            f"{about}: `{host}` has no such image{told}",
            hint="check the name and the tag; a private image may also need `docker login`",
        )
    wait = retry_after(answer.headers.get("Retry-After"), clock.wall())
    if answer.status == 429:
        return PassingFailure(
            f"{about}: `{host}` limits how often it is asked{told}",
            hint="wait a while; an account (`docker login`) often has a higher limit",
            wait=wait,
        )
    message = f"{about}: `{host}` answered HTTP {answer.status}{told}"
    if answer.status == 408 or answer.status >= 500:
        return PassingFailure(message, hint="the registry is in trouble; try again later", wait=wait)
    return EnvironmentFailure(message, hint="check the name, and the proxy before the registry")


def denied(answer: Answer, registry: str, *, logged_in: bool) -> EnvironmentFailure:
    """401 or 403 after all that could be answered."""
    words = "does not accept the login that Docker has for it" if logged_in else "wants a login"
    return EnvironmentFailure(
        f"{answer.peer.about}: `{registry}` {words} (HTTP {answer.status} from `{answer.peer.host}`)",
        hint=f"run `docker login {registry}`, and check that the account may pull",
    )


def _reason(answer: Answer) -> str:
    """Code and message of the first error; nothing that is not plain, short text."""
    try:
        errors = Fields.of_json(answer.document(_ERROR_LIMIT)).optional_objects("errors")
        texts = [errors[0].optional_text(name) or "" for name in ("code", "message")] if errors else []
    except (EnvironmentFailure, MalformedError):
        return ""
    return ": ".join(text for text in texts if _PLAIN.fullmatch(text))
