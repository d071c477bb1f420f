"""Gives a fresh Garage its layout, our key and our bucket, through its administration API v2. Does nothing twice.

Runs in an image that holds no code of ours but this file, with the standard library alone. GARAGE_ADMIN is the address;
the token lies in /run/secrets/garage_admin, the key's two halves and the bucket's name where files has them.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

CAPACITY_BYTES = 1_000_000_000_000  # of one node, only its share among nodes matters
TRIES = 30
CONFLICT, NOT_FOUND = 409, 404


class Refused(Exception):
    """Garage said no; the message holds the call and the status, never what was sent."""

    def __init__(self, call: str, status: int) -> None:
        super().__init__(f"{call}: {status}")
        self.status = status


class Garage:
    """The administration API at one address."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def ask(self, call: str, body: object = None, **query: str) -> Any:
        """One call. Raises Refused, or OSError when it cannot be reached."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.address}/v2/{call}" + (f"?{urllib.parse.urlencode(query)}" if query else ""),
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Refused(call, error.code) from None

    def ensure_layout(self) -> None:
        """Give the node a role in the cluster, if it has none yet."""
        nodes = self.ask("GetClusterStatus")["nodes"]
        roles = [
            {"id": node["id"], "zone": "one", "capacity": CAPACITY_BYTES, "tags": []}
            for node in nodes
            if node.get("isUp", True) and not node.get("role")
        ]
        if roles:
            staged = self.ask("UpdateClusterLayout", {"roles": roles})
            self.ask("ApplyClusterLayout", {"version": staged["version"] + 1})

    def ensure_key(self, access_key: str, secret_key: str) -> None:
        """Make our key known, if it is not."""
        try:
            self.ask("ImportKey", {"accessKeyId": access_key, "secretAccessKey": secret_key, "name": "klientwebben"})
        except Refused as refused:
            if refused.status != CONFLICT:
                raise

    def ensure_bucket(self, name: str, access_key: str) -> None:
        """Make the bucket, if there is none, and let our key use it."""
        try:
            bucket = self.ask("GetBucketInfo", globalAlias=name)
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            bucket = self.ask("CreateBucket", {"globalAlias": name})
        permissions = {"read": True, "write": True, "owner": False}
        self.ask("AllowBucketKey", {"bucketId": bucket["id"], "accessKeyId": access_key, "permissions": permissions})


def main() -> None:
    """Try until Garage answers, for half a minute."""
    garage = Garage(os.environ["GARAGE_ADMIN"], Path("/run/secrets/garage_admin").read_text().strip())
    access_key = Path(os.environ["RF_S3_ACCESS_KEY_FILE"]).read_text().strip()
    secret_key = Path(os.environ["RF_S3_SECRET_KEY_FILE"]).read_text().strip()
    for left in reversed(range(TRIES)):
        try:
            garage.ensure_layout()
            garage.ensure_key(access_key, secret_key)
            garage.ensure_bucket(os.environ["RF_S3_BUCKET"], access_key)
        except (Refused, OSError) as fault:
            if not left:
                sys.exit(f"garage: {fault}")
            time.sleep(1)
        else:
            break


if __name__ == "__main__":
    main()
