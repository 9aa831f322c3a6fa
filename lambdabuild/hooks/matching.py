"""Which function of the spec a function of a template is. Pure."""

from collections.abc import Collection

from lambdabuild.errors import UsageError
from lambdabuild.model.template import TemplateFunction

_SUFFIX = "function"


class NoMatchError(UsageError):
    """No function of the spec, or more than one, may be meant."""


def match(said: TemplateFunction, names: Collection[str]) -> str:
    """By `Metadata.LambdabuildFunction`, else the same name, else the same letters: without case, `-`, `_`, `Function`.

    NoMatchError lists what there is.
    """
    if said.named is not None:
        if said.named not in names:
            raise NoMatchError(
                f"`{said.where('named')}`: `LambdabuildFunction` of `{said.logical_id}` is `{said.named}`,"
                f" which the spec does not build",
                hint=f"it builds {_listed(names)}",
            )
        return said.named
    if "named" in said.unsettled:
        raise NoMatchError(
            f"`{said.where('named')}`: `LambdabuildFunction` of `{said.logical_id}` is only known at a deployment",
            hint=f"write one of {_listed(names)}",
        )
    if said.logical_id in names:
        return said.logical_id
    found = alike(said.logical_id, names)
    if len(found) == 1:
        return found[0]
    how = f"write `LambdabuildFunction: NAME` below `Metadata` of `{said.logical_id}`"
    if found:
        raise NoMatchError(f"`{said.where()}`: `{said.logical_id}` may be {_listed(found, ' or ')}", hint=how)
    raise NoMatchError(
        f"`{said.where()}`: `{said.logical_id}` is no function that the spec builds",
        hint=f"it builds {_listed(names)}; {how}",
    )


def alike(logical_id: str, names: Collection[str]) -> list[str]:
    """The names of the same letters."""
    return sorted(name for name in names if _letters(name) == _letters(logical_id))


def _letters(name: str) -> str:
    letters = name.casefold().replace("-", "").replace("_", "")
    return letters.removesuffix(_SUFFIX) or letters


def _listed(names: Collection[str], last: str = ", ") -> str:
    return last.join(f"`{name}`" for name in sorted(names))
