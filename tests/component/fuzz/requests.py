"""Requests: a known good one with some of its fields changed, or one made from the descriptor alone.

What a field means is read from its name, as people do: `client_id`, `postcode`, `half_year`. Ids come from a pool that
grows with every answer, so that later requests reach deeper.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from stdnum import luhn

from tests.component.fuzz import hostile

STRANGER: Final = "Obehörigas Hemlighet"
"""In every name of the second client's data. No answer to the first one's people may hold it."""

MAX_DEPTH: Final = 5
KEPT: Final = 30  # values of one name in the pool, and requests of one RPC
MANY: Final = (2, 3, 101, 201, 1_001, 5_001)

_DIGITS: Final = {
    FieldDescriptor.CPPTYPE_INT32: hostile.INT32,
    FieldDescriptor.CPPTYPE_INT64: hostile.INT64,
    FieldDescriptor.CPPTYPE_UINT32: (2**32 - 1, 0),
    FieldDescriptor.CPPTYPE_UINT64: (2**64 - 1, 0),
}
_GOOD_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "currency_code": ("SEK", "SEK", "SEK", "EUR", "NOK", "XXX"),
    "country_code": ("SE", "", "NO", "ZZ"),
    "postcode": ("81290", "812 90"),
    "half_year": ("2026H2", "2027H1", "2027H2", "2028H1", "2029H2"),
    "id_number": (hostile.PERSONAL_NUMBER, "2021005489"),
    "bankgiro": ("9912346", "55550008"),
    "quantity": ("1", "0.5", "1482"),
    "unit_price": ("39", "0.8742", "349.000000"),
    "discount_percent": ("", "10", "100"),
    "exchange_rate": ("", "11.2345"),
    "email": ("a@example.se", ""),
    "channel": ("BGMAX", "CAMT054", "MANUAL"),
    "kind": ("INVOICE_COPY",),
    "permissions": ("ledger.read", "ledger.register", "sessions"),
    "audience": ("ledger", "auth", "files"),
    "content_type": ("application/pdf",),
    "file_name": ("betalningar.xml",),
    "client_ip": ("192.0.2.1",),
}
_GOOD_NUMBERS: Final[Mapping[str, tuple[int, ...]]] = {
    "page_size": (0, 1, 50, 200),
    "vat_percent": (25, 12, 6, 0),
    "payment_terms_days": (0, 30, 180),
    "basis_points": (200, -50),
    "minor_units": (100, 12_500, 1),
    "version": (0, 1, 2),
    "from_seq": (1, 2),
}


_UNIQUE: Final = {"user_name", "number", "organisation_number", "bank_reference", "subject_id", "invoice_number"}
"""Fields of which there can be only one: a good request can only be sent again with others."""


class Requests:
    """Makes requests, and learns from answers."""

    def __init__(self, chance: Random, clients: list[UUID]) -> None:
        self.chance = chance
        self.known: dict[str, list[str]] = defaultdict(list, {"client_id": [str(client) for client in clients]})
        self.together: list[dict[str, str]] = [{}]  # ids that an answer named in one breath
        self.subject: dict[str, str] = {}  # what the request that is being made is about
        self.good: dict[str, list[list[Message]]] = defaultdict(list)

    # -- what is learned -------------------------------------------------------------------------------------------

    def keep(self, path: str, stream: list[Message]) -> None:
        """Remember a request that was answered: its likes reach the same depth."""
        kept = self.good[path]
        copies = [_copy(message) for message in stream]
        if len(kept) < KEPT:
            kept.append(copies)
        else:
            kept[self.chance.randrange(1, KEPT)] = copies  # the first one, of the world's making, stays

    def learn(self, answer: Message) -> None:
        """Put the ids, numbers and tokens of an answer in the pool."""
        ids = {
            field.name: value
            for field, value in answer.ListFields()
            if field.name.endswith("_id") and not field.is_repeated and isinstance(value, str)
        }
        if len(ids) > 1:
            self.together = [*self.together[-3 * KEPT :], ids]
        for field, value in answer.ListFields():
            values = value if field.is_repeated else [value]
            if field.message_type is not None:
                if not field.message_type.GetOptions().map_entry:
                    for one in list(values)[:5]:
                        self.learn(one)
            elif field.type == FieldDescriptor.TYPE_STRING and _worth_knowing(field.name):
                for one in list(values)[:5]:
                    self._know(field.name, one)

    def _know(self, name: str, value: str) -> None:
        name = {"next_page_token": "page_token", "next_token": "after_token"}.get(name, name)
        pool = self.known[name.removesuffix("s") if name.endswith("_ids") else name]
        if not value or value in pool:
            return
        if len(pool) < KEPT:
            pool.append(value)
        elif name != "client_id":
            pool[self.chance.randrange(KEPT)] = value

    # -- what is asked ---------------------------------------------------------------------------------------------

    def next(self, path: str, kind: type[Message], *, streams: bool) -> list[Message]:
        """The next request of an RPC: one message, or several for one that takes a stream."""
        kept = self.good[path]
        self.subject = self.chance.choice(self.together)
        if kept and self.chance.random() < 0.8:
            stream = [_copy(message) for message in self.chance.choice(kept)]
            for message in stream:
                self._freshen(message)
        else:
            badness = self.chance.choice((0.0, 0.05, 0.3))
            stream = [self.made(kind, badness) for _ in range(self.chance.randint(1, 3) if streams else 1)]
        for _ in range(self.chance.choice((0, 0, 1, 1, 1, 2, 4))):
            self._change(self.chance.choice(stream))
        if streams and self.chance.random() < 0.1:
            self.chance.shuffle(stream)
        return stream

    def made(self, kind: type[Message], badness: float, depth: int = 0) -> Message:
        """A message from its descriptor alone; ``badness`` is the share of its fields that are hostile."""
        message = kind()
        chosen: set[str] = set()
        fields: Sequence[Any] = message.DESCRIPTOR.fields
        for field in fields:
            group = field.containing_oneof
            if group is not None and (group.name in chosen or self.chance.random() < 0.5):
                continue
            if group is not None:
                chosen.add(group.name)
            if self.chance.random() < 0.12 or (field.message_type is not None and depth >= MAX_DEPTH):
                continue
            self._set(message, field, bad=self.chance.random() < badness, badness=badness, depth=depth)
        return message

    def _change(self, message: Message) -> None:
        """Change one field somewhere in a message."""
        places = list(_places(message))
        if not places:
            return
        owner, field = self.chance.choice(places)
        if self.chance.random() < 0.15:
            owner.ClearField(field.name)
        elif field.is_repeated and self.chance.random() < 0.3:
            self._blow_up(owner, field)
        else:
            self._set(owner, field, bad=self.chance.random() < 0.65, badness=0.3, depth=MAX_DEPTH - 1)

    def _blow_up(self, owner: Message, field: FieldDescriptor) -> None:
        values = getattr(owner, field.name)
        if len(values) == 0:
            return
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return
        copies = [values[0]] * self.chance.choice(MANY)
        size = values[0].ByteSize() if field.message_type is not None else len(str(values[0]))
        values.extend(copies[: max(1, 1_000_000 // (size + 1))])

    def _set(self, owner: Message, field: FieldDescriptor, *, bad: bool, badness: float, depth: int) -> None:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return
        if field.is_repeated:
            owner.ClearField(field.name)
            values = getattr(owner, field.name)
            for _ in range(self.chance.choice((0, 1, 1, 2, 3))):
                if field.message_type is None:
                    values.append(self._value(field, bad=bad))
                else:
                    values.add().CopyFrom(self._message(field, bad=bad, badness=badness, depth=depth))
        elif field.message_type is None:
            setattr(owner, field.name, self._value(field, bad=bad))
        else:
            getattr(owner, field.name).CopyFrom(self._message(field, bad=bad, badness=badness, depth=depth))

    def _message(self, field: FieldDescriptor, *, bad: bool, badness: float, depth: int) -> Message:
        descriptor = field.message_type
        assert descriptor is not None
        kind: type[Message] = GetMessageClass(descriptor)
        special = _SPECIAL.get(descriptor.full_name)
        if special is not None:
            return special(kind, self.chance, bad)
        return self.made(kind, max(badness, 0.5) if bad else badness, depth + 1)

    def _value(self, field: FieldDescriptor, *, bad: bool) -> Any:
        if field.enum_type is not None:
            numbers = [value.number for value in field.enum_type.values]
            return self.chance.choice((99, -1, hostile.INT32[0], 0)) if bad else self.chance.choice(numbers)
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return self.chance.random() < 0.5
        if field.type == FieldDescriptor.TYPE_BYTES:
            return hostile.octets(self.chance)
        if field.type == FieldDescriptor.TYPE_STRING:
            return hostile.text(self.chance) if bad else self._good_text(field.name)
        most, least = _DIGITS[field.cpp_type]
        return hostile.integer(self.chance, most, least) if bad else self._good_number(field.name)

    def _good_number(self, name: str) -> int:
        return self.chance.choice(_GOOD_NUMBERS.get(name, (1, 2, 10, 1_000)))

    def _good_text(self, name: str) -> str:
        if name == "request_id":
            return self._uuid()
        single = name.removesuffix("s") if name.endswith("_ids") else name
        if single in self.subject and self.chance.random() < 0.8:
            return self.subject[single]
        if single in self.known and self.chance.random() < 0.85:
            return self.chance.choice(self.known[single])
        if single.endswith(("_id", "_ids")):
            return self._uuid() if self.chance.random() < 0.9 else ""
        if name == "organisation_number":
            nine = f"5555{self.chance.randrange(10**5):05}"
            return nine + str(luhn.calc_check_digit(nine))
        if name in {"user_name", "bank_reference"}:
            return f"a{self.chance.randrange(10**9)}"
        if name in _GOOD_TEXTS:
            return self.chance.choice(_GOOD_TEXTS[name])
        if "number" in name:
            return str(self.chance.randint(1, 10**9))
        if "token" in name:
            return ""
        return f"{hostile.MARK} Åsa"

    def _freshen(self, message: Message) -> None:
        """Make a good request one that has not been answered yet, often about something newer."""
        repeated = self.chance.random() < 0.03  # it is answered from memory
        newer, other = not repeated and self.chance.random() < 0.5, not repeated and self.chance.random() < 0.6
        for owner, field in _places(message):
            if field.is_repeated or field.message_type is not None or not getattr(owner, field.name):
                continue
            if field.name == "request_id":
                setattr(owner, field.name, getattr(owner, field.name) if repeated else self._uuid())
            elif STRANGER in str(getattr(owner, field.name)):
                setattr(owner, field.name, hostile.MARK)  # in an answer the word must come from the stranger's own data
            elif newer and field.name in self.subject:
                setattr(owner, field.name, self.subject[field.name])
            elif other and field.name in _UNIQUE:
                setattr(owner, field.name, self._uuid() if field.name == "subject_id" else self._unique(field.name))
            elif other and field.name == "chunk" and owner.chunk.startswith(b"<?xml"):  # type: ignore[attr-defined]
                owner.chunk += b"<!-- %d -->" % self.chance.getrandbits(32)  # type: ignore[attr-defined]

    def _unique(self, name: str) -> str:
        return self._good_text(name) if name not in self.known else str(self.chance.randint(1, 10**9))

    def _uuid(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))


def fresh(stream: Sequence[Message], new_id: Callable[[], str]) -> list[Message]:
    """The same with request ids of its own, so that it is not answered from memory."""
    copies = [_copy(message) for message in stream]
    for message in copies:
        for owner, field in _places(message):
            if field.name == "request_id":
                setattr(owner, field.name, new_id())
    return copies


def with_client(stream: Sequence[Message], client_id: str) -> list[Message]:
    """The same under another client, with all its other ids; its texts are no stranger's any more."""
    copies = [_copy(message) for message in stream]
    for message in copies:
        for owner, field in _places(message):
            if field.name == "client_id":
                setattr(owner, field.name, client_id)
            elif field.name == "client_ids":
                owner.ClearField(field.name)
                getattr(owner, field.name).extend([client_id] if client_id else [])
            elif not field.is_repeated and STRANGER in str(getattr(owner, field.name)) and field.message_type is None:
                setattr(owner, field.name, hostile.MARK)
    return copies


