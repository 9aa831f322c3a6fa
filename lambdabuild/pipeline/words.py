"""What compilers say of a build that they made: the warnings that no file tells afterwards."""

import re
from collections.abc import Iterator

# GNU ld, for what glibc marks by `link_warning` (include/libc-symbols.h, static_link_warning).
_SHARED = re.compile(r"warning: Using '([^']+)' in statically linked applications requires at runtime the shared lib")
_HEADING = "# "


def shared_at_runtime(output: str, package: str) -> tuple[str, ...]:
    """Functions of glibc that a static `package` was linked with, which load shared libraries all the same.

    `output` is that of a `go build` of several packages: a line `# import/path` stands above the words of each.
    """
    return tuple(sorted({name for line in _of(output, package) for name in _SHARED.findall(line)}))


def _of(output: str, package: str) -> Iterator[str]:
    heading = ""
    for line in output.splitlines():
        if line.startswith(_HEADING):
            heading = line.removeprefix(_HEADING)
        elif heading == package:
            yield line
