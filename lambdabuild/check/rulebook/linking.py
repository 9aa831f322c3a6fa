"""Rules about linking: what the dynamic loader finds on the runtime, and what it does not."""

from lambdabuild.model.finding import Rule, Severity

RULES = (
    Rule(
        id="LB301",
        severity=Severity.ERROR,
        title="cgo made a static build dynamic",
        message="`{file}` is not static: [it needs {needed}; ][its loader is {interpreter}; ]"
        "cgo was on when it was built"
        "[, and these packages have cgo files: {packages}]",
        why="A dynamic program needs libraries of the runtime in versions no older than those it was linked against."
        " With cgo off Go needs none, and the function does not depend on what the runtime's image becomes.",
        fix="build it with `CGO_ENABLED=0`; where it needs C code, say so: `cgo: zig` or `cgo: image`",
    ),
    Rule(
        id="LB302",
        severity=Severity.ERROR,
        title="-buildmode=pie made a static build dynamic",
        message="`{file}` is not static: [it needs {needed}; ][its loader is {interpreter}; ]"
        "it was built with `-buildmode=pie`",
        why="Go's position-independent executables are started by the dynamic loader, even where they need no library.",
        fix="build it without `-buildmode=pie`",
    ),
    Rule(
        id="LB303",
        severity=Severity.ERROR,
        title="a static build is dynamic, without cgo",
        message="`{file}` is not static: [it needs {needed}; ][its loader is {interpreter}; ]"
        "cgo was off when it was built[, and these packages import libraries by themselves: {packages}]",
        why="`//go:cgo_import_dynamic`, as in packages that call C libraries without cgo (purego), and an external"
        " linker (`-linkmode=external`) make Go's linker write a dynamic program.",
        fix="remove the package that imports it, or the flag; where the function needs C, say so: `cgo: zig`",
    ),
    Rule(
        id="LB311",
        severity=Severity.ERROR,
        title="needs a newer glibc than the runtime has",
        message="`{file}` needs {nodes} of `{library}`[, for {symbols}]: {needs}, and {image} has {has}",
        why="The dynamic loader looks for every version that a program was linked against, by name, before it runs a"
        ' line of it. One that is not there ends the start: "version `GLIBC_2.38\' not found".',
        fix={
            "cgo": "build it with `CGO_ENABLED=0` (`cgo: off`); where it needs C, with `cgo: zig`, which links against"
            " the glibc of the runtime, or with `cgo: image` in the runtime's own image",
            "other": "build it in the image of the runtime, or link it statically; `zig cc` and `cargo zigbuild` link"
            " against a glibc that you name",
        },
    ),
    Rule(
        id="LB312",
        severity=Severity.ERROR,
        title="needs a newer libstdc++ than the runtime has",
        message="`{file}` needs {nodes} of `{library}`[, for {symbols}]: {needs}, and {image} has {has}",
        why="GCC's C++ library gets new versions with each release of GCC, and the loader looks for every one that a"
        ' program was linked against. One that is not there ends the start: "version `GLIBCXX_3.4.30\' not found".',
        fix={
            "cgo": "build it with `CGO_ENABLED=0` (`cgo: off`) if nothing needs C++; else with `cgo: zig`, with"
            " `cgo: image` in the runtime's own image, or with `-ldflags '-extldflags \"-static-libstdc++"
            " -Wl,--gc-sections\"'`",
            "other": "build it in the image of the runtime, or link with `-static-libstdc++ -Wl,--gc-sections`; or"
            " bundle the libstdc++ that it was built with, and find it by DT_RPATH (`-Wl,--disable-new-dtags,-rpath,"
            "'$ORIGIN/lib'`)",
        },
    ),
    Rule(
        id="LB313",
        severity=Severity.ERROR,
        title="needs a library that the runtime lacks",
        message="`{file}` needs `{library}`[, and so do {others} more]: it is neither in {image} nor where the loader"
        " looks in the artifact"
        "[; it is there as `{elsewhere}`][; {opened}]",
        why="The loader looks in DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH and its default directories, and nowhere else."
        ' The start ends with "cannot open shared object file: No such file or directory".',
        fix="put the library, built for the runtime, into `lib/` of the zip or of a layer, which LD_LIBRARY_PATH names,"
        " or link it statically; if a layer has it, name the layer: `--layer layer.zip`",
    ),
    Rule(
        id="LB314",
        severity=Severity.ERROR,
        title="needs a version that a library does not have",
        message="`{file}` needs {nodes} of `{library}`[, for {symbols}], and the one of {where} does not define"
        " {it}[; its newest is {has}]",
        why="A library with the right name and other versions: the loader looks for every one that the program was"
        ' linked against, and ends the start with "version `OPENSSL_3.2.0\' not found".',
        fix="build it against the library of the runtime's image, link it statically, or bundle the one that it was"
        " built with and find it by DT_RPATH",
    ),
    Rule(
        id="LB315",
        severity=Severity.ERROR,
        title="the build image is ahead of the runtime",
        message="`{file}` needs {nodes} of `{library}`[, for {symbols}]: the build image {build_image} has"
        " {it}, {image} has not[; {has} is what it has]",
        why="What a program needs is decided by the libraries that it was linked against: those of the build image."
        " When that image moves ahead of the runtime, the next build does not start there, with no line changed.",
        fix="set `build_image` to the image of the runtime, or pin an older one",
    ),
    Rule(
        id="LB316",
        severity=Severity.ERROR,
        title="needs a symbol that no library has",
        message="`{file}` needs {symbols}[ of `{library}`, which has the version {node} but not the symbol]"
        "[, and none of {whose} libraries has it]: {when}",
        why="Versions are there to keep this from happening, but a library may be built without a part of it, or have"
        ' no versions at all. It ends with "symbol lookup error: undefined symbol", at the start or at the first call.',
        fix="build it against the library that it will meet there, or bundle the one that it was built with and find it"
        " by DT_RPATH",
    ),
    Rule(
        id="LB317",
        severity=Severity.ERROR,
        title="a bundled library needs more than the runtime has",
        message="`{file}`, which {by} loads, needs {nodes} of `{library}`[, for {symbols}]: {needs}, and {image} has"
        " {has}",
        why="The program itself may be built for the runtime; a library that came from somewhere else is loaded with"
        " it, and is held against the same libraries. The start ends where the first version is missing.",
        fix="take a build of the library that was made for the runtime (its image's package, or a manylinux wheel of"
        " that glibc), or bundle what it needs as well",
    ),
    Rule(
        id="LB318",
        severity=Severity.ERROR,
        title="another copy of a library is found first",
        message="`{file}` needs {nodes} of `{library}`, which the bundled `{bundled}` has; the loader finds"
        " `{first}` first, {why}",
        why="Lambda sets LD_LIBRARY_PATH, with /lib64 and /usr/lib64 before /var/task/lib. It goes before DT_RUNPATH,"
        " so a bundled library that the runtime has too is not loaded; DT_RPATH goes before LD_LIBRARY_PATH.",
        fix="link with `-Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'`, or set it afterwards:"
        " `patchelf --force-rpath --set-rpath '$ORIGIN/lib'`",
    ),
    Rule(
        id="LB319",
        severity=Severity.ERROR,
        title="its dynamic loader is not there",
        message="`{file}` is started by `{interpreter}`, which {image} does not have[: it was linked against {libc}]",
        why="The kernel starts the loader that the program names, and it is another one for each C library (musl on"
        ' Alpine) and each distribution. It ends with "no such file or directory", about a file that is there.',
        fix="link it statically (`-static`, `CGO_ENABLED=0`, the target `x86_64-unknown-linux-musl` of Rust), or build"
        " it against glibc in the image of the runtime",
    ),
    Rule(
        id="LB320",
        severity=Severity.ERROR,
        title="what stands in a library's place cannot be loaded",
        message="`{file}` stands where `{by}` finds `{library}`, and cannot be loaded: {reason}",
        why="The loader takes the first file of the right name. A damaged one, a text file or a program in its place"
        " ends the start; only a library of another CPU is passed over.",
        fix="put the library itself there, or remove the file",
    ),
    Rule(
        id="LB321",
        severity=Severity.ERROR,
        title="packed relative relocations (DT_RELR), which the runtime's glibc does not apply",
        message="`{file}` has packed relative relocations[ and needs {nodes}]: only glibc 2.36 and later apply them,"
        " and {image} has {has}",
        why="Linkers write them with `-z pack-relative-relocs`, by default on some distributions. An older loader that"
        " sees GLIBC_ABI_DT_RELR refuses; where that mark is missing it starts the program with addresses that were"
        " never relocated, which crashes.",
        fix="link with `-Wl,-z,nopack-relative-relocs`, or build it in the image of the runtime",
    ),
    Rule(
        id="LB322",
        severity=Severity.WARNING,
        title="asks for an executable stack",
        message="`{file}` asks for an executable stack",
        why="One object file of assembly without `.note.GNU-stack` is enough. glibc makes the stack of the whole"
        " process executable for it; since glibc 2.41 dlopen refuses such a library.",
        fix='link with `-Wl,-z,noexecstack`, or add `.section .note.GNU-stack,"",@progbits` to the assembly',
    ),
    Rule(
        id="LB323",
        severity=Severity.WARNING,
        title="has text relocations",
        message="`{file}` has text relocations: the loader has to write to its code",
        why="Code that was not compiled with -fPIC. Its pages are copied and relocated at each cold start, and a kernel"
        " that forbids to write to code refuses it.",
        fix="compile all of it with `-fPIC`; the linker finds the rest with `-Wl,-z,text`",
    ),
    Rule(
        id="LB324",
        severity=Severity.ERROR,
        title="a static program that loads libraries of glibc's own",
        message="`{file}` is linked statically against glibc, and {does}[: the linker warned of {symbols}]",
        why="A static glibc loads libnss_* and what they need from the system while it runs, and they must be of the"
        " very same glibc, which the runtime's next release need not have. With another one the look-up fails, or the"
        " program crashes; the linker warned of it. Where it warned of `dlopen` alone, it is a warning only: the"
        " program may never load a plugin (go-sqlite3 cannot, with the tag `sqlite_omit_load_extension`).",
        fix="link it dynamically in the image of the runtime, or against musl; in Go build with the tags `netgo"
        " osusergo`, or with `CGO_ENABLED=0`",
    ),
    Rule(
        id="LB325",
        severity=Severity.WARNING,
        title="a library has no versions where a program expects some",
        message="`{file}` needs {nodes} of `{library}`, and the one of {where} has no versions at all",
        why='The loader takes symbols by name alone then, and says "no version information available". It is another'
        " build of the library than the program was linked against.",
        fix="build it against the library of the runtime's image, or bundle the one that it was built with",
    ),
    Rule(
        id="LB326",
        severity=Severity.WARNING,
        title="a version that it can do without is missing",
        message="`{file}` can do without {nodes} of `{library}`, which the one of {where} does not define",
        why='All symbols of that version are weak: the loader says "weak version not found" and goes on. The program'
        " sees that they are absent, if it looks.",
        fix="accept it with `allow` if the program looks before it calls; else build it in the image of the runtime",
    ),
    Rule(
        id="LB327",
        severity=Severity.NOTE,
        title="weak symbols that the runtime does not have",
        message="`{file}` finds no {symbols} on {image}, and can do without",
        why="Weak symbols that are not there are zero. A program that looks before it calls goes another way.",
        fix="nothing, if the program looks before it calls",
    ),
    Rule(
        id="LB328",
        severity=Severity.ERROR,
        title="a bundled library is older than the runtime's own libraries need",
        message="`{file}` is loaded in place of the runtime's own `{soname}`, and `{by}` of {image} needs {nodes} of"
        " it, which it does not define",
        why="What is bundled is loaded for the whole process, also for the libraries of the runtime, which were built"
        " against their own copy.",
        fix="leave the library out, so that the runtime's own is loaded, or bundle one that is as new",
    ),
    Rule(
        id="LB329",
        severity=Severity.ERROR,
        title="a library without version tables where a program expects versions",
        message="`{file}` needs {symbols} of `{library}` by version, and the one of {where} has no version tables at"
        " all: {when}",
        why="glibc before 2.41 takes a library whose versions it does not find for damaged, and aborts:"
        ' "Inconsistency detected by ld.so: dl-lookup.c: check_match: Assertion failed".',
        fix="build it against this very library, or bundle the one that it was built with",
    ),
    Rule(
        id="LB330",
        severity=Severity.ERROR,
        title="asks for versions of a library that it does not need",
        message="`{file}` asks for versions of `{library}`, and DT_NEEDED does not name it",
        why="The headers were changed after linking, as by `patchelf --remove-needed`. The loader looks for the library"
        ' among those that are loaded, and aborts: "Inconsistency detected by ld.so".',
        fix="link it again without the library, or put it back: `patchelf --add-needed {library}`",
    ),
    Rule(
        id="LB331",
        severity=Severity.NOTE,
        title="loaded in a way that is not looked into",
        message="`{file}` decides for itself how programs are loaded, so what they load is not judged: it has `{word}`",
        why="A script that sets LD_LIBRARY_PATH or LD_PRELOAD, or that calls a loader of its own, as the packager of"
        " aws-lambda-cpp writes it, makes another order of search than that of the runtime.",
        fix="try it in the image of the runtime; with DT_RPATH in the program and no such line it can be judged",
    ),
)
