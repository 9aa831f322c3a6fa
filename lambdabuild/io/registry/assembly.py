"""The client put together from an environment; the only module that imports all the others."""

from collections.abc import Mapping

from lambdabuild.io.registry.authorization import Authorizer
from lambdabuild.io.registry.credentials import DockerLogins
from lambdabuild.io.registry.endpoint import Endpoint
from lambdabuild.io.registry.proxies import Proxies
from lambdabuild.io.registry.retry import Clock, Patience, Retries
from lambdabuild.io.registry.transport import Limits, Transport
from lambdabuild.io.registry.trust import Trust


def assemble(environ: Mapping[str, str], *, clock: Clock = Clock(), limits: Limits = Limits()) -> Endpoint:  # noqa: B008 - both are frozen
    """An endpoint with this environment's logins, proxies and authorities."""
    transport = Transport(
        proxies=Proxies.from_environment(environ),
        trust=Trust.from_environment(environ),
        clock=clock,
        limits=limits,
    )
    return Endpoint(
        transport,
        Authorizer(transport, DockerLogins(environ)),
        Retries(patience=Patience(), clock=clock),
    )
