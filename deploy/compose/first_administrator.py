"""Makes the first administrator of an installation with the token that `auth-migrate` printed; asks for the rest.

    docker-compose logs auth-migrate
    docker-compose run --rm --no-deps --entrypoint python \
      --volume "$PWD/deploy/compose/first_administrator.py:/run/first.py:ro" gateway /run/first.py

docs/runbook/first-start.md tells what comes after.
"""

import getpass
import os
import sys

from chassis.rpc_client import Neighbour
from kernel.errors import DomainError
from rf.auth.v1 import sessions_pb2, users_pb2, users_pb2_grpc


def main() -> None:
    """Ask, make, and say so. The password is asked for twice and shown nowhere."""
    token = input("First-run token: ").strip()
    user = sessions_pb2.User(
        user_name=input("User name: ").strip(),
        first_name=input("First name: ").strip(),
        last_name=input("Last name: ").strip(),
        email=input("E-mail: ").strip(),
        kind=sessions_pb2.USER_KIND_ADMINISTRATOR,
    )
    password = getpass.getpass("Password (12 characters or more): ")
    if getpass.getpass("Again: ") != password:
        sys.exit("The two passwords differ.")
    users = Neighbour("auth", os.environ["RF_AUTH_TARGET"], token=None).stub(users_pb2_grpc.UserServiceStub)
    try:
        users.CreateFirstAdministrator(
            users_pb2.CreateFirstAdministratorRequest(first_run_token=token, user=user, password=password)
        )
    except DomainError as error:
        sys.exit(f"auth refused: {error}")
    sys.stdout.write(f"{user.user_name} is an administrator now.\n")


if __name__ == "__main__":
    main()
