"""Many inputs through one door: each is answered in time, by a result or by an error of ours.

Every input follows from the seed, the name of the door and its own number, so that one that fails can be made again:
LAMBDABUILD_FUZZ_SEED sets the seed, LAMBDABUILD_FUZZ_TIMES multiplies the number of inputs.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from lambdabuild.errors import LambdabuildError
from tests.robustness.bounds import little_memory, within

SEED = os.environ.get("LAMBDABUILD_FUZZ_SEED", "1")
TIMES = int(os.environ.get("LAMBDABUILD_FUZZ_TIMES", "1"))

_BOUNDARIES = (0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_WIDE_BOUNDARIES = (1 << 32, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)

T = TypeVar("T")


class Field(NamedTuple):
    """A number in a file: where it is, and how many bytes it has."""

    at: int
    width: int


def fuzz(door: str, make: Callable[[Random], T], enter: Callable[[T], object], count: int, kept: Path) -> Counter[str]:
    """Send `count` inputs through a door; how often each outcome came.

    `enter` gives the outcome in a word or two. An input that fails is written to the folder `kept`, if it is bytes.
    """
    outcomes: Counter[str] = Counter()
    began = time.process_time()
    with little_memory():
        for number in range(count * TIMES):
            content = make(Random(f"{SEED} {door} {number}"))
            try:
                with within():
                    outcomes[str(enter(content))] += 1
            except LambdabuildError as error:
                outcomes[type(error).__name__] += 1
            except BaseException as error:
                error.add_note(f"{door}: input {number} of seed {SEED}{_kept(content, kept / f'{door}-{number}')}")
                raise
    seconds = time.process_time() - began
    print(
        f"{door}: {outcomes.total()} inputs of seed {SEED} in {seconds:.1f} s of CPU: {dict(outcomes.most_common(9))}"
    )
    return outcomes


def mutated(content: bytes, groups: Sequence[Sequence[Field]], chance: Random, *, order: str = "little") -> bytes:
    """Another file: a few numbers changed, each of a group by itself chosen, bytes turned, copied or cut off."""
    new = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 5, 8])):
        match chance.randrange(20):
            case 0 if new:
                new[chance.randrange(len(new))] ^= 1 << chance.randrange(8)
            case 1 if new:
                start, end, to = (chance.randrange(len(new)) for _ in range(3))
                piece = new[start:end][: chance.randrange(1, 64)]
                new[to : to + len(piece)] = piece
            case 2 if chance.random() < 0.3:
                del new[chance.randrange(len(new) + 1) :]
            case _:
                _change(new, chance.choice(chance.choice(groups)), chance, len(content), order)
    return bytes(new)


def _change(content: bytearray, field: Field, chance: Random, size: int, order: str) -> None:
    raw = content[field.at : field.at + field.width]
    if len(raw) < field.width:
        return
    little = order == "little"
    value = int.from_bytes(raw, "little" if little else "big")
    match chance.randrange(6):
        case 0:
            other = value + chance.choice([-8, -1, 1, 8, 16, 4096])
        case 1:
            other = chance.choice([size, size - 1, size + 1, size // 2])
        case 2:
            other = value ^ 1 << chance.randrange(8 * field.width)
        case 3:
            other = chance.getrandbits(8 * field.width)
        case 4:
            other = chance.randrange(size + 1)
        case _:
            other = chance.choice(_BOUNDARIES if field.width < 8 else _BOUNDARIES + _WIDE_BOUNDARIES)
    other &= (1 << 8 * field.width) - 1
    content[field.at : field.at + field.width] = other.to_bytes(field.width, "little" if little else "big")


def _kept(content: object, path: Path) -> str:
    if not isinstance(content, bytes):
        return f": {content!r}"
    path.write_bytes(content)
    return f", kept as {path}"
