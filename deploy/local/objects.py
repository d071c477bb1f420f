"""The S3 server on this machine: `nanio`, which writes with fsync and atomic rename."""

import sys
from dataclasses import dataclass
from pathlib import Path

import urllib3
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from deploy.local.process import Program

HOST = "127.0.0.1"


@dataclass(frozen=True)
class ObjectStore:
    """An S3 server with one pair of keys."""

    data: Path
    port: int
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        """The address for an S3 client."""
        return f"http://{HOST}:{self.port}"

    def program(self) -> Program:
        """The server as a program to run."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Program(
            name="s3",
            command=[
                *(sys.executable, "-m", "nanio", "serve"),
                *("--data-dir", str(self.data), "--host", HOST, "--port", str(self.port)),
                *("--log-level", "warning", "--no-access-log"),
            ],
            env={"NANIO_ACCESS_KEY": self.access_key, "NANIO_SECRET_KEY": self.secret_key},
            ready=self.ready,
        )

    def client(self) -> Minio:
        """A client that gives up quickly; for set-up, not for serving."""
        return Minio(
            f"{HOST}:{self.port}",
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=False,
            region="us-east-1",
            http_client=urllib3.PoolManager(timeout=5, retries=False, maxsize=8),
        )

    def ready(self) -> bool:
        """Whether it answers a signed request."""
        try:
            self.client().list_buckets()
        except (MinioException, HTTPError, OSError):
            return False
        return True

    def ensure_bucket(self, name: str) -> None:
        """Make a bucket if there is none."""
        client = self.client()
        if not client.bucket_exists(name):
            client.make_bucket(name)
