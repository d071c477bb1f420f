#!/standin/venv/bin/python
"""Stands in for Garage: the part of its administration API v2 that bootstrap.py asks, before the S3 server nanio.

`garage -c FILE server` runs it, `garage -c FILE status` says by its exit code whether it runs. It wants the token, and
things in Garage's order (layout, key, bucket, right), and answers with Garage's codes.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from minio import Minio

ADMIN_PORT, S3_PORT = 3903, 3900


class Refused(Exception):
    """Refused as Garage would: with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class StandIn:
    """The state that Garage would keep, in one file, and nanio once there is a key."""

    def __init__(self, config: dict[str, Any]) -> None:
        if not (config["metadata_fsync"] and config["data_fsync"]):
            sys.exit("an acknowledged object would not be on the disk")
        if not re.fullmatch("[0-9a-f]{64}", Path(config["rpc_secret_file"]).read_text()):
            sys.exit("rpc_secret_file is not 32 bytes in hexadecimal")
        self.token = Path(config["admin"]["admin_token_file"]).read_text().strip()
        self.folder = Path(config["data_dir"])
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "state.json"
        fresh: dict[str, Any] = {"version": 0, "staged": [], "role": None, "key": None, "buckets": {}, "allowed": []}
        self.state = json.loads(self.file.read_text()) if self.file.exists() else fresh
        self.nanio: subprocess.Popen[bytes] | None = None
        if self.state["key"]:
            self.start_nanio()

    def answer(self, call: str, query: dict[str, str], body: Any) -> Any:
        """One call of the API. Raises Refused."""
        state = self.state
        if call == "GetClusterStatus":
            return {"layoutVersion": state["version"], "nodes": [{"id": "a" * 64, "isUp": True, "role": state["role"]}]}
        if call == "UpdateClusterLayout":
            state["staged"] = body["roles"]
            return {"version": state["version"], "stagedRoleChanges": state["staged"]}
        if call == "ApplyClusterLayout":
            if body["version"] != state["version"] + 1 or not state["staged"]:
                raise Refused(400)
            state.update(version=body["version"], role=state["staged"][0], staged=[])
            return {"message": [], "layout": {"version": state["version"]}}
        if not state["role"]:
            raise Refused(503)  # no quorum before there is a layout
        if call == "ImportKey":
            return self.import_key(body)
        if call == "GetBucketInfo":
            if query["globalAlias"] not in state["buckets"]:
                raise Refused(404)
            return {"id": state["buckets"][query["globalAlias"]]}
        if call == "CreateBucket":
            state["buckets"][body["globalAlias"]] = os.urandom(32).hex()
            return {"id": state["buckets"][body["globalAlias"]]}
        if call == "AllowBucketKey":
            (name,) = (name for name, bucket in state["buckets"].items() if bucket == body["bucketId"])
            self.make_bucket(name)
            state["allowed"] = [body]
            return {"id": body["bucketId"]}
        raise Refused(404)

    def import_key(self, body: dict[str, str]) -> dict[str, str]:
        """Take our key, if it has Garage's form."""
        if self.state["key"]:
            raise Refused(409)
        if not re.fullmatch("GK[0-9a-f]{24}", body["accessKeyId"]) or not re.fullmatch(
            "[0-9a-f]{64}", body["secretAccessKey"]
        ):
            raise Refused(400)
        self.state["key"] = [body["accessKeyId"], body["secretAccessKey"]]
        self.start_nanio()
        return {"accessKeyId": body["accessKeyId"]}

    def start_nanio(self) -> None:
        """The S3 server, with our key."""
        access_key, secret_key = self.state["key"]
        self.nanio = subprocess.Popen(
            [
                *(sys.executable, "-m", "nanio", "serve", "--data-dir", str(self.folder / "objects")),
                *("--host", "0.0.0.0", "--port", str(S3_PORT), "--log-level", "warning", "--no-access-log"),  # noqa: S104
            ],
            env={**os.environ, "NANIO_ACCESS_KEY": access_key, "NANIO_SECRET_KEY": secret_key},
        )

    def make_bucket(self, name: str) -> None:
        """Make the bucket in nanio, which may just be starting."""
        access_key, secret_key = self.state["key"]
        client = Minio(
            f"127.0.0.1:{S3_PORT}", access_key=access_key, secret_key=secret_key, secure=False, region="us-east-1"
        )
        for _ in range(50):
            try:
                if not client.bucket_exists(name):
                    client.make_bucket(name)
            except Exception:  # noqa: BLE001 - whatever it is, it is not up yet
                time.sleep(0.2)
            else:
                return
        raise Refused(500)


def serve(config: dict[str, Any]) -> None:
    """Answer until SIGTERM."""
    stand_in = StandIn(config)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body: Any) -> None:
            address = urllib.parse.urlsplit(self.path)
            status, answer = 200, None
            if address.path == "/health":
                answer = "ok"
            elif self.headers.get("Authorization") != f"Bearer {stand_in.token}":
                status = 403
            else:
                try:
                    query = dict(urllib.parse.parse_qsl(address.query))
                    answer = stand_in.answer(address.path.removeprefix("/v2/"), query, body)
                    stand_in.file.write_text(json.dumps(stand_in.state))
                except Refused as refused:
                    status = refused.status
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    def stop(*_: object) -> None:
        if stand_in.nanio is not None:
            stand_in.nanio.terminate()
            stand_in.nanio.wait(20)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    ThreadingHTTPServer(("0.0.0.0", ADMIN_PORT), Handler).serve_forever()  # noqa: S104 - a container's


def main() -> None:
    """`-c FILE server` or `-c FILE status`."""
    file, command = Path(sys.argv[2]), sys.argv[3]
    if command == "status":
        urllib.request.urlopen(f"http://127.0.0.1:{ADMIN_PORT}/health", timeout=3).close()
    else:
        serve(tomllib.loads(file.read_text()))


if __name__ == "__main__":
    main()
