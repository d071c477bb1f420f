"""A step of the work: one write (or read) with its own id, which may be sent again until its outcome is known."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.resilience.harness.world import World


@dataclass
class Step:
    """What is sent, and what is known once it is answered.

    ``send`` sends the same request with the same id each time. ``learn`` tells the model that it has happened, and
    ``refused`` that it has not and never will; both are called once, under the world's lock.
    """

    send: Callable[[], Any]
    learn: Callable[[Any], None]
    refused: Callable[[str], None] = lambda _: None
    refusals: frozenset[str] = frozenset()  # reasons that are right; any other is a finding
    reads: bool = False  # changes nothing: not sent again, and nothing is unknown after it
    same_answer: bool = True  # sent again it is answered byte for byte as before
    name: str = ""


Operation = Callable[[World, Random], Step | None]

OPERATIONS: dict[str, tuple[Operation, int]] = {}
"""Every operation of the mix by name, with its weight. A new one is a function with `operation` above it."""


def operation(weight: int) -> Callable[[Operation], Operation]:
    """Put an operation in the mix. It makes up a step, or None when there is nothing to do it with yet."""

    def put(made: Operation) -> Operation:
        OPERATIONS[made.__name__] = (made, weight)
        return made

    return put


def next_step(world: World, chance: Random) -> Step | None:
    """A step by lot."""
    [name] = chance.choices(list(OPERATIONS), [weight for _, weight in OPERATIONS.values()])
    with world.lock:
        step = OPERATIONS[name][0](world, chance)
    if step is not None:
        step.name = name
    return step
