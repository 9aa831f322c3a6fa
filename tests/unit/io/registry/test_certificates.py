"""Certificates: what is not trusted is refused, and every place where trust may come from is read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.trust import Trust
from lambdabuild.model.reference import ImageReference
from tests.support.certificates import Certificate, self_signed
from tests.support.registry import Image, RunningRegistry, running_registry
from tests.support.registry_client import Machine


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[RunningRegistry]:
    """A registry whose certificate no one knows."""
    with running_registry(tmp_path_factory.mktemp("secure"), certificate=certificate) as running:
        running.push_image("app", Image(), "1")
        yield running


def image(registry: RunningRegistry) -> ImageReference:
    return ImageReference.parse(f"{registry.host}/app:1")


def test_a_certificate_that_no_one_knows_is_refused(machine: Machine, secure: RunningRegistry) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.client().facts(image(secure))
    host = secure.host
    assert caught.value.message == (
        f"`{host}/app:1`: the certificate of `{host}` is not trusted: self-signed certificate"
    )
    assert caught.value.hint == (
        f"put its authority into `/etc/containers/certs.d/{host}/ca.crt`, or name a CA bundle with `REQUESTS_CA_BUNDLE`"
    )
    assert machine.slept == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_is_trusted(
    machine: Machine, secure: RunningRegistry, certificate: Certificate, variable: str
) -> None:
    machine.environ[variable] = str(certificate.certificate)
    assert machine.client().facts(image(secure)).platforms


@pytest.mark.parametrize("folder", [".config/containers/certs.d", ".docker/certs.d"])
def test_a_registry_has_its_own_authorities(
    machine: Machine, secure: RunningRegistry, certificate: Certificate, folder: str
) -> None:
    place = machine.folder / folder / secure.host
    place.mkdir(parents=True)
    shutil.copy(certificate.certificate, place / "ca.crt")
    assert machine.client().facts(image(secure)).platforms


def test_the_authorities_of_another_host_do_not_count(
    machine: Machine, secure: RunningRegistry, certificate: Certificate
) -> None:
    place = machine.folder / ".docker/certs.d/127.0.0.1:1"
    place.mkdir(parents=True)
    shutil.copy(certificate.certificate, place / "ca.crt")
    with pytest.raises(EnvironmentFailure, match="is not trusted"):
        machine.client().facts(image(secure))


def test_insecure_is_tls_without_verification_first(machine: Machine, secure: RunningRegistry) -> None:
    machine.allow_plain(secure.host)
    assert machine.client().facts(image(secure)).platforms


def test_plain_http_has_to_be_allowed(machine: Machine, hub: RunningRegistry) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.client().facts(image(hub))
    assert f"`{hub.host}` does not speak TLS as it should" in caught.value.message
    assert caught.value.hint is not None
    assert f'`location = "{hub.host}"`, `insecure = true`' in caught.value.hint


def test_a_bundle_that_is_not_there_is_named(machine: Machine) -> None:
    machine.environ["SSL_CERT_FILE"] = "/no/such.pem"
    with pytest.raises(EnvironmentFailure, match=r"`/no/such\.pem` is named as a CA bundle and does not exist"):
        machine.client()


def test_an_authority_that_is_no_certificate_is_named(machine: Machine, secure: RunningRegistry) -> None:
    path = machine.folder / ".docker/certs.d" / secure.host / "ca.crt"
    path.parent.mkdir(parents=True)
    path.write_text("not PEM")
    with pytest.raises(EnvironmentFailure, match=f"`{path}` cannot be read as a PEM certificate"):
        machine.client().facts(image(secure))


def test_a_client_certificate_goes_with_its_key(tmp_path: Path) -> None:
    place = tmp_path / "etc/docker/certs.d/public.ecr.aws"
    made = self_signed(place)
    client = made.certificate.rename(place / "client.cert")
    key = made.key.rename(place / "client.key")
    (place / "lonely.cert").touch()
    trust = Trust.from_environment({"HOME": str(tmp_path)}, tmp_path).for_host("public.ecr.aws")
    assert (trust.client, trust.authorities) == ((str(client), str(key)), ())