def _copy(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def _worth_knowing(name: str) -> bool:
    return name.endswith(("_id", "_ids", "number", "token")) and name != "id_number"


def _places(message: Message, depth: int = 0) -> Iterator[tuple[Message, FieldDescriptor]]:
    """Every field of a message and of the messages that are set in it, a few of each list."""
    fields: Sequence[Any] = message.DESCRIPTOR.fields  # two implementations share a protocol that mypy does not know
    for field in fields:
        yield message, field
        if field.message_type is None or depth > MAX_DEPTH or field.message_type.GetOptions().map_entry:
            continue
        if field.is_repeated:
            for one in list(getattr(message, field.name))[:3]:
                yield from _places(one, depth + 1)
        elif message.HasField(field.name):
            yield from _places(getattr(message, field.name), depth + 1)


def _day(kind: type[Message], chance: Random, bad: bool) -> Message:
    if bad:
        year, month, day = hostile.day(chance)
        return kind(year=year, month=month, day=day)
    when = date(2026, 6, 15) + timedelta(days=chance.randint(-200, 60))
    return kind(year=when.year, month=when.month, day=when.day)


def _money(kind: type[Message], chance: Random, bad: bool) -> Message:
    if bad:
        code = chance.choice(("SEK", "", "sek", "S€K", "SEKSEK", hostile.MARK))
        return kind(currency_code=code, minor_units=hostile.integer(chance, *hostile.INT64))
    return kind(currency_code="SEK", minor_units=chance.choice((100, 12_500, 100_000, 1)))


def _moment(kind: type[Message], chance: Random, bad: bool) -> Message:
    if bad:
        return kind(seconds=hostile.integer(chance, *hostile.INT64), nanos=hostile.integer(chance, *hostile.INT32))
    return kind(seconds=1_781_500_000)


_SPECIAL: Final[Mapping[str, Callable[[type[Message], Random, bool], Message]]] = {
    "rf.type.v1.Date": _day,
    "rf.type.v1.Money": _money,
    "google.protobuf.Timestamp": _moment,
}
