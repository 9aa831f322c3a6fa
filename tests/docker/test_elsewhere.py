"""Engines that do not see the files of this machine, or are spoken to over TLS: files are copied in and out."""

import pytest

from tests.support.docker_project import SPEC

NATIVE = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]")

pytestmark = pytest.mark.timeout(300)
