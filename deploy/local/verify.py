"""`make verify`: each service recomputes what it keeps and compares, on the data of the running house.

Balances from postings, outbox against inbox, archive against rows, receipt chains: what a service checks stands in
its README; this runs `python -m services.<name> verify` for all of them, then compares what they know of each other
(`reconcile`). What is under way just now is no finding. The exit code is 0 when every book agrees.
"""

import sys

from deploy.local import reconcile
from deploy.local.house import House
from deploy.local.run import CannotStart, Options
from deploy.local.topology import SERVICES, Settings, fixed_ports, settings

PATIENCE_S = 20


def between(house: Settings, patience_s: float = PATIENCE_S) -> list[str]:
    """What the services know otherwise than each other, one line each."""
    with reconcile.verifying(house) as databases:
        return reconcile.standing(lambda: reconcile.check(databases), patience_s)


def main() -> int:
    """The exit code of `make verify`."""
    try:
        options = Options.from_environment()
    except CannotStart as fault:
        print(fault, file=sys.stderr)
        return 1
    if not (options.data / "secrets").is_dir():
        print(f"There is no house in {options.data}: start one with `make run`, or name its folder with DATA=…")
        return 1
    chosen = settings(options.data, fixed_ports(options.base_port, options.web_port, options.workers), demo=True)
    if not chosen.postgres.ready():
        print(f"PostgreSQL does not answer on port {chosen.postgres.port}: `make verify` checks a running house")
        return 1
    wrong = House(chosen, options.data).verify()
    differences = between(chosen)
    for difference in differences:
        print(f"between: {difference}")
    wrong += ["what they know of each other"] if differences else []
    print(f"verify: {', '.join(wrong)} failed" if wrong else f"verify: {', '.join(SERVICES)} agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
