"""`make verify`: each service recomputes what it keeps and compares, on the data of the running house.

Balances from postings, outbox against inbox, archive against rows, receipt chains: what a service checks stands in
its README; this only runs `python -m services.<name> verify` for all of them and adds up. The exit code is 0 when
every book agrees.
"""

import sys

from deploy.local.house import House
from deploy.local.run import CannotStart, Options
from deploy.local.topology import SERVICES, fixed_ports, settings


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
    print(f"verify: {', '.join(wrong)} failed" if wrong else f"verify: {', '.join(SERVICES)} agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
