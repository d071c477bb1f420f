"""Two clients see and change nothing of each other, and who may only read changes nothing: every RPC, page and form.

Nothing is listed here. The RPCs come from their descriptors with the good requests of the world, the pages from the url
map and from what the pages themselves offer, so what is built tomorrow is asked as well.
"""

import re
import time
from collections.abc import Iterator, Mapping
from io import BytesIO
from zipfile import ZipFile

import grpc
import pytest
from google.protobuf.message import Message

from tests.component.fuzz.requests import STRANGER, fresh, with_client
from tests.component.fuzz.survey import Survey
from tests.component.fuzz.web import Web
from tests.component.fuzz.world import World
from tests.served import Rpc

DEADLINE_S = 20.0
UUID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}(/|$)")
REFUSED = {403, 404}
SHARED = ("login.do_sign_in", "login.sign_out")
"""Forms that are the same for everybody, without a session too."""
FOR_EVERYBODY = {
    "auth CredentialService.ExchangeCredential": "trades a secret, whoever brings it",
    "auth ClientService.ListClients": "the clients of the token itself",
    "auth DocumentService.": "one's own drafts and saved searches",
    "auth AccountService.": "one's own account",
    "ledger TermsService.ListReferenceRates": "public facts",
}
"""RPCs that ask for no permission, by how their names begin, and why."""
MESSAGES = ("collection MessageService.", "inkasso.leave_note", "reskontra.send_message")
"""Whoever sees an invoice or a case may write to the officer about it (I-09, D-06); who may only read does, too."""
OWN_SEARCHES = ("reskontra.save_search", "reskontra.rename_search", "reskontra.remove_search")
"""One's saved searches are one's own, whatever one may do."""
Content = Mapping[str, str]


def settled(world: World, client: str) -> Content:
    """All that the services keep of a client, once the jobs in the background have done their part."""
    before: Content = {}
    for _ in range(50):
        content = world.house.content_of(client)
        if content == before:
            return content
        before = content
        time.sleep(0.3)
    raise AssertionError("it does not come to rest")


@pytest.fixture
def kept(world: World) -> Mapping[str, Content]:
    """What is kept of both clients, ours first."""
    return {str(client): settled(world, str(client)) for client in world.clients}


def good_requests(world: World) -> Iterator[tuple[Rpc, list[Message]]]:
    """Every request that was answered while the world was made."""
    for rpc in world.house.rpcs:
        for stream in world.requests.good[rpc.path]:
            yield rpc, stream


def answered(world: World, rpc: Rpc, stream: list[Message], caller: str) -> list[Message] | grpc.StatusCode:
    """The answers, or why there are none."""
    raw = [message.SerializeToString() for message in stream]
    try:
        return list(world.house.call(rpc, raw, world.callers[caller], DEADLINE_S))
    except grpc.RpcError as error:
        return error.code()


def is_about(stream: list[Message], client: str) -> bool:
    return any(client.encode() in message.SerializeToString() for message in stream)


def test_no_rpc_shows_or_changes_anything_of_another_client(world: World, kept: Mapping[str, Content]) -> None:
    ours, theirs = kept
    shown: dict[str, str] = {}
    asked = 0
    for rpc, stream in good_requests(world):
        for variant in (stream, with_client(stream, ours), with_client(stream, "")):
            sent = fresh(variant, world._id)
            said = b"".join(message.SerializeToString() for message in sent)
            found = answered(world, rpc, sent, "clerk")
            asked += 1
            if isinstance(found, list):
                told = b"".join(message.SerializeToString() for message in found)
                words = [word for word in (STRANGER, theirs) if word.encode() in told and word.encode() not in said]
                if words:
                    shown[str(rpc)] = f"{words} in the answer to {sent}"
    assert shown == {}
    assert asked > 3 * len(world.house.rpcs) // 2
    assert settled(world, theirs) == kept[theirs]


@pytest.mark.parametrize("caller", ["reader", "nobody"])
def test_no_rpc_changes_anything_for_who_may_only_read(world: World, kept: Mapping[str, Content], caller: str) -> None:
    done: list[str] = []
    for rpc, stream in good_requests(world):
        if caller == "reader" and str(rpc).startswith(MESSAGES):
            continue
        found = answered(world, rpc, fresh(stream, world._id), caller)
        writes = "request_id" in rpc.request_type.DESCRIPTOR.fields_by_name or rpc.method.client_streaming
        says = isinstance(found, list) and any(message.ByteSize() for message in found)
        if says and (writes or caller == "nobody"):
            done.append(str(rpc))
    assert {name for name in done if not name.startswith(tuple(FOR_EVERYBODY))} == set()
    for client, content in kept.items():
        assert settled(world, client) == content


def surveyed_as(web: Web, name: str) -> Survey:
    """All that the pages offer to somebody, without sending a form."""
    survey = Survey(web.app)
    survey.walk(web.visitors[name])
    return survey


def words_in(body: bytes) -> str:
    """What an answer says; of an Excel file what its sheets say."""
    if not body.startswith(b"PK"):
        return body.decode(errors="replace")
    with ZipFile(BytesIO(body)) as sheets:
        return "".join(sheets.read(name).decode(errors="replace") for name in sheets.namelist())


def test_no_page_shows_or_changes_anything_of_another_client(web: Web) -> None:
    theirs = str(web.world.clients[1])
    shown: dict[str, str] = {}
    asks = list(surveyed_as(web, "stranger").all())
    before = settled(web.world, theirs)  # now that the stranger has seen it all, and so has read its own messages
    with_ids = [ask for ask in asks if UUID.search(ask.path)]
    for ask in asks:
        if web.endpoint(ask) in SHARED:
            continue
        answer = web.visitors["clerk"].must(ask)
        text = words_in(answer.get_data())
        if STRANGER in text or theirs in text.replace(ask.address, ""):
            shown[str(ask)] = f"{answer.status_code}"
    assert shown == {}
    assert len(with_ids) >= 3, "the crawl met nothing that belongs to somebody"
    assert settled(web.world, theirs) == before


def test_no_form_does_anything_for_who_may_only_read(web: Web) -> None:
    survey = surveyed_as(web, "clerk")
    before = {client: settled(web.world, client) for client in map(str, web.world.clients)}
    survey.complete(lambda name: web.world._id())
    done: dict[str, int] = {}
    left_out = (*SHARED, *MESSAGES, *OWN_SEARCHES)
    posts = [ask for ask in survey.all() if ask.method == "POST" and web.endpoint(ask) not in left_out]
    for ask in posts:
        if web.needs(ask):  # the others are one's own business, as one's password; what clients have must stand still
            answer = web.visitors["reader"].must(ask)
            if answer.status_code not in REFUSED:
                done[str(ask)] = answer.status_code
    assert done == {}
    assert posts
    for client, content in before.items():
        assert settled(web.world, client) == content
