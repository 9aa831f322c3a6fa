"""The dispatcher of a forward-compatible zip: what it starts, what it refuses, in every shell that may be /bin/sh."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from lambdabuild.package import write_dispatcher
from tests.support.gates import require

SHELLS = (("dash",), ("bash", "--posix"), ("busybox", "sh"))
PROGRAM = '#!/bin/sh\nprintf "%s\\n" "$0" "$#" "$@" "$_HANDLER"\n'
FAILED = 1
REFUSED = "bootstrap: the handler `{}` is not the name of a file; set it to one beside this file, without folders\n"


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> list[str]:
    program, *options = request.param
    return [require(program), *options]


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """A task root with a space in it, and both programs."""
    folder = tmp_path / "var task"
    folder.mkdir()
    write_dispatcher(folder / "bootstrap")
    for name in ("orders", "orders_arm64"):
        program(folder / name, PROGRAM)
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def environ(task: Path, handler: str | None, machine: str) -> dict[str, str]:
    """What Lambda sets; `uname` says what is wanted."""
    tools = task.parent / "tools"
    tools.mkdir(exist_ok=True)
    program(tools / "uname", f"#!/bin/sh\n[ \"$*\" = -m ] && echo '{machine}'\n")
    return {
        "PATH": f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "LAMBDA_TASK_ROOT": str(task),
        **({} if handler is None else {"_HANDLER": handler}),
    }


def dispatched(
    shell: list[str], task: Path, handler: str | None, machine: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*shell, *_says(shell, machine), str(task / "bootstrap"), *arguments],
        env=environ(task, handler, machine),
        capture_output=True,
        text=True,
        check=False,
    )


def _says(shell: list[str], machine: str) -> list[str]:
    """Busybox has a `uname` of its own, which it takes before any other: only a function comes before that."""
    return ["-c", f'uname() {{ echo {machine}; }}; . "$0"'] if shell[-1] == "sh" else []


@pytest.mark.parametrize(
    ("handler", "machine", "started"),
    [
        ("orders", "x86_64", "orders"),
        ("orders", "amd64", "orders"),
        ("orders", "aarch64", "orders_arm64"),
        ("orders", "arm64", "orders_arm64"),
        ("orders_arm64", "x86_64", "orders"),
        ("orders_arm64", "aarch64", "orders_arm64"),
    ],
)
def test_the_cpu_picks_the_program(shell: list[str], task: Path, handler: str, machine: str, started: str) -> None:
    done = dispatched(shell, task, handler, machine)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [str(task / started), "0", handler]


def test_arguments_pass_as_they_are(shell: list[str], task: Path) -> None:
    done = dispatched(shell, task, "orders", "x86_64", "a b", "", "*", "$HOME")

    assert done.stdout.splitlines() == [str(task / "orders"), "4", "a b", "", "*", "$HOME", "orders"]


@pytest.mark.parametrize("name", ["with space", "-n", "a;b", "$(id)", "`id`", "a'b\"c", "*", "..hidden", "ä"])
def test_any_name_of_a_file_is_a_handler(shell: list[str], task: Path, name: str) -> None:
    program(task / name, PROGRAM)

    done = dispatched(shell, task, name, "x86_64")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [str(task / name), "0", name]


@pytest.mark.parametrize("handler", ["bin/orders", "/bin/sh", "../orders", "..", ".", "orders/", "orders/../orders"])
def test_a_handler_that_leads_elsewhere_is_refused(shell: list[str], task: Path, handler: str) -> None:
    done = dispatched(shell, task, handler, "x86_64")

    assert (done.returncode, done.stdout) == (FAILED, "")
    assert done.stderr == REFUSED.format(handler)


@pytest.mark.parametrize("handler", [None, "", "_arm64"])
def test_no_handler_is_told(shell: list[str], task: Path, handler: str | None) -> None:
    done = dispatched(shell, task, handler, "x86_64")

    assert done.returncode == FAILED
    assert done.stderr == (
        "bootstrap: the function has no handler; set it to the name of the program beside this file\n"
    )


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("handler", ["bootstrap", "bootstrap_arm64"])
def test_it_does_not_start_itself(shell: list[str], task: Path, handler: str, machine: str) -> None:
    done = dispatched(shell, task, handler, machine)

    assert done.returncode == FAILED
    assert done.stderr == (
        f"bootstrap: the handler is `{handler}`, which is this file; set it to the name of the program beside it\n"
    )


@pytest.mark.parametrize(
    ("handler", "machine", "missing"),
    [("users", "x86_64", "users"), ("users", "aarch64", "users_arm64"), ("a\nb", "x86_64", "a\nb")],
)
def test_the_file_that_is_missing_is_named(
    shell: list[str], task: Path, handler: str, machine: str, missing: str
) -> None:
    (task / "users").mkdir()

    done = dispatched(shell, task, handler, machine)

    assert (done.returncode, done.stdout) == (FAILED, "")
    assert done.stderr == (
        f"bootstrap: `{task / missing}` is missing: the handler is `{handler}`, and the CPU {machine}\n"
    )


def test_a_program_that_lost_its_permissions_is_named(shell: list[str], task: Path) -> None:
    (task / "orders").chmod(0o644)

    done = dispatched(shell, task, "orders", "x86_64")

    assert done.returncode == FAILED
    assert done.stderr == (
        f"bootstrap: `{task / 'orders'}` may not be executed: a tool that packed it again has lost its permissions\n"
    )


def test_another_cpu_is_told(shell: list[str], task: Path) -> None:
    done = dispatched(shell, task, "orders", "riscv64")

    assert done.returncode == FAILED
    assert done.stderr == "bootstrap: there is no program for the CPU `riscv64`, only for x86_64 and arm64\n"


def test_a_uname_that_says_nothing_is_told(shell: list[str], task: Path) -> None:
    done = dispatched(shell, task, "orders", "")

    assert done.returncode == FAILED
    assert done.stderr == "bootstrap: the CPU is not known: `uname -m` says nothing\n"


def test_uname_is_found_whatever_the_path_and_the_path_stays(shell: list[str], task: Path) -> None:
    program(task / "orders", '#!/bin/sh\necho "$PATH"\n')
    program(task / "orders_arm64", '#!/bin/sh\necho "$PATH"\n')
    env = {"_HANDLER": "orders", "LAMBDA_TASK_ROOT": str(task), "PATH": "/opt/bin"}

    done = subprocess.run([*shell, task / "bootstrap"], env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "/opt/bin\n", "")


def test_the_task_root_is_where_lambda_has_it(shell: list[str], task: Path) -> None:
    without = environ(task, "no-such-program", "x86_64")
    del without["LAMBDA_TASK_ROOT"]

    done = subprocess.run(
        [*shell, *_says(shell, "x86_64"), str(task / "bootstrap")],
        env=without,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "`/var/task/no-such-program` is missing" in done.stderr


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_the_exit_status_is_the_program_s(shell: list[str], task: Path, code: int) -> None:
    program(task / "orders", f"#!/bin/sh\nexit {code}\n")

    assert dispatched(shell, task, "orders", "x86_64").returncode == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_reaches_the_program(shell: list[str], task: Path, number: signal.Signals) -> None:
    """It is the very process that Lambda started: nothing stays in between that would take the signal."""
    name = number.name.removeprefix("SIG")
    program(task / "orders", f"#!/bin/sh\ntrap 'echo heard; exit 7' {name}\necho $$\nwhile :; do sleep 0.01; done\n")
    process = subprocess.Popen(
        [*shell, str(task / "bootstrap")],
        env=environ(task, "orders", "x86_64"),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(number)
        assert process.stdout.read() == "heard\n"
    assert process.returncode == 7


def test_shellcheck_has_nothing_to_say(task: Path) -> None:
    done = subprocess.run(
        [require("shellcheck"), "--shell=sh", "--severity=style", task / "bootstrap"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_its_lines_end_in_lf(task: Path) -> None:
    content = (task / "bootstrap").read_bytes()

    assert content.startswith(b"#!/bin/sh\n")
    assert b"\r" not in content
    assert content.endswith(b"\n")
