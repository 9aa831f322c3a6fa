"""What the spec builds and what the template deploys, held against each other. Pure."""

import re
from pathlib import Path
from typing import Final

from lambdabuild.errors import UsageError
from lambdabuild.model.platform import LAMBDA_NAMES, OF_LAMBDA, Architecture
from lambdabuild.model.spec import GO1X, OF_ARM64, Function
from lambdabuild.model.template import TemplateFunction
from lambdabuild.spec import can_be_a_handler

DEFAULT: Final = ("x86_64",)
"""Architectures where a template says none (AWS::Serverless::Function, "Architectures")."""

_RUNTIME: Final = re.compile(r"go1\.x|provided(\.\w+)?")
"""Names of Lambda's; the spec may call images by others, which say nothing of where they are deployed."""


class DisagreementError(UsageError):
    """The template would deploy the artifact where it does not run."""


def agreed(
    spec_file: Path,
    function: Function,
    said: TemplateFunction,
    *,
    asked: Architecture | None = None,
    otherwise: Architecture | None = None,
) -> Architecture:
    """The architecture to build; DisagreementError where the template says other things than the spec, or than `asked`.

    What only a deployment settles is taken on trust; where it could be the zip of one CPU or of another, `asked` or
    `otherwise` has to say which.
    """
    whole = _Both(spec_file=spec_file, function=function, said=said)
    whole.refuse_other_package()
    whole.refuse_other_runtime()
    whole.refuse_other_handler()
    return whole.architecture(asked, otherwise)


class _Both:
    """A function as the spec and as the template have it."""

    def __init__(self, *, spec_file: Path, function: Function, said: TemplateFunction) -> None:
        self._file = spec_file
        self._function = function
        self._said = said

    def refuse_other_package(self) -> None:
        """A zip is not an image, and a layer is no function."""
        said = self._said
        if said.package_type not in {None, "Zip"}:
            raise DisagreementError(
                f"`{said.where('package_type')}`: `{said.logical_id}` is of `PackageType: {said.package_type}`,"
                f" and `{self._file}` makes a zip of `{self._function.name}`",
                hint="remove the line",
            )
        if self._function.layout == "extension":
            raise DisagreementError(
                f"`{said.where()}`: `{said.logical_id}` is a function, and `{self._function.name}` of `{self._file}`"
                " is an extension, which belongs into a layer",
                hint="give a layer its zip in dist/ as `ContentUri`",
            )

    def refuse_other_runtime(self) -> None:
        """The runtime of the function, or one of its floor."""
        runtimes = [name for name in (self._function.runtime, *self._function.floor) if _RUNTIME.fullmatch(name)]
        runtime = self._said.runtime
        if runtime is not None and runtimes and runtime not in runtimes:
            raise DisagreementError(
                f"`{self._said.where('runtime')}`: `Runtime` of `{self._said.logical_id}` is `{runtime}`,"
                f" and `{self._file}` builds `{self._function.name}` for `{runtimes[0]}`",
                hint=f"write `Runtime: {runtimes[0]}`, or change `runtime` in the spec",
            )

    def refuse_other_handler(self) -> None:
        """A `bootstrap` takes any handler; the dispatcher of a forward-compatible zip starts the file of that name, for
        which it takes the name of the arm64 program, too. go1.x starts the very file.
        """
        wanted, handler = self._function.handler, self._said.handler
        taken = {wanted} if self._said.runtime == GO1X else {wanted, f"{wanted}{OF_ARM64}"}
        if self._function.layout == "forward-compatible" and handler is not None and handler not in taken:
            in_the_spec = f", or `handler: {handler}` in the spec" if can_be_a_handler(handler) else ""
            raise DisagreementError(
                f"`{self._said.where('handler')}`: `Handler` of `{self._said.logical_id}` is `{handler}`,"
                f" and `{self._file}` puts `{wanted}` into the zip of `{self._function.name}`",
                hint=f"write `Handler: {wanted}`{in_the_spec}",
            )

    def architecture(self, asked: Architecture | None, otherwise: Architecture | None) -> Architecture:
        """The template's, which must be one of the spec's."""
        built, said = self._function.architectures, self._said
        if "architectures" in said.unsettled:
            if asked is not None:
                return asked
            if len(self._function.artifacts) == 1:
                return built[0]
            if otherwise is None:
                raise DisagreementError(
                    f"`{said.where('architectures')}`: `Architectures` of `{said.logical_id}` is only known at a"
                    f" deployment, and `{self._file}` builds `{self._function.name}` for two",
                    hint="write the architecture out, or set LAMBDABUILD_ARCH",
                )
            return otherwise
        names = said.architectures if said.architectures is not None else DEFAULT
        chosen = OF_LAMBDA.get(names[0]) if len(names) == 1 else None
        if chosen is None or chosen not in built:
            raise self._other_architecture(", ".join(names), " and ".join(LAMBDA_NAMES[one] for one in built))
        if asked not in {None, chosen}:
            raise self._other_architecture(names[0], f"{LAMBDA_NAMES[asked or chosen]} as it was asked to")
        return chosen

    def _other_architecture(self, names: str, built: str) -> DisagreementError:
        said = self._said
        where = f"`{said.where('architectures')}`: `{said.logical_id}` is for {names}"
        unsaid = "" if said.architectures is not None else ", as it has no `Architectures`"
        return DisagreementError(
            f"{where}{unsaid}, and `{self._file}` builds `{self._function.name}` for {built}",
            hint="let `Architectures` in the template and `architectures` in the spec say the same",
        )
