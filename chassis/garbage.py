"""The garbage collector of a process that answers requests."""

import gc


def settle_down() -> None:
    """Let the garbage collector look at what requests leave, seldom, and never again at what the process was made of.

    A request makes thousands of objects and hardly a cycle; looking through all modules for one took 30 ms at a time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
