"""Proxies of the environment: which requests take them, and what is said when they fail."""

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.proxies import Proxies
from lambdabuild.model.reference import ImageReference
from tests.support.faulty import Reply, Seen, faulty_server
from tests.support.registry import basic_header, free_port
from tests.support.registry_client import Machine


def proxy_of(url: str, **environ: str) -> str | None:
    return Proxies.from_environment(environ).for_url(url).get(url.partition(":")[0])


def test_each_scheme_has_its_proxy() -> None:
    environ = {"HTTP_PROXY": "http://one.test:1", "https_proxy": "two.test:2"}
    assert proxy_of("http://a.test/", **environ) == "http://one.test:1"
    assert proxy_of("https://a.test/", **environ) == "http://two.test:2"
    assert proxy_of("https://a.test/", ALL_PROXY="http://all.test") == "http://all.test"
    assert proxy_of("https://a.test/", HTTP_PROXY="http://one.test:1") is None


@pytest.mark.parametrize("url", ["http://localhost:5000/", "http://127.0.0.1/", "http://[::1]:5000/"])
def test_loopback_has_no_proxy(url: str) -> None:
    assert proxy_of(url, HTTP_PROXY="http://one.test:1") is None


@pytest.mark.parametrize(
    ("no_proxy", "url", "bypassed"),
    [
        ("*", "http://a.test/", True),
        ("a.test", "http://a.test/", True),
        ("a.test", "http://b.a.test/", True),
        ("a.test", "http://ba.test/", False),
        (".a.test", "http://a.test/", False),
        (".a.test", "http://b.a.test/", True),
        ("*.a.test", "http://b.a.test/", True),
        ("x.test, A.test", "http://a.test:5000/", True),
        ("a.test:5000", "http://a.test:5000/", True),
        ("a.test:5000", "http://a.test/", False),
        ("a.test:80", "http://a.test/", True),
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8", "http://11.1.2.3/", False),
        ("10.1.2.3", "http://10.1.2.3:5000/", True),
        ("fd00::/8", "http://[fd00::1]/", True),
        ("", "http://a.test/", False),
    ],
)
def test_no_proxy_is_read_as_engines_read_it(no_proxy: str, url: str, bypassed: bool) -> None:
    found = proxy_of(url, HTTP_PROXY="http://one.test:1", NO_PROXY=no_proxy)
    assert (found is None) == bypassed


def test_requests_go_through_the_proxy(machine: Machine) -> None:
    def proxy(seen: Seen) -> Reply:
        return Reply(status=404 if seen.path.startswith("http://") else 405)

    machine.allow_plain("registry.test")
    with faulty_server(proxy) as server:
        machine.environ["HTTPS_PROXY"] = machine.environ["HTTP_PROXY"] = f"http://alice:secret@{server.host}"
        with pytest.raises(EnvironmentFailure, match=r"`registry\.test` has no such image"):
            machine.client().facts(ImageReference.parse("registry.test/app:1"))
    assert server.paths() == ["registry.test:443", "http://registry.test/v2/app/manifests/1"]
    login = basic_header("alice", "secret")
    assert [seen.headers["proxy-authorization"] for seen in server.seen] == [login, login]


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_refuses_is_said_so_without_its_password(machine: Machine, status: int) -> None:
    with faulty_server(lambda _: Reply(status=status)) as server:
        machine.environ["HTTPS_PROXY"] = f"http://alice:secret@{server.host}"
        with pytest.raises(EnvironmentFailure) as caught:
            machine.client().facts(ImageReference.parse("registry.test/app:1"))
    assert caught.value.message == "`registry.test/app:1`: the proxy does not lead to `registry.test`"
    assert caught.value.hint == "check the network, and `HTTPS_PROXY` and `NO_PROXY`"


def test_a_proxy_that_is_not_there_is_said_so(machine: Machine) -> None:
    machine.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(EnvironmentFailure, match=r"the proxy does not lead to `registry\.test`"):
        machine.client().facts(ImageReference.parse("registry.test/app:1"))
