"""A plan, as text or as one document."""

import json
import shlex

from lambdabuild.model.plan import Action, Plan
from lambdabuild.report.style import Style, data

_IMAGE = "container-image"
"""The property of a platform by which clusters know it."""


def show_plan(plan: Plan, style: Style) -> None:
    """Actions on stdout: with `-v` each input too."""
    if style.as_json:
        document = {"version": 1, "actions": [_document(action) for action in plan.actions]}
        data(json.dumps(document, indent=2) + "\n")
        return
    for action in plan.actions:
        data(_text(action, style))


def _document(action: Action) -> dict[str, object]:
    what = action.command
    return {
        "function": action.function,
        "architecture": str(action.architecture),
        "digest": str(action.digest),
        "argv": list(what.argv),
        "environment": dict(what.env),
        "working_directory": str(what.working_directory),
        "outputs": list(what.outputs),
        "platform": dict(what.properties),
        "input_root": str(action.inputs.root),
        "inputs": [{"path": path, "digest": str(digest)} for path, digest in action.inputs.nodes],
    }


def _text(action: Action, style: Style) -> str:
    what, inputs = action.command, action.inputs
    lines = [
        f"{action.function} {action.architecture}",
        f"  action      {action.digest}",
        f"  inputs      {len(inputs.nodes)} ({len(inputs.trees)} whole trees), root {inputs.root}",
        f"  folder      {what.working_directory}",
        *(f"  image       {image}" for name, image in what.properties.items() if name == _IMAGE),
        f"  environment {shlex.join(f'{name}={value}' for name, value in what.env.items())}",
        f"  argv        {shlex.join(what.argv)}",
    ]
    if style.verbose:
        lines.extend(f"    {digest} {path}" for path, digest in inputs.nodes)
    return "\n".join(lines) + "\n\n"
