"""From what was found to the spec to be: functions of templates first, then the mains that no template names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from lambdabuild.discovery.matching import Unmatched, match, may_be_the_only
from lambdabuild.discovery.naming import each_once, home, longer_names, names_of
from lambdabuild.model.discovery import BOTH, Deployed, Discovery, Draft, DraftFunction, GoMain, Remark
from lambdabuild.model.platform import OF_LAMBDA, Architecture
from lambdabuild.model.spec import GO1X

GO: Final = (1, 26, 8)
"""The Go of a new spec, unless something asks for a newer one: a newer Go builds older modules as their go.mod says."""

RUNTIME: Final = "provided.al2023"
RUNTIMES: Final = ("provided.al2023", "provided.al2")
"""Those that a spec is written for; go1.x and `provided` have no image to build for, and no future."""

_OF_GO: Final = frozenset({*RUNTIMES, "provided", GO1X})
_METHODS_OF_GO: Final = frozenset({None, GO1X, "makefile"})

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The spec to be, which deployed function each of its functions is, and what was left out."""

    draft: Draft
    deployed: Mapping[str, Deployed]
    remarks: tuple[Remark, ...]
    passed_over: tuple[Remark, ...]


def draft(found: Discovery, deployed: Sequence[Deployed]) -> Drafted:
    """Draft the spec. It has no functions where neither side has any."""
    remarks: list[Remark] = []
    ours, passed_over = _of_go(deployed)
    merged = _merged(ours)
    pairs = _paired(merged, found, remarks)
    named = {main.package for _, main in pairs}
    alone = [main for main in found.mains if main.package not in named]
    usual = _usual(merged)
    drafted = [
        *(_from_template(one, main) for one, main in pairs),
        *(_from_main(main, usual, bool(merged)) for main in alone),
    ]
    choices = [*(longer_names(one.name, one.file) for one, _ in pairs), *map(names_of, alone)]
    names = each_once(choices)
    functions = tuple(replace(one, name=name) for one, name in zip(drafted, names, strict=True))
    for one, main in pairs:
        remarks.extend(_about_runtime(one))
        remarks.extend(_about_cpus(one, main))
    for name, main in zip(names, [*(main for _, main in pairs), *alone], strict=True):
        remarks.extend(_about_c(name, main))
    go, reason = _go(found)
    architectures = _most(usual, [one.architectures for one in functions])
    return Drafted(
        draft=Draft(
            go=go,
            go_reason=reason,
            runtime=_most(RUNTIME, [one.runtime for one in functions]),
            architectures=architectures,
            architectures_reason=_reason(merged, architectures),
            functions=functions,
        ),
        deployed={name: one for name, (one, _) in zip(names, pairs, strict=False)},
        remarks=tuple(remarks),
        passed_over=tuple(passed_over),
    )


def _of_go(deployed: Iterable[Deployed]) -> tuple[list[Deployed], list[Remark]]:
    """Those that may be Go, and a word about each other one."""
    ours, others = [], []
    for one in deployed:
        said = one.said
        why = None
        if said.package_type == "Image":
            why = "it is a container image"
        elif said.runtime is not None and said.runtime not in _OF_GO:
            why = f"its runtime is {said.runtime}"
        elif said.runtime is None and "runtime" not in said.unsettled:
            why = "it says no runtime"
        elif said.build_method not in _METHODS_OF_GO:
            why = f"it is built by {said.build_method}"
        elif said.code is not None and "://" in said.code:
            why = f"its code is at {said.code}"
        if why is None:
            ours.append(one)
        else:
            others.append(Remark(place=said.where(), function=one.name, message=f"is passed over: {why}"))
    return ours, others


def _merged(deployed: Iterable[Deployed]) -> list[Deployed]:
    """A function that several templates have in the same words (one for each stage) is one, for all of their CPUs."""
    found: dict[object, Deployed] = {}
    for one in deployed:
        said = one.said
        key = (one.name, one.main, said.runtime, said.code, said.handler, home(one.file))
        other = found.get(key)
        found[key] = one if other is None else _united(other, one)
    return list(found.values())


def _united(one: Deployed, other: Deployed) -> Deployed:
    """For the CPUs of both. What one of them leaves to the deployment is left to it."""
    unsettled = one.said.unsettled | other.said.unsettled
    architectures = one.said.architectures
    if "architectures" in unsettled:
        architectures = None
    elif set(architectures_of(one)) != set(architectures_of(other)):
        architectures = tuple(OF_LAMBDA)
    return replace(one, said=replace(one.said, architectures=architectures, unsettled=unsettled))


def _paired(deployed: Sequence[Deployed], found: Discovery, remarks: list[Remark]) -> list[tuple[Deployed, GoMain]]:
    """Functions with their mains; a word about each other one, and about each guess.

    The only main of the project is guessed where it must be that of a Go function, or of the only function; but not
    where it has one that says so, nor where there is another main, which go cannot build yet.
    """
    sure = [(one, match(one, found.mains)) for one in deployed]
    free = len(found.mains) == 1 and not found.left_out and all(isinstance(main, Unmatched) for _, main in sure)
    pairs = []
    for one, main in sure:
        if not isinstance(main, Unmatched):
            pairs.append((one, main))
        elif (
            free
            and (len(deployed) == 1 or one.said.runtime == GO1X)
            and may_be_the_only(one, found.mains[0], found.folders)
        ):
            pairs.append((one, found.mains[0]))
            remarks.append(_guessed(one, found.mains[0]))
        else:
            remarks.append(_unmatched(one, main))
    return pairs


