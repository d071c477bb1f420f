"""Settings: one frozen dataclass per process, read from the environment once and checked at start.

A field ``grpc_listen`` is read from ``RF_GRPC_LISTEN``. A field of type ``Secret`` is read from a file: its
environment variable holds the path, so that no secret stands in an environment or an image. Any other setting that is
a secret in part, as an address with a password, can be given the same way: ``RF_DATABASE_URL_FILE`` names its file.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

PREFIX = "RF_"


class SettingsFault(Exception):
    """Settings are missing or wrong; the text names each of them, never a value."""


class Secret:
    """A secret read from a file. Its text never shows in logs or reprs."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True)
class Service:
    """What every service needs. Services add their own fields in their ``app.py``."""

    database_url: str
    owner_database_url: str
    verify_database_url: str
    nats_url: str
    grpc_listen: str
    http_listen: str
    token_public_keys: Path
    credential: Secret
    auth_target: str
    log_format: str = "json"
    nats_replicas: int = 1
    database_pool_size: int = 8
    rpc_threads: int = 8
    demo: bool = False


T = TypeVar("T")


def read(kind: type[T], environment: Mapping[str, str] = os.environ) -> T:
    """Read a settings dataclass from the environment.

    Raises SettingsFault that names every variable that is missing or cannot be read.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    hints = get_type_hints(kind)
    for field in fields(kind):  # type: ignore[arg-type]  # kind is a dataclass by contract
        variable = PREFIX + field.name.upper()
        try:
            raw = value(variable, environment)
            if raw is None:
                if not _has_default(field):
                    faults.append(f"{variable} is missing")
                continue
            values[field.name] = _convert(raw, hints[field.name])
        except (ValueError, OSError) as error:
            faults.append(f"{variable}: {type(error).__name__}")
    if faults:
        raise SettingsFault("; ".join(faults))
    return kind(**values)


def value(variable: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """A variable's text, or that of the file which ``<variable>_FILE`` names; None without either. Raises OSError."""
    if variable in environment:
        return environment[variable]
    file = environment.get(f"{variable}_FILE")
    return None if file is None else Path(file).read_text(encoding="utf-8").strip()


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _convert(raw: str, kind: object) -> object:
    if kind is bool:
        return raw.strip().lower() in {"1", "true", "yes", "on"}
    if kind is int:
        return int(raw)
    if kind is Path:
        return Path(raw)
    if kind is Secret:
        return Secret(Path(raw).read_text(encoding="utf-8").strip())
    return raw
