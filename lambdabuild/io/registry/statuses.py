"""What an HTTP status of a registry means, in words (OCI distribution specification 1.1, error codes)."""

import re

from lambdabuild.errors import AbsentError, EnvironmentFailure, RefusedError
from lambdabuild.io.registry.fields import Fields, MalformedError
from lambdabuild.io.registry.retry import Clock, PassingFailure, retry_after
from lambdabuild.io.registry.sources import Source
from lambdabuild.io.registry.transport import Answer

_ERROR_LIMIT = 64 * 1024
_PLAIN = re.compile(r"[\w .,:;'()-]{1,120}", re.ASCII)


def judge(answer: Answer, source: Source, clock: Clock) -> EnvironmentFailure:
    """The failure that a status stands for that was not hoped for; the body is read for the server's reason."""
    about, host = answer.peer.about, answer.peer.host
    told = _told(answer)
    wait = retry_after(answer.headers.get("Retry-After"), clock.wall())
    if answer.status == 429:
        return PassingFailure(
            f"{about}: `{host}` limits how often it is asked{told}",
            hint="wait a while; an account (`docker login`) often has a higher limit",
            wait=wait,
        )
    message = f"{about}: `{host}` answered HTTP {answer.status}{told}"
    if answer.status == 408 or answer.status >= 500:
        full = "; is its disk full?" if source.written else "; try again later"
        return PassingFailure(message, hint=f"the registry is in trouble{full}", wait=wait)
    if source.written:
        return _refused(answer, source, told)
    if answer.status == 404:
        return AbsentError(
            f"{about}: `{host}` has no such image{told}",
            hint="check the name and the tag; a private image may also need `docker login`",
        )
    return EnvironmentFailure(message, hint="check the name, and the proxy before the registry")


def _refused(answer: Answer, source: Source, told: str) -> EnvironmentFailure:
    """What a registry has against being written to."""
    about, host = answer.peer.about, answer.peer.host
    match answer.status:
        case 404:
            return AbsentError(
                f"{about}: `{host}` has no repository `{source.repository}`{told}",
                hint="make it there first, if that registry makes none by itself; or choose another prefix",
            )
        case 405:
            return EnvironmentFailure(
                f"{about}: `{host}` takes no images{told}",
                hint="name one that takes them: a pull-through cache does not, nor one that is read-only",
            )
        case 413:
            return EnvironmentFailure(
                f"{about}: `{host}` takes nothing as large as this{told}",
                hint="raise the limit of the proxy before it, such as `client_max_body_size` of nginx",
            )
    return RefusedError(
        f"{about}: `{host}` refuses it with HTTP {answer.status}{told}",
        hint="look at the rules of that repository: quotas, tags that may not be written, kinds of images",
    )


def denied(answer: Answer, source: Source, *, logged_in: bool) -> EnvironmentFailure:
    """401 or 403 after all that could be answered."""
    told = _told(answer) if source.written else ""
    answer.close()
    words = "does not accept the login that Docker has for it" if logged_in else "wants a login"
    may = "push to it" if source.written else "pull"
    return EnvironmentFailure(
        f"{answer.peer.about}: `{source.registry}` {words} (HTTP {answer.status} from `{answer.peer.host}`){told}",
        hint=f"run `docker login {source.registry}`, and check that the account may {may}",
    )


def _told(answer: Answer) -> str:
    reason = _reason(answer)
    return f" ({reason})" if reason else ""


def _reason(answer: Answer) -> str:
    """Code and message of the first error; nothing that is not plain, short text."""
    try:
        errors = Fields.of_json(answer.document(_ERROR_LIMIT)).optional_objects("errors")
        texts = [errors[0].optional_text(name) or "" for name in ("code", "message")] if errors else []
    except (EnvironmentFailure, MalformedError):
        return ""
    return ": ".join(text for text in texts if _PLAIN.fullmatch(text))
