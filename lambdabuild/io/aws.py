"""Asks Lambda what a function runs, with boto3 and the credentials that it finds; nothing is ever changed there.

Sources: Lambda API reference, GetFunctionConfiguration (one right, and no address of the code in its answer);
boto3's guide, "Credentials" and "Configuration".
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lambdabuild.errors import EnvironmentFailure, LambdabuildError, UsageError
from lambdabuild.io.text import printable
from lambdabuild.model.deployed import LiveFunction
from lambdabuild.model.platform import OF_LAMBDA

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_USER_INFO: Final = re.compile(r"(?<=://).*@")
"""Of an address, up to the last `@`: a password may have any character."""

_LONG_WORD: Final = re.compile(r"\S{25,}")
"""Keys, tokens and signatures; names of headers and parameters are shorter."""

_QUOTED: Final = re.compile(r"'.*'")

_ARN = re.compile(r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):\d{12}:function:[^:]+(:[^:]+)?")
_PERMISSION: Final = "lambda:GetFunctionConfiguration"

_CONNECT, _READ, _ATTEMPTS = 10, 30, 3
"""Seconds, seconds, and how often in all."""

_ABSENT: Final = frozenset(["ResourceNotFoundException"])
_WRONG: Final = frozenset(["ValidationException", "InvalidParameterValueException"])
_FORBIDDEN: Final = frozenset(["AccessDeniedException", "AccessDenied"])
_STRANGER: Final = frozenset(
    ["UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken",
     "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException"]
)  # fmt: skip
_BUSY: Final = frozenset(["TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which function of which account: `name` is a name or an ARN, the rest as on the command line."""

    name: str
    qualifier: str | None = None
    region: str | None = None
    profile: str | None = None


def live_function(asking: Asking, environ: Mapping[str, str]) -> LiveFunction:
    """What Lambda says of it.

    UsageError for a function, a version or a profile that is not there, and for an image; EnvironmentFailure where AWS
    cannot be asked, or does not answer.
    """
    _require_boto3()
    region = _region(asking, environ)
    with _told(asking, region):
        client = _client(asking, region)
        region = str(client.meta.region_name)
    with _told(asking, region):
        qualifier = {} if asking.qualifier is None else {"Qualifier": asking.qualifier}
        said: Mapping[str, Any] = client.get_function_configuration(FunctionName=asking.name, **qualifier)
    return _read(said, region)


def _require_boto3() -> None:
    try:
        import boto3  # noqa: F401 - whether it is here
    except ImportError as error:
        raise EnvironmentFailure(
            "boto3, by which AWS is asked, is not installed", hint="run `pip install 'lambdabuild[aws]'`"
        ) from error


def _region(asking: Asking, environ: Mapping[str, str]) -> str | None:
    """An ARN says its region; boto3 itself does not read AWS_REGION, which AWS's other tools do."""
    arn = _ARN.fullmatch(asking.name)
    if arn is None:
        if asking.name.startswith("arn:"):
            raise UsageError(
                f"`{printable(asking.name)}` is not the ARN of a function",
                hint="write it like `arn:aws:lambda:eu-west-1:123456789012:function:orders`",
            )
        return asking.region or environ.get("AWS_REGION") or None
    if asking.region not in (None, arn["region"]):
        raise UsageError(f"`{asking.name}` is not in `--region {asking.region}`", hint="leave `--region` out")
    return arn["region"]


def _client(asking: Asking, region: str | None) -> Any:
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
    config = Config(connect_timeout=_CONNECT, read_timeout=_READ, retries=retries)
    return boto3.Session(profile_name=asking.profile, region_name=region).client("lambda", config=config)


def _read(said: Mapping[str, Any], region: str) -> LiveFunction:
    if said.get("PackageType") == "Image":
        raise UsageError(
            f"`{said['FunctionName']}` in {region} is deployed as a container image, and has no zip to compare",
            hint="name a function that is deployed as a zip with `--name`",
        )
    return LiveFunction(
        name=said["FunctionName"],
        arn=said["FunctionArn"],
        region=region,
        version=said["Version"],
        code_sha256=said["CodeSha256"],
        last_modified=said["LastModified"],
        runtime=said["Runtime"],
        architectures=tuple(OF_LAMBDA[one] for one in said.get("Architectures", ["x86_64"])),
    )


