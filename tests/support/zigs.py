"""A project of C and C++ that zig compiles for two runtimes and two CPUs, and caches in which zig began cold."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from lambdabuild.lock import write_lock
from lambdabuild.model.lock import Lock, LockedZig
from tests.support.cli import CACHE
from tests.support.golang import repository_lock

ZIG = "0.17.1"
LOCKED = {
    "darwin/arm64": LockedZig(wheel="sha256:09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23"),
    "linux/amd64": LockedZig(
        wheel="sha256:ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
        tree="sha256:1b183e8cdfb4c811d0b9caca9bdebd4a9f669259f7034598c3988dfa1cfcc742/496",
    ),
    "linux/arm64": LockedZig(wheel="sha256:b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e"),
}
"""What `lock` writes of ziglang 0.17.1; each wheel is 100 MB."""

PIP_CACHE = CACHE.parent / "pip"

SPEC = """version: 1
go: "1.26.8"
zig: "0.17.1"
architectures: [amd64, arm64]
hosts: [linux/amd64, linux/arm64, darwin/arm64]
images:
  provided.al2: public.ecr.aws/lambda/provided:al2
  provided.al2023: public.ecr.aws/lambda/provided:al2023
defaults:
  cgo: zig
  tags: [lambda.norpc]
functions:
  query-al2: {package: ./cmd/query, runtime: provided.al2, env: {CGO_CFLAGS: -O0}}
  query-al2023: {package: ./cmd/query, runtime: provided.al2023, env: {CGO_CFLAGS: -O0}}
  words-al2: {package: ./cmd/words, runtime: provided.al2}
  words-al2023: {package: ./cmd/words, runtime: provided.al2023}
"""

# SQLite is compiled without optimization, in a tenth of the time.
QUERY = """package main

import (
	"context"
	"database/sql"

	"github.com/aws/aws-lambda-go/lambda"
	_ "github.com/mattn/go-sqlite3"
)

type question struct{ Price, Pieces int }

func answer(ctx context.Context, asked question) (total int, err error) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT ? * ?", asked.Price, asked.Pieces).Scan(&total)
	return total, err
}

func main() { lambda.Start(answer) }
"""

WORDS_GO = """package main

// #cgo CXXFLAGS: -std=c++17
// #cgo LDFLAGS: -lstdc++
// #include "words.h"
import "C"
import "fmt"

func main() {
	fmt.Println(C.count(C.CString("one and two and three")), C.GoString(C.where()))
}
"""

WORDS_H = """#ifdef __cplusplus
extern "C" {
#endif
int count(const char *text);
const char *where(void);
#ifdef __cplusplus
}
#endif
"""

WORDS_CC = """#include <condition_variable>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "words.h"

int count(const char *text) {
    std::map<std::string, int> words;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::thread reader([&] {
        std::istringstream in(text);
        for (std::string word; in >> word;) words[word]++;
        std::lock_guard<std::mutex> lock(mutex);
        done = true;
        changed.notify_one();
    });
    {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return done; });
    }
    reader.join();
    try {
        return words.at("none");
    } catch (const std::out_of_range &) {
        return static_cast<int>(words.size());
    }
}
"""

WHERE_C = """#include "words.h"

// What compilers put into programs of where and when they were made.
const char *where(void) { return __FILE__ " " __DATE__; }
"""

FILES = {
    "buildspec.yaml": SPEC,
    "go.mod": """module example.com/native

go 1.26.0

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/mattn/go-sqlite3 v1.14.53
)
""",
    "go.sum": """github.com/aws/aws-lambda-go v1.55.1 h1:We2cCp4BwqqH/JW+bEEo1FhgG71rslvjfi4y7KmlrR0=
github.com/aws/aws-lambda-go v1.55.1/go.mod h1:V+NzkHNR6vBC8C1PDloqSLE+7jYWFiPvJJFiCiTm8nE=
github.com/mattn/go-sqlite3 v1.14.53 h1:mnTM0owzUMrKuLo+0w51NUiB0ir2Fo7kFXlPt/l3BGs=
github.com/mattn/go-sqlite3 v1.14.53/go.mod h1:6JTjA44L93a0QCyJef5YvlPoKXntQPjzWv5gtm9sB6w=
""",
    "cmd/query/main.go": QUERY,
    "cmd/words/main.go": WORDS_GO,
    "cmd/words/words.h": WORDS_H,
    "cmd/words/words.cc": WORDS_CC,
    "cmd/words/where.c": WHERE_C,
}


STATIC = {
    "buildspec.yaml": """version: 1
go: "1.26.8"
zig: "0.17.1"
runtime: provided.al2
architectures: [amd64, arm64]
images:
  provided.al2: public.ecr.aws/lambda/provided:al2
defaults:
  cgo: zig
functions:
  plain: {package: ./cmd/plain}
  static: {package: ./cmd/static, ldflags: [-linkmode external -extldflags -static]}
  unsaid: {package: ./cmd/unsaid}
""",
    "go.mod": "module example.com/static\n\ngo 1.26.0\n",
    "cmd/plain/main.go": """package main

// static int twice(int n) { return 2 * n; }
import "C"

func main() { println(C.twice(21)) }
""",
    "cmd/static/main.go": """package main

// #include <netdb.h>
// static int found(void) {
//     struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *one;
//     return getaddrinfo("127.0.0.1", "80", &hints, &one) == 0;
// }
import "C"
import "fmt"

func main() { fmt.Println("found", C.found()) }
""",
    "cmd/unsaid/main.go": """package main

// #cgo LDFLAGS: -static
import "C"

func main() {}
""",
}


def write_native(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """A project in a folder of any name; its lock has the toolchains, and no image yet."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    write_lock(folder / "images.lock", Lock(toolchains=repository_lock().toolchains, zigs={f"zig@{ZIG}": LOCKED}))
    return folder


def another_cache() -> Path:
    """A cache that stays, in a folder of another name; zig began cold in it, and compiled there all that it has."""
    return cache_for_zig(CACHE.parent / "another cache")


def cache_for_zig(cache: Path) -> Path:
    """A cache in which zig begins cold: it has toolchains, and shares what Go compiles with the tests' own."""
    _with_toolchains(cache)
    builds = cache / "go" / "builds"
    if not builds.exists():
        builds.parent.mkdir(parents=True, exist_ok=True)
        builds.symlink_to(CACHE / "go" / "builds")
    return cache


def _with_toolchains(cache: Path) -> None:
    """Give it the toolchains of the tests' own; zig finds its files beside its program, so they are not linked to."""
    for home in CACHE.glob("toolchains/*"):
        if not (cache / "toolchains" / home.name).is_dir():
            unfinished = cache / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(home, unfinished, copy_function=_link_or_copy)
            (cache / "toolchains").mkdir(exist_ok=True)
            unfinished.rename(cache / "toolchains" / home.name)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
