"""`lambdabuild completion`."""

import sys

import click


@click.command(epilog='\b\nExample:\n  eval "$(lambdabuild completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None, "click knows these three"
    root = context.find_root()
    sys.stdout.write(script(root.command, {}, "lambdabuild", "_LAMBDABUILD_COMPLETE").source() + "\n")
