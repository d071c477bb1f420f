"""A rendering process: reads HTML from its standard input, writes PDFs to its standard output, and knows nothing else.

It is started without settings or secrets in its environment, limits its own memory, and cuts itself off the network
where the system lets it. Whatever goes wrong in it costs one document.
"""

import contextlib
import ctypes
import os
import resource
import sys

from services.reports.rendering.frames import DONE, FAILED, frame, receive, unpack_assets

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def main() -> None:
    """Work until the input ends."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _leave_network()
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing that prints may come between two answers

    from services.reports.rendering.pdf import Renderer

    first = receive(requests)
    if first is None:
        return
    renderer = Renderer(unpack_assets(first))
    answers.write(frame(DONE))
    answers.flush()
    while (html := receive(requests)) is not None:
        try:
            answer = DONE + renderer.render(html.decode())
        except Exception as error:  # noqa: BLE001 - the service hears of it; the next letter may be fine
            answer = FAILED + type(error).__name__.encode()
        answers.write(frame(answer))
        answers.flush()


def _leave_network() -> None:
    """Move into an empty network of our own. What the system refuses (containers do) stays as it is."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.unshare(CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET)


if __name__ == "__main__":
    main()
