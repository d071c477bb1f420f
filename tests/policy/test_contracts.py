"""The protos keep their word: everything is commented, lists page, writes can be repeated, events name nobody."""

from collections.abc import Iterator

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

from deploy.local.protos import describe

READS = ("Get", "List", "Search", "Match", "Suggest", "Preview", "LookUp", "Fetch", "Replay", "Sum", "Stream")

WRITES_WITHOUT_REQUEST_ID = {
    "ExchangeCredential": "gives a new token each time and changes nothing",
    "SignIn": "a repeat must be a sign-in of its own, with its own session and limits",
    "Authorize": "asked on each page; moves only the time of last activity",
    "ConfirmSignIn": "its token works once",
    "StartTotp": "gives a new secret each time, which counts only once it is confirmed",
    "SignOut": "ends the session; ending it twice is the same",
    "CreateFirstAdministrator": "its token works once",
    "StoreDocument": "the same client, kind and subject with the same content is the same document",
    "SendFile": "request_id stands in the head, the first message of the stream",
}
LISTS_WITHOUT_PAGE_TOKEN = {
    "GetStatistic": "as many buckets as the statistic has, 24 at most",
    "GetCaseStatistics": "services or ages times currencies",
    "MatchPayments": "answers each payment of the request, at most 1,000",
    "GetSurplus": "answers each id of the request, at most 100",
    "SuggestInvoices": "the ten likeliest",
    "PreviewInvoiceChanges": "answers each invoice of the request, at most 1,000",
    "SumInvoices": "one sum per currency",
}
FORBIDDEN_IN_EVENTS = {
    *("name", "address", "street", "care_of", "postcode", "town", "email", "phone", "id_number"),
    *("organisation_number", "text", "note", "message", "description", "subject", "payer_name", "payer_account"),
}


@pytest.fixture(scope="module")
def protos() -> FileDescriptorSet:
    """Our own files with their comments."""
    found = describe()
    return FileDescriptorSet(file=[file for file in found.file if file.package.startswith("rf.")])


def things(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Path and name of everything in a file that wants a comment."""

    def inside(message: DescriptorProto, path: tuple[int, ...], name: str) -> Iterator[tuple[tuple[int, ...], str]]:
        if message.options.map_entry:
            return
        yield path, name
        for place, field in enumerate(message.field):
            yield (*path, 2, place), f"{name}.{field.name}"
        for place, nested in enumerate(message.nested_type):
            yield from inside(nested, (*path, 3, place), f"{name}.{nested.name}")

    for place, message in enumerate(file.message_type):
        yield from inside(message, (4, place), message.name)
    for place, enum in enumerate(file.enum_type):
        yield (5, place), enum.name
        for at, value in enumerate(enum.value):
            yield (5, place, 2, at), f"{enum.name}.{value.name}"
    for place, service in enumerate(file.service):
        yield (6, place), service.name
        for at, method in enumerate(service.method):
            yield (6, place, 2, at), f"{service.name}.{method.name}"


def messages(protos: FileDescriptorSet) -> dict[str, DescriptorProto]:
    return {f".{file.package}.{message.name}": message for file in protos.file for message in file.message_type}


def methods(protos: FileDescriptorSet) -> list[MethodDescriptorProto]:
    return [method for file in protos.file for service in file.service for method in service.method]


def fields(message: DescriptorProto) -> set[str]:
    return {field.name for field in message.field}


def test_everything_has_a_comment(protos: FileDescriptorSet) -> None:
    bare = []
    for file in protos.file:
        said = {tuple(one.path) for one in file.source_code_info.location if one.leading_comments.strip()}
        bare += [f"{file.name}: {name}" for path, name in things(file) if path not in said]
    assert bare == []


def test_every_list_pages(protos: FileDescriptorSet) -> None:
    known = messages(protos)
    endless = []
    for method in methods(protos):
        answer = known[method.output_type]
        repeated = [
            field.name
            for field in answer.field
            if field.label == FieldDescriptorProto.LABEL_REPEATED and field.type == FieldDescriptorProto.TYPE_MESSAGE
        ]
        if not method.name.startswith(READS) or method.server_streaming or not repeated:
            continue
        asked = fields(known[method.input_type])
        # GetEventHeads pages by a token that outlives the last page, so it has names of its own for it
        pages = asked & {"page_token", "after_token"} and "page_size" in asked
        if not pages:
            endless.append(method.name)
    assert sorted(endless) == sorted(LISTS_WITHOUT_PAGE_TOKEN)


def test_every_write_carries_a_request_id(protos: FileDescriptorSet) -> None:
    known = messages(protos)
    bare = [
        method.name
        for method in methods(protos)
        if not method.name.startswith(READS) and "request_id" not in fields(known[method.input_type])
    ]
    assert sorted(set(bare)) == sorted(WRITES_WITHOUT_REQUEST_ID)


def test_reads_carry_no_request_id(protos: FileDescriptorSet) -> None:
    """A name that begins like a read is one: nothing is written behind it."""
    known = messages(protos)
    reads = [method for method in methods(protos) if method.name.startswith(READS)]
    assert [method.name for method in reads if "request_id" in fields(known[method.input_type])] == []


def test_the_exceptions_exist(protos: FileDescriptorSet) -> None:
    assert {*WRITES_WITHOUT_REQUEST_ID, *LISTS_WITHOUT_PAGE_TOKEN} <= {method.name for method in methods(protos)}


def test_events_name_nobody(protos: FileDescriptorSet) -> None:
    known = messages(protos)
    told: list[tuple[str, DescriptorProto]] = [
        (f".{file.package}.{message.name}", message)
        for file in protos.file
        if file.name.endswith("/events.proto") and file.package != "rf.events.v1"  # how events are fetched, none itself
        for message in file.message_type
    ]
    assert told
    seen: set[str] = set()
    personal = []
    while told:
        name, message = told.pop()
        if name in seen:
            continue
        seen.add(name)
        personal += [f"{name}.{field}" for field in fields(message) & FORBIDDEN_IN_EVENTS]
        told += [(field.type_name, known[field.type_name]) for field in message.field if field.type_name in known]
    assert personal == []


def test_every_enum_begins_with_unspecified(protos: FileDescriptorSet) -> None:
    enums = [enum for file in protos.file for enum in file.enum_type]
    assert [
        enum.name for enum in enums if not enum.value[0].name.endswith("_UNSPECIFIED") or enum.value[0].number
    ] == []


def test_amounts_are_whole_and_nothing_floats(protos: FileDescriptorSet) -> None:
    floating = {FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_FLOAT}
    all_of_them = messages(protos).items()
    assert [f"{name}.{field.name}" for name, one in all_of_them for field in one.field if field.type in floating] == []
