"""What a path of the command line holds, where we may not read all of it."""

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.pipeline.opening import open_artifact
from tests.support.nobody import unprivileged


@pytest.mark.parametrize(("name", "mode"), [("secret", 0o200), ("closed/secret", 0o600)])
def test_what_we_may_not_read_is_no_finding(name: str, mode: int) -> None:
    """Lambda may be able to: a file, and a folder that is closed to us."""
    with unprivileged() as home:
        folder = home / "function"
        secret = folder / name
        secret.parent.mkdir(parents=True)
        secret.write_bytes(b"x")
        secret.chmod(mode)
        if secret.parent != folder:
            secret.parent.chmod(0)

        with pytest.raises(UsageError) as caught:
            open_artifact(str(folder), home)

        secret.parent.chmod(0o700)
        assert caught.value.message == f"`{folder}` cannot be read: Permission denied: `{name.partition('/')[0]}`"
        assert caught.value.hint == "name a zip, a folder, or a file"
