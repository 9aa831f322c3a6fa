"""Groups: as few compilers as can be, and never two binaries of one name in one."""

from lambdabuild.model.artifact import Selection
from lambdabuild.model.platform import Architecture
from tests.support.golang import GO
from tests.support.planning import Machine
from tests.support.shapes import SHAPES


def groups(machine: Machine, name: str, selection: Selection | None = None) -> list[list[str]]:
    plan = machine.plan(machine.write(SHAPES[name]), selection=selection)
    return [[f"{action.function} {action.architecture}" for action in group.actions] for group in plan.groups]


def test_one_group_is_one_module_and_one_architecture(machine: Machine) -> None:
    assert groups(machine, "cmd monorepo") == [["a arm64", "b arm64"], ["a amd64", "b amd64"]]


def test_each_module_has_its_groups(machine: Machine) -> None:
    assert groups(machine, "two modules") == [["one arm64"], ["one amd64"], ["two arm64"], ["two amd64"]]


def test_modules_of_a_workspace_share_a_group(machine: Machine) -> None:
    assert groups(machine, "go.work with a fetched module") == [["app arm64", "lib arm64"], ["app amd64", "lib amd64"]]


def test_binaries_of_one_name_are_kept_apart(machine: Machine) -> None:
    """Go would overwrite the one with the other, and exit 0."""
    assert groups(machine, "two mains of one name") == [["x arm64"], ["y arm64"], ["x amd64"], ["y amd64"]]


def test_a_selection_is_all_that_is_planned(machine: Machine) -> None:
    chosen = Selection(functions=frozenset({"b"}), architectures=frozenset({Architecture.AMD64}))

    assert groups(machine, "cmd monorepo", chosen) == [["b amd64"]]


def test_a_plan_lists_its_actions_by_name(machine: Machine) -> None:
    plan = machine.plan(machine.write(SHAPES["cmd monorepo"]))

    listed = [(action.function, str(action.architecture)) for action in plan.actions]
    assert listed == [("a", "amd64"), ("a", "arm64"), ("b", "amd64"), ("b", "arm64")]


def test_a_group_is_what_go_is_told(machine: Machine) -> None:
    project = machine.write(SHAPES["cmd monorepo"])

    group = machine.plan(project).groups[0]

    assert (group.toolchain, group.folder) == (machine.toolchain, project)
    assert group.toolchain.version == GO
    assert [action.package for action in group.actions] == ["./cmd/a", "./cmd/b"]
    assert [action.binary for action in group.actions] == ["a", "b"]
    assert group.env["GOWORK"] == "off"
