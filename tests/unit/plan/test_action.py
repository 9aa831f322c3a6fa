"""The action as the Remote Execution API sees it, by someone else's messages."""

import hashlib
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from lambdabuild.model.plan import Action, Command, Digest
from lambdabuild.plan.action import action_digest, action_message, command_message
from tests.support.planning import Machine
from tests.support.reapi import ask
from tests.support.shapes import SHAPES

ROOT = Digest(hash="a" * 64, size=1)
BARE = Command(
    argv=("/bin/sh", "launch"),
    env={"B": "2", "A": "1"},
    working_directory=PurePosixPath("src"),
    outputs=("z", "a"),
    properties={"b": "2", "a": "1"},
)


def tree_of(action: Action) -> dict[str, object]:
    """The input root as nested maps."""
    root: dict[str, object] = {}
    for file in action.inputs.files:
        _put(root, file.path, {"/file": str(file.digest), "/executable": file.executable})
    for tree in action.inputs.trees:
        _put(root, tree.path, {"/tree": str(tree.digest)})
    return root


def _put(root: dict[str, object], path: PurePosixPath, node: dict[str, object]) -> None:
    folder = root
    for part in path.parts[:-1]:
        below = folder.setdefault(part, {})
        assert isinstance(below, dict)
        folder = below
    folder[path.name] = node


def sha256(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}/{len(content)}"


@pytest.mark.parametrize("name", ["a fetched module", "go.work", "assembly with headers"])
def test_an_action_is_what_a_cluster_reads(machine: Machine, name: str) -> None:
    action = machine.action(machine.write(SHAPES[name]))
    messages = {
        "Action": action_message(action.command, action.inputs.root).SerializeToString(deterministic=True),
        "Command": command_message(action.command).SerializeToString(deterministic=True),
    }

    answer = ask(messages, tree_of(action))

    assert {kind: answer[kind]["bytes"] for kind in messages} == {kind: one.hex() for kind, one in messages.items()}  # type: ignore[index]
    assert str(action.digest) == sha256(messages["Action"])
    assert answer["root"] == str(action.inputs.root)
    fields = answer["Action"]["fields"]  # type: ignore[index]
    assert fields["command_digest"] == _digest(sha256(messages["Command"]))
    assert fields["input_root_digest"] == _digest(str(action.inputs.root))


def _digest(text: str) -> dict[str, str]:
    """As protobuf's JSON has it: 64-bit numbers are text."""
    hashed, _, size = text.partition("/")
    return {"hash": hashed, "size_bytes": size}


def test_a_command_says_what_is_run(machine: Machine) -> None:
    action = machine.action(machine.write(SHAPES["go.work"]))
    content = command_message(action.command).SerializeToString(deterministic=True)

    fields = ask({"Command": content}, {})["Command"]["fields"]  # type: ignore[index]

    assert fields["arguments"] == [
        "/bin/sh", "../launch", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-tags=",
        "-ldflags=-s -w -buildid=", "-o", "lambdabuild.out", "./app",
    ]  # fmt: skip
    assert fields["working_directory"] == "src"
    assert fields["output_paths"] == ["lambdabuild.out"]
    assert "platform" not in fields
    variables = {one["name"]: one.get("value", "") for one in fields["environment_variables"]}
    assert list(variables) == sorted(variables)
    assert variables == {
        "CGO_ENABLED": "0",
        "GOAMD64": "v1",
        "GOARCH": "amd64",
        "GODEBUG": "",
        "GOENV": "off",
        "GOEXPERIMENT": "",
        "GOFIPS140": "off",
        "GOFLAGS": "",
        "GOOS": "linux",
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "LC_ALL": "C",
    }


def test_variables_outputs_and_properties_are_sorted() -> None:
    fields = ask({"Command": command_message(BARE).SerializeToString()}, {})["Command"]["fields"]  # type: ignore[index]

    assert fields["environment_variables"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert fields["output_paths"] == ["a", "z"]
    assert fields["platform"] == {"properties": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}


def test_the_platform_stands_in_the_action_too() -> None:
    """Since REAPI 2.2 a cluster may look there alone."""
    fields = ask({"Action": action_message(BARE, ROOT).SerializeToString()}, {})["Action"]["fields"]  # type: ignore[index]

    assert fields["platform"] == {"properties": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}


def test_the_order_in_which_facts_were_found_is_no_part_of_a_digest() -> None:
    other_way = replace(
        BARE,
        env=dict(reversed(list(BARE.env.items()))),
        outputs=BARE.outputs[::-1],
        properties=dict(reversed(list(BARE.properties.items()))),
    )

    assert action_digest(other_way, ROOT) == action_digest(BARE, ROOT)


@pytest.mark.parametrize(
    "other",
    [
        replace(BARE, argv=(*BARE.argv, "x")),
        replace(BARE, argv=BARE.argv[::-1]),
        replace(BARE, env={**BARE.env, "A": "2"}),
        replace(BARE, working_directory=PurePosixPath("lib")),
        replace(BARE, outputs=("z",)),
        replace(BARE, properties={}),
    ],
)
def test_every_fact_of_a_command_is_a_part_of_the_digest(other: Command) -> None:
    assert action_digest(other, ROOT) != action_digest(BARE, ROOT)


def test_the_input_root_is_a_part_of_the_digest() -> None:
    assert action_digest(BARE, ROOT) != action_digest(BARE, replace(ROOT, size=2))