def _guessed(one: Deployed, main: GoMain) -> Remark:
    return Remark(
        place=one.said.where("code"),
        function=one.name,
        message=f"neither code nor handler says what it is built from; `{main.package}`, the only main, is taken",
        hint="where it is built from something else, take it out of `functions`",
    )


def _unmatched(one: Deployed, found: Unmatched) -> Remark:
    which = ", ".join(f"`{package}`" for package in found.candidates)
    message = "is left out: no main package of Go was found for it"
    if found.candidates:
        message = f"is left out: it could be any of {which}"
    hint = f"add it to `functions` by hand: `{one.name}: {{package: ./…}}`"
    return Remark(place=one.said.where("code"), function=one.name, message=message, hint=hint)


def _about_runtime(one: Deployed) -> Iterator[Remark]:
    if "runtime" in one.said.unsettled:
        yield Remark(
            place=one.said.where("runtime"),
            function=one.name,
            message=f"its runtime is settled at the deployment, and {RUNTIME} is taken for it",
            hint="where it is another one, write it in the spec",
        )


def _about_cpus(one: Deployed, main: GoMain) -> Iterator[Remark]:
    if set(main.architectures).isdisjoint(architectures_of(one)):
        here, there = (", ".join(each) for each in (main.architectures, architectures_of(one)))
        yield Remark(
            place=one.said.where("architectures"),
            function=one.name,
            message=f"is for {there}, and the Go files of `{main.package}` are for {here} alone",
            hint="change the template, or the names or build constraints (`//go:build`) of the files",
        )


def _about_c(name: str, main: GoMain) -> Iterator[Remark]:
    if main.perhaps_native:
        yield Remark(
            place=main.go_mod,
            function=name,
            message=f"its module requires {main.perhaps_native}, which is C",
            hint="if that is compiled into it, write `cgo: zig` in the spec",
        )


def _from_template(one: Deployed, main: GoMain) -> DraftFunction:
    said = one.said
    return DraftFunction(
        name=one.name,
        package=main.package,
        runtime=said.runtime if said.runtime in RUNTIMES else RUNTIME,
        architectures=_common(architectures_of(one), main) or architectures_of(one),
        origin=f"{one.file}:{said.line}",
        native=main.native,
        perhaps_native=main.perhaps_native,
        handler=said.handler if said.runtime == GO1X else None,
    )


def architectures_of(one: Deployed) -> tuple[Architecture, ...]:
    """Its CPUs: x86_64 where nothing is said, as in Lambda; both where a deployment settles it."""
    if "architectures" in one.said.unsettled:
        return BOTH
    known = [OF_LAMBDA[name] for name in one.said.architectures or () if name in OF_LAMBDA]
    return tuple(dict.fromkeys(known)) or (Architecture.AMD64,)


def _common(architectures: tuple[Architecture, ...], main: GoMain) -> tuple[Architecture, ...]:
    return tuple(one for one in architectures if one in main.architectures)


def _usual(deployed: Sequence[Deployed]) -> tuple[Architecture, ...]:
    """What most functions of the templates are built for; Graviton where there is no template."""
    return _most((Architecture.ARM64,), [architectures_of(one) for one in deployed])


def _most(other: _T, every: Sequence[_T]) -> _T:
    """The most frequent one, the first of several; `other` where there is none."""
    return Counter(every).most_common(1)[0][0] if every else other


def _from_main(main: GoMain, architectures: tuple[Architecture, ...], templates: bool) -> DraftFunction:
    return DraftFunction(
        name="",
        package=main.package,
        runtime=RUNTIME,
        architectures=_common(architectures, main) or main.architectures,
        origin="in no template" if templates else "",
        native=main.native,
        perhaps_native=main.perhaps_native,
    )


def _reason(deployed: Sequence[Deployed], usual: tuple[Architecture, ...]) -> str:
    first = next((one for one in deployed if architectures_of(one) == usual), None)
    if first is None and Architecture.ARM64 not in usual:
        return "as the Go files say, by their names or build constraints"
    if first is None:
        return "Graviton, which costs less; amd64 is Lambda's x86_64"
    if "architectures" in first.said.unsettled:
        return f"both: {first.file} leaves it to the deployment"
    if first.said.architectures is None:
        return f"x86_64, Lambda's default: {first.file} says nothing"
    return f"as in {first.file}"


def _go(found: Discovery) -> tuple[str, str]:
    if found.go is None:
        return _dotted(GO), "exact"
    asked = f"{found.go_asked_by} asks for {_dotted(found.go)}"
    return _dotted(max(GO, found.go)), f"exact; {asked}{' or newer' if found.go < GO else ''}"


def _dotted(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))
