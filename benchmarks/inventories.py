"""The first inventory of an image against `skopeo copy` of the same image, and the inventory that is kept."""

import shutil
from pathlib import Path

from benchmarks.images import Pushed, hub, realistic, standin
from benchmarks.measuring import Environ, Run, alone, command, pair, process
from lambdabuild.image import Inventories
from lambdabuild.io.store import Store

ROUNDS, LOADS = 3, 15


def inventories(scratch: Path) -> None:
    """Of the stand-in of a runtime, and of an image as large as one, in gzip and in zstd."""
    with hub(scratch) as (registry, environ):
        images = {
            "the stand-in": standin(registry),
            "150 MB in gzip": realistic(registry),
            "150 MB in zstd": realistic(registry, zstd=True),
        }
        for name, image in images.items():
            ours = first(image, environ, scratch / "ours")
            pair(f"first inventory, {name}", ours, "skopeo copy", skopeo(image, scratch / "theirs"), ROUNDS)
    for name, image in images.items():
        store = Store(root=scratch / "kept" / name)
        shutil.copytree(scratch / "ours" / image.digest, store.root)
        alone(f"kept inventory, {name}", kept(store, image), LOADS)


def first(image: Pushed, environ: Environ, caches: Path) -> Run:
    """`lambdabuild abi` with nothing in the cache."""
    cache = caches / image.digest
    argv = command("lambdabuild", "abi", image.reference, "--arch", "amd64")
    run = process(argv, environ={**environ, "LAMBDABUILD_CACHE_DIR": str(cache)})

    def fresh() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        run()

    return fresh


def skopeo(image: Pushed, folder: Path) -> Run:
    """To an empty layout."""
    source = f"docker://{image.reference}"
    run = process(["skopeo", "copy", "--quiet", "--src-tls-verify=false", source, f"oci:{folder}:latest"])

    def fresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        run()

    return fresh


def kept(store: Store, image: Pushed) -> Run:
    """In this process, up to the versions of its libc."""

    def run() -> None:
        found = Inventories(store=store).known(image.digest)
        assert found is not None
        assert found.inventory.glibc

    return run