@contextmanager
def _told(asking: Asking, region: str | None) -> Iterator[None]:
    """Turn what botocore raises into an error of ours."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _refusal(asking, region, error) from error
    except BotoCoreError as error:
        raise _failure(asking, error) from error
    except (ValueError, OSError) as error:  # an address that is none, a credential_process that cannot run
        said = _shown(str(error))
        if isinstance(error, ValueError):  # of an address that is not understood it quotes any piece
            said = _QUOTED.sub("'…'", said)
        raise EnvironmentFailure(
            f"AWS cannot be asked: {said}",
            hint="check AWS_ENDPOINT_URL, and the settings of the profile (`credential_process`)",
        ) from error


def _refusal(asking: Asking, region: str | None, error: "ClientError") -> LambdabuildError:
    """What AWS answered."""
    code, said = str(error.response["Error"]["Code"]), _shown(error.response["Error"].get("Message", ""))
    what = f"`{asking.name}`" + (f" with the qualifier `{asking.qualifier}`" if asking.qualifier else "")
    if code in _ABSENT:
        return UsageError(
            f"there is no function {what} in {region}",
            hint="name it as it is deployed with `--name`, and where with `--region`, `--profile`, `--qualifier`",
        )
    if code in _WRONG:
        return UsageError(f"AWS does not take {what}: {said}", hint="check `--name` and `--qualifier`")
    if code in _FORBIDDEN:
        return EnvironmentFailure(
            f"AWS does not let you see {what} in {region}: {said}",
            hint=f"have `{_PERMISSION}` allowed, or take other credentials with `--profile`",
        )
    if code in _STRANGER:
        return EnvironmentFailure(
            f"AWS does not accept the credentials: {code}: {_first_sentence(said)}",
            hint="log in again, or take other credentials with `--profile`",
        )
    if code in _BUSY:
        return EnvironmentFailure(
            f"AWS has too many requests of this account: {code}, {_ATTEMPTS} times",
            hint="try again later",
            temporary=True,
        )
    return EnvironmentFailure(f"AWS does not say what {what} in {region} is: {code}: {said}", hint="try again later")


def _failure(asking: Asking, error: "BotoCoreError") -> LambdabuildError:
    """What botocore could not do before AWS answered."""
    from botocore import exceptions as boto

    said = _shown(str(error))
    match error:
        case boto.ProfileNotFound():
            return UsageError(
                f"there is no AWS profile `{error.kwargs['profile']}`", hint="`aws configure list-profiles` lists them"
            )
        case boto.NoRegionError():
            return EnvironmentFailure(
                f"the AWS region of `{asking.name}` is not known", hint="give `--region`, or set AWS_REGION"
            )
        case boto.InvalidRegionError() | boto.ParamValidationError():
            return UsageError(f"AWS cannot be asked for that: {said}", hint="check `--name`, `--qualifier`, `--region`")
        case boto.NoCredentialsError():
            return EnvironmentFailure(
                "there are no AWS credentials here",
                hint="log in (`aws sso login`, `aws configure`), set AWS_PROFILE, or give `--profile`",
            )
        case boto.ConnectionError() | boto.HTTPClientError():
            return EnvironmentFailure(
                f"AWS cannot be reached: {said}",
                hint="check the network, the proxy, `--region` and AWS_ENDPOINT_URL",
                temporary=True,
            )
    return EnvironmentFailure(
        f"AWS cannot be asked: {said}", hint="check the profile, its credentials, and that you are logged in"
    )


def _shown(text: str) -> str:
    """Another program's words as a part of a line of ours."""
    return printable(_USER_INFO.sub("", " ".join(text.split()))).rstrip(".")


def _first_sentence(said: str) -> str:
    """Of what AWS says of a signature: the rest repeats the request with its session token, which ends up in logs."""
    return _LONG_WORD.sub("…", said.partition(". ")[0])
