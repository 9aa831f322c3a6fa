"""What a project without a spec holds: Go's mains, the files that deploy them, and the spec drafted from both."""

from lambdabuild.discovery.deployments import Deployment, deployments, unsynthesized
from lambdabuild.discovery.drafting import Drafted, draft
from lambdabuild.discovery.mains import STARTERS, discover

__all__ = ["STARTERS", "Deployment", "Drafted", "deployments", "discover", "draft", "unsynthesized"]
