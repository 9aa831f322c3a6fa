"""Groups on their way from source to programs; what a compiler refuses is said when all have had their say."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event

from lambdabuild.errors import CompileError, EnvironmentFailure, LambdabuildError
from lambdabuild.io.threads import each
from lambdabuild.model.events import Emit, Warned, working
from lambdabuild.model.plan import Action, ActionResult, Digest, Group
from lambdabuild.pipeline.executors import Executor

# What zig says to `-static` in the `#cgo LDFLAGS` of a package, where the spec does not ask for it.
_NO_STATIC = "libc of the specified target requires dynamic linking"
_STATIC = "say in the spec that it is static: `ldflags: [-linkmode external -extldflags -static]`"

Results = Mapping[Digest, ActionResult]


def compile_groups(
    folders: Mapping[Path, Group], executor_of: Callable[[Group], Executor], emit: Emit, stop: Event
) -> Results:
    """What every action left; the programs of a group are in its folder. CompileError where any of them fails."""
    work = [(group, folder, executor_of(group)) for folder, group in folders.items()]
    done = each(lambda one: _compile(*one, emit), work, stop=stop)
    refuse_if_any_failed([one for one in done if isinstance(one, CompileError)])
    return {digest: result for one in done if not isinstance(one, CompileError) for digest, result in one.items()}


def _compile(group: Group, folder: Path, executor: Executor, emit: Emit) -> Results | CompileError:
    """What the compiler refuses is a result, so that others have their say, too."""
    names = ", ".join(f"{action.function}-{action.architecture}" for action in group.actions)
    try:
        with working(emit, "compile", names):
            results = executor.run(group, folder)
            for result in results.values():
                if result.binary is None:
                    raise _refusal(names, result.output)
    except CompileError as refusal:
        return refusal
    for action in group.actions:
        if disturbed := results[action.digest].disturbed:
            emit(_disturbed(action, disturbed))
    return results


def refuse_if_any_failed(refusals: Sequence[CompileError]) -> None:
    """CompileError with the words of every compile that failed, each said once."""
    if refusals:
        words = dict.fromkeys(refusal.output.strip() for refusal in refusals)
        subjects = ", ".join(refusal.message.partition(":")[0] for refusal in refusals)
        hint = next((refusal.hint for refusal in refusals if refusal.hint), None)
        raise CompileError(f"{subjects}: the compile failed", output="\n".join(words), hint=hint)


def _refusal(names: str, output: str) -> LambdabuildError:
    if "no space left on device" in output:
        return EnvironmentFailure(
            f"{names}: the disk filled up during the compile",
            output=output,
            hint="make room in the cache folder, or move it with LAMBDABUILD_CACHE_DIR",
        )
    return CompileError(f"{names}: the compile failed", output=output, hint=_STATIC if _NO_STATIC in output else None)


def _disturbed(action: Action, files: Sequence[Path]) -> Warned:
    return Warned(
        message=f"{action.function}-{action.architecture}: `{files[0]}` changed while it was compiled",
        hint="build again for an artifact that is what its action digest says",
    )
