"""Writes `docs/events.md` from the protos: every event with its meaning, subject and fields.

python -m deploy.local.event_catalogue            write it (`make proto` does)
python -m deploy.local.event_catalogue --check    exit code 1 when it is out of date
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from chassis.envelope import subject_of
from deploy.local.protos import ROOT, describe
from deploy.local.topology import SERVICES

PAGE = ROOT / "docs" / "events.md"
REGENERATE = "make proto"

_AGGREGATE = re.compile(r"\s*Aggregate: ([a-z_]+)\.")
_HEAD = """\
# Events

What the services tell each other on the bus. This page is made from `proto/rf/*/v1/events.proto` by `make proto`:
change the comments there, not the text here.

An event is a fact that has happened. It is written to the producer's outbox in the transaction of the fact, carried by
the stream of its service (`LEDGER`, …) and applied exactly once by each consumer, in order within its aggregate. The
payload is the proto message itself; around it travel these headers:

| header | |
|---|---|
| `Nats-Msg-Id`, `ce-id` | UUIDv7 of the event, the key of every duplicate check |
| `ce-type` | full name of the message |
| `ce-source` | the service that tells it: `/rf/ledger` |
| `ce-time` | when it happened |
| `rf-aggregate` | kind and UUID of the aggregate: `invoice/…` |
| `rf-seq` | running number within the aggregate, from 1 without gaps |
| `rf-client` | UUID of the client; missing where it concerns none |

Events hold ids, amounts, days and kinds; no names, addresses, ID numbers or texts, since they are kept for years. Who
needs a name asks for it. Amounts are `rf.type.v1.Money` (integer minor units), days are `rf.type.v1.Date`.
`EventService` of every service repeats its events from the outbox, for a consumer that has a gap or is built anew.
"""


class UnknownAggregate(Exception):
    """An events.proto has a message that neither names its aggregate nor is part of one that does."""


class _Contracts:
    """The protos' messages by full name, with their comments."""

    def __init__(self, described: FileDescriptorSet) -> None:
        self.files = [file for file in described.file if file.package.startswith("rf.")]
        self.comments: dict[str, str] = {}
        self.messages: dict[str, DescriptorProto] = {}
        self.enums: dict[str, EnumDescriptorProto] = {}
        for file in self.files:
            self._read(file)

    def _read(self, file: FileDescriptorProto) -> None:
        said = {tuple(one.path): one.leading_comments for one in file.source_code_info.location}

        def comment(*path: int) -> str:
            return " ".join(said.get(path, "").split())

        for place, message in enumerate(file.message_type):
            name = f"{file.package}.{message.name}"
            self.messages[name] = message
            self.comments[name] = comment(4, place)
            for at, field in enumerate(message.field):
                self.comments[f"{name}.{field.name}"] = comment(4, place, 2, at)
        for enum in file.enum_type:
            self.enums[f"{file.package}.{enum.name}"] = enum

    def of_service(self, service: str) -> Iterator[str]:
        """Full names of the messages of a service's events.proto, in its order."""
        for file in self.files:
            if file.name == f"rf/{service}/v1/events.proto":
                yield from (f"{file.package}.{message.name}" for message in file.message_type)


def page(described: FileDescriptorSet) -> str:
    """The whole page. Raises UnknownAggregate."""
    contracts = _Contracts(described)
    parts = [_HEAD]
    for service in SERVICES:
        events = {name: found[1] for name in contracts.of_service(service) if (found := _aggregate(contracts, name))}
        if not events:
            continue
        parts.append(f"## {service}\n\nStream `{service.upper()}`.\n")
        parts += [_event(contracts, name, aggregate) for name, aggregate in events.items()]
        inner = [name for name in contracts.of_service(service) if name not in events]
        used = {field.type_name[1:] for message in contracts.messages.values() for field in message.field}
        if strangers := [name for name in inner if name not in used]:
            raise UnknownAggregate(f"say `Aggregate: …` in the comment of {', '.join(strangers)}")
        parts += [_part(contracts, name) for name in inner]
    return "\n".join(parts)


def _aggregate(contracts: _Contracts, name: str) -> re.Match[str] | None:
    return _AGGREGATE.search(contracts.comments[name])


def _event(contracts: _Contracts, name: str, aggregate: str) -> str:
    meaning = _AGGREGATE.sub("", contracts.comments[name])
    return (
        f"### {name.rpartition('.')[2]}\n\n{meaning}\n\n"
        f"Aggregate `{aggregate}` · subject `{subject_of(name, aggregate)}`\n\n{_fields(contracts, name)}"
    )


def _part(contracts: _Contracts, name: str) -> str:
    return (
        f"### {name.rpartition('.')[2]} (part of an event)\n\n{contracts.comments[name]}\n\n{_fields(contracts, name)}"
    )


def _fields(contracts: _Contracts, name: str) -> str:
    rows = ["| field | type | |", "|---|---|---|"]
    for field in contracts.messages[name].field:
        said = contracts.comments[f"{name}.{field.name}"]
        rows.append(f"| `{field.name}` | {_type(contracts, field)} | {said} |")
    return "\n".join(rows) + "\n"


def _type(contracts: _Contracts, field: FieldDescriptorProto) -> str:
    many = "list of " if field.label == FieldDescriptorProto.LABEL_REPEATED else ""
    name = field.type_name[1:]
    if name in contracts.enums:
        values = contracts.enums[name].value
        prefix = values[0].name.removesuffix("UNSPECIFIED")
        return many + " · ".join(f"`{value.name.removeprefix(prefix)}`" for value in values[1:])
    if name:
        return f"{many}`{name.rpartition('.')[2]}`"
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    return f"{many}{kind}"


def is_current(described: FileDescriptorSet, path: Path = PAGE) -> bool:
    """Whether the page says what the protos say."""
    return path.exists() and path.read_text(encoding="utf-8") == page(described)


def main() -> int:
    """The exit code."""
    described = describe()
    if is_current(described):
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{PAGE.relative_to(ROOT)} is out of date: run `{REGENERATE}`")
        return 1
    PAGE.write_text(page(described), encoding="utf-8")
    print(f"events: wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
