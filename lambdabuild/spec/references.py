"""Images: what may be named, and names that point to nothing."""

from collections.abc import Collection, Mapping

from lambdabuild.io.document import KeyPath, brief
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.spec import GO1X, GO1X_IMAGE
from lambdabuild.spec.nearest import did_you_mean
from lambdabuild.spec.problems import Problems


def check_references(images: Mapping[str, str], problems: Problems) -> None:
    """Every image says which one it is: by a tag that is not `latest`, or by digest."""
    for name, text in images.items():
        path: KeyPath = ("images", name)
        try:
            reference = ImageReference.parse(text)
        except ValueError:
            hint = "write `registry/name:tag`, such as `public.ecr.aws/lambda/provided:al2023`"
            problems.add(path, f"is `{brief(text)}`, expected an image reference", hint=hint)
            continue
        if reference.digest is None and reference.tag in {None, "latest"}:
            found = "without a tag" if reference.tag is None else "with the tag `latest`, which moves"
            problems.add(path, f"is `{brief(text)}`, {found}", hint=_say_which(name, text, reference))
        if reference.repository.endswith("lambda/go") and name != GO1X:
            problems.add(path, f"is `{brief(text)}`, the image of `{GO1X}`", hint=f"call it `{GO1X}`, as Lambda does")


def check_named(name: str, images: Collection[str], path: KeyPath, problems: Problems) -> None:
    """`name` is a key of `images`."""
    if name not in images:
        of_go = f"add `{GO1X}: {GO1X_IMAGE}` to `images`: its libraries are what it is held against"
        hint = of_go if name == GO1X else did_you_mean(name, images, what="images")
        problems.add(path, f"is `{name}`, which is not in `images`", hint=hint)


def _say_which(name: str, text: str, reference: ImageReference) -> str:
    bare = text.removesuffix(":latest")
    if reference.repository == "lambda/provided":
        runtime = name.removeprefix("provided.") if name.startswith("provided.") else "al2023"
        return f"write the one that you mean: `{bare}:{runtime}`"
    return f"write the version that you mean, `{bare}:<version>`, or a digest, `{bare}@sha256:…`"
