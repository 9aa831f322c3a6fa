"""The seal of a locked image: it breaks where a pin is moved and the facts beside it are not."""

import hashlib
import json

from lambdabuild.model.lock import LockedImage


def seal(reference: str, image: LockedImage) -> str:
    """SHA-256 over the facts of an image, as JSON with sorted keys and no spaces. The seal itself is left out."""
    facts = {
        "created": image.created,
        "pin": image.pin,
        "platforms": {
            name: {"abi": found.abi, "digest": found.digest, "glibc": found.glibc, "libstdc++": found.libstdcxx}
            for name, found in image.platforms.items()
        },
        "reference": reference,
    }
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
