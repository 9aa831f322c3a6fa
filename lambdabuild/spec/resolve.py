"""From what is written to what is meant: every default filled in, every name followed."""

from collections.abc import Mapping
from pathlib import Path

from lambdabuild.model.platform import ACTION_HOST, Architecture
from lambdabuild.model.spec import GO1X, Allow, Function, Include, Spec, needs_libraries
from lambdabuild.spec.copies import check_mirror, check_vendor
from lambdabuild.spec.document import IncludeDocument, SpecDocument
from lambdabuild.spec.environment import check_environment
from lambdabuild.spec.flags import check_gcflags, check_ldflags
from lambdabuild.spec.goflags import linker
from lambdabuild.spec.merge import Merged, merge
from lambdabuild.spec.outputs import check_outputs
from lambdabuild.spec.paths import check_inside, check_module, check_package, check_target
from lambdabuild.spec.problems import Problems
from lambdabuild.spec.references import check_named, check_references
from lambdabuild.spec.together import check_together, check_version

DEFAULT_HOSTS = ("linux/amd64", "linux/arm64", "darwin/arm64")


def resolve(document: SpecDocument, *, file: Path, variables: Mapping[str, str], problems: Problems) -> Spec:
    """The spec. What does not fit together is added to `problems`; the spec is of use only where there are none."""
    check_version(document.go, ("go",), problems)
    check_references(document.images, problems)
    functions = {each.name: _function(each, document, variables, problems) for each in merge(document)}
    check_outputs(functions, problems)
    hosts = document.hosts if document.hosts is not None else DEFAULT_HOSTS
    return Spec(
        file=file,
        go=document.go,
        zig=document.zig,
        images=dict(document.images),
        hosts=tuple(dict.fromkeys((ACTION_HOST, *hosts))),
        variables=dict(variables),
        functions=functions,
        vendor=check_vendor(document.vendor, problems) if document.vendor else None,
        mirror=check_mirror(document.mirror, problems) if document.mirror else None,
    )


def _function(merged: Merged, document: SpecDocument, variables: Mapping[str, str], problems: Problems) -> Function:
    said = merged.said
    check_together(merged, document, problems)
    architectures = _architectures(merged, problems)
    cgo = said.cgo or "off"
    check_environment(said.env or {}, cgo, merged.env_origins, problems)
    for index, name in enumerate(said.floor or ()):
        if name != GO1X or needs_libraries(cgo, said.extra_needed or ()):
            check_named(name, document.images, (*merged.where("floor"), index), problems)
    layout = said.layout or "single"
    return Function(
        name=merged.name,
        package=check_package(said.package, merged.where("package"), problems) if said.package else ".",
        module=check_module(said.module, merged.where("module"), problems) if said.module else None,
        runtime=said.runtime or "",
        architectures=architectures,
        go=said.go or document.go,
        executor=said.executor or "host",
        build_image=_build_image(merged, architectures, document, problems),
        cgo=cgo,
        tags=said.tags or (),
        ldflags=check_ldflags(said.ldflags or (), linker(cgo), variables, merged.where("ldflags"), problems),
        gcflags=check_gcflags(said.gcflags or (), merged.where("gcflags"), problems),
        goamd64=said.goamd64 or "v1",
        goarm64=said.goarm64 or "v8.0",
        goexperiment=said.goexperiment or "",
        gofips140=said.gofips140 or "off",
        strip=True if said.strip is None else said.strip,
        env=dict(said.env or {}),
        include=_include(merged, problems),
        layout=layout,
        handler=(said.handler or merged.name) if layout == "forward-compatible" else None,
        extra_needed=said.extra_needed or (),
        floor=said.floor or (),
        allow=tuple(Allow(rule=each.rule, reason=each.reason) for each in said.allow or ()),
    )


def _architectures(merged: Merged, problems: Problems) -> tuple[Architecture, ...]:
    """Go's names; the spec may say x86_64, as Lambda does."""
    architectures: list[Architecture] = []
    for index, name in enumerate(merged.said.architectures or ()):
        architecture = Architecture.named(name)
        if architecture in architectures:
            path = (*merged.where("architectures"), index)
            problems.add(path, f"is `{name}`, which is there already", hint="name each CPU once")
        else:
            architectures.append(architecture)
    return tuple(architectures)


def _build_image(
    merged: Merged, architectures: tuple[Architecture, ...], document: SpecDocument, problems: Problems
) -> Mapping[Architecture, str]:
    """An image for each architecture; the runtime's own where nothing is said."""
    path = merged.where("build_image")
    match merged.said.build_image:
        case None:
            return dict.fromkeys(architectures, merged.said.runtime or "")
        case str(name):
            check_named(name, document.images, path, problems)
            return dict.fromkeys(architectures, name)
        case written:
            images: dict[Architecture, str] = {}
            for key, name in written.items():
                check_named(name, document.images, (*path, key), problems)
                if Architecture.named(key) in images:
                    words = "is `amd64`, which is there already"
                    problems.add((*path, key), words, hint="name each CPU once", key=True)
                images[Architecture.named(key)] = name
            for architecture in architectures:
                if architecture not in images:
                    words = f"has no image for `{architecture}`, which `{merged.name}` is built for"
                    problems.add(path, words, hint=f"write `{architecture}: …`", key=True)
            return {each: images.get(each, "") for each in architectures}


def _include(merged: Merged, problems: Problems) -> tuple[Include, ...]:
    includes: list[Include] = []
    for index, item in enumerate(merged.said.include or ()):
        path = (*merged.where("include"), index)
        written = IncludeDocument(source=item) if isinstance(item, str) else item
        source = path if isinstance(item, str) else (*path, "source")
        if check_inside(written.source, source, problems) and ".." in written.source.split("/"):
            problems.add(source, f"is `{written.source}`, which climbs with `..`", hint="write it without")
        mode = int(written.mode or "0644", 8)
        if not mode & 0o400:
            words = f"is `{written.mode}`, which its owner cannot read"
            problems.add((*path, "mode"), words, hint='write `"0644"`, or `"0755"` for a program')
        target = check_target(written.target, (*path, "target"), problems) if written.target else None
        includes.append(Include(source=written.source, target=target, mode=mode))
    return tuple(includes)
