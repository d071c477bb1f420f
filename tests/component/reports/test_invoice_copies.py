"""Copies of invoices: made on the event or at the first opening, once, and shown to those who may read the ledger."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.faults import is_transient
from chassis.jobs import Job
from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError, Unavailable
from kernel.errors import Kind
from rf.ledger.v1 import invoices_pb2
from rf.reports.v1 import events_pb2
from services.reports.rendering.pool import RenderingBusy, RenderingFailed
from services.reports.usecases import invoice_copies
from services.reports.usecases.invoice_copies import JOB, CannotBeMade
from tests.component.chassis.world import eventually
from tests.component.reports.world import World
from tests.unit.reports.builders import RECEIVER, an_invoice


@pytest.fixture
def client_id() -> UUID:
    """A client of the test's own."""
    return uuid4()


def told(world: World, client_id: UUID) -> list[events_pb2.DocumentProduced]:
    with world.database.unscoped() as tx:
        rows = tx.execute(
            text("SELECT payload FROM outbox WHERE client_id = :id"),
            {"id": client_id},
        ).all()
    return [events_pb2.DocumentProduced.FromString(bytes(row.payload)) for row in rows]


def test_an_approved_journal_makes_copies_and_facts(world: World, client_id: UUID) -> None:
    invoices = [world.knows(client_id, an_invoice(number=f"100{n}")) for n in range(3)]
    world.approved(client_id, *invoices)
    world.done(*invoices)
    documents = {UUID(document.subject_id): document for document, _ in world.files.of(client_id)}
    assert documents.keys() == set(invoices)
    rows = world.rows(
        "SELECT subject_id, document_id, encode(sha256, 'hex') AS sha256 FROM produced_document"
        " WHERE client_id = :id AND kind = 'INVOICE_COPY'",
        id=client_id,
    )
    assert {row.subject_id: (str(row.document_id), row.sha256) for row in rows} == {
        subject: (document.document_id, document.sha256) for subject, document in documents.items()
    }
    assert {(event.document_id, event.sha256) for event in told(world, client_id)} == {
        (document.document_id, document.sha256) for document in documents.values()
    }
    facts = world.rows("SELECT * FROM invoice_fact WHERE client_id = :id", id=client_id)
    assert {fact.invoice_id for fact in facts} == set(invoices)
    assert {(fact.total_minor, fact.service) for fact in facts} == {(63970, "SERVICE_KIND_INVOICING")}
    world.agrees()


def test_an_event_twice_is_one_job(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    event = world.approved(client_id, invoice_id)
    world.hear(event)
    world.approved(client_id, invoice_id, total_minor=64000)  # even if another event named it again
    world.done(invoice_id)
    assert len(world.jobs(invoice_id)) == 1
    (fact,) = world.rows("SELECT total_minor FROM invoice_fact WHERE invoice_id = :id", id=invoice_id)
    assert fact.total_minor == 64000
    assert len(world.files.of(client_id)) == 1


def test_what_was_revoked_leaves_the_statistics_and_gets_no_copy(world: World, client_id: UUID) -> None:
    kept, made = (world.knows(client_id, an_invoice(number=number)) for number in ("1001", "1002"))
    world.approved(client_id, kept, made)
    world.done(kept, made)
    world.revoked(client_id, made)
    unmade = uuid4()  # revoked before its copy could be made: the ledger does not know it
    world.approved(client_id, unmade)
    world.revoked(client_id, unmade)
    world.done(unmade)
    facts = world.rows("SELECT invoice_id FROM invoice_fact WHERE client_id = :id AND NOT revoked", id=client_id)
    assert [fact.invoice_id for fact in facts] == [kept]
    assert len(world.files.of(client_id)) == 2  # the archive keeps what it has
    world.agrees()


@pytest.mark.parametrize(
    ("days_old", "service", "jobs"),
    [
        (90, invoices_pb2.SERVICE_KIND_INVOICING, 1),
        (91, invoices_pb2.SERVICE_KIND_INVOICING, 0),
        (3, invoices_pb2.SERVICE_KIND_LEDGER, 0),
    ],
)
def test_only_young_invoices_that_we_print_are_made_at_once(
    world: World, client_id: UUID, days_old: int, service: invoices_pb2.ServiceKind.ValueType, jobs: int
) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    world.approved(client_id, invoice_id, days_old=days_old, service=service)
    assert len(world.jobs(invoice_id)) == jobs
    assert len(world.rows("SELECT 1 FROM invoice_fact WHERE invoice_id = :id", id=invoice_id)) == 1


def test_an_older_copy_is_made_when_first_opened_and_kept(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    content, digest, name = world.open(client_id, invoice_id, of=client_id)
    assert content.startswith(b"%PDF")
    assert digest == sha256(content).hexdigest()
    assert name == "Faktura 40718568.pdf"
    moved = an_invoice(receiver=replace(RECEIVER, street="Nya gatan 1"))
    world.ledger.invoices[str(client_id), str(invoice_id)].customer.street = moved.receiver.street
    assert world.open(client_id, invoice_id, of=client_id) == (content, digest, name)
    assert len(world.files.of(client_id)) == 1
    opened = world.database.unscoped
    with opened() as tx:
        count = tx.execute(
            text("SELECT count(*) FROM audit_entry WHERE object_id = :id"),
            {"id": str(invoice_id)},
        ).scalar_one()
    assert count == 2


def test_many_who_open_at_once_get_one_document(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: world.open(client_id, invoice_id, of=client_id), range(4)))
    assert len(set(answers)) == 1
    assert len(world.files.of(client_id)) == 1
    assert len(told(world, client_id)) == 1


def test_what_a_failure_left_in_the_archive_is_found_not_made_again(
    world: World, client_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    failures = []

    def fail(place: str) -> None:
        """After storing; the customer moves, and the person asks again."""
        world.ledger.invoices[str(client_id), str(invoice_id)].customer.street = "Nya gatan 1"
        failures.append((place, len(told(world, client_id))))
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(invoice_copies, "crashpoint", fail)
        with pytest.raises(RemoteError, match="INTERNAL"):
            world.open(client_id, invoice_id, of=client_id)
    content, _, _ = world.open(client_id, invoice_id, of=client_id)
    assert failures == [("reports.after_store", 0)]
    ((left, stored),) = world.files.of(client_id)
    assert content == stored
    assert [event.document_id for event in told(world, client_id)] == [left.document_id]


def test_a_job_waits_for_an_archive_that_is_down(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    world.files.down = True
    try:
        with pytest.raises(Unavailable):
            world.open(client_id, invoice_id, of=client_id)
        asked = world.files.refused
        world.approved(client_id, invoice_id)
        eventually(lambda: world.files.refused > asked + 4)  # more often than a job may fail here
    finally:
        world.files.down = False
    world.done(invoice_id)
    assert len(world.files.of(client_id)) == 1


@pytest.mark.parametrize(
    ("fails", "raised"), [(RenderingFailed(cause="died"), CannotBeMade), (RenderingBusy(), Unavailable)]
)
def test_only_what_is_the_documents_own_fault_uses_up_a_try(
    world: World, client_id: UUID, fails: Exception, raised: type[Exception]
) -> None:
    def render(page: str, seconds: float) -> bytes:
        raise fails

    invoice_id = world.knows(client_id, an_invoice())
    copies = replace(world.parts.jobs[JOB].__self__, render=render)  # type: ignore[attr-defined]  # a bound method
    job = Job(uuid4(), JOB, str(invoice_id), client_id, {"invoice_id": str(invoice_id)}, 1, uuid4())
    with pytest.raises(raised) as failed:
        copies.do_job(world.database, job)
    assert is_transient(failed.value) == (raised is Unavailable)


def test_without_the_ledger_a_made_copy_still_opens_and_another_does_not(world: World, client_id: UUID) -> None:
    made, unmade = (world.knows(client_id, an_invoice(number=number)) for number in ("1", "2"))
    world.open(client_id, made, of=client_id)
    world.ledger.down = True
    try:
        assert world.open(client_id, made, of=client_id)[0].startswith(b"%PDF")
        with pytest.raises(Unavailable):
            world.open(client_id, unmade, of=client_id)
    finally:
        world.ledger.down = False


def refused(world: World, client_id: UUID, invoice_id: UUID, of: UUID, **more: object) -> RemoteError:
    with pytest.raises(RemoteError) as refusal:
        world.open(client_id, invoice_id, of=of, **more)  # type: ignore[arg-type]
    return refusal.value


def test_another_client_learns_nothing(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    world.open(client_id, invoice_id, of=client_id)
    stranger = uuid4()
    assert refused(world, client_id, invoice_id, of=stranger).kind is Kind.NOT_FOUND
    assert refused(world, stranger, invoice_id, of=stranger).kind is Kind.NOT_FOUND
    assert world.files.of(stranger) == []


def test_reading_the_ledger_is_what_it_takes(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    error = refused(world, client_id, invoice_id, of=client_id, may=(Permission.COLLECTION_READ,))
    assert (error.kind, error.details) == (Kind.DENIED, {"permission": "ledger.read"})


def test_an_invoice_that_the_client_prints_has_no_copy_here(world: World, client_id: UUID) -> None:
    invoice_id = world.knows(client_id, an_invoice())
    world.ledger.invoices[str(client_id), str(invoice_id)].line.service = invoices_pb2.SERVICE_KIND_LEDGER
    assert refused(world, client_id, invoice_id, of=client_id).reason == "INVOICE_NOT_PRINTED_HERE"


@pytest.mark.parametrize(("client", "invoice", "field"), [("", "x", "client_id"), ("ok", "x", "invoice_id")])
def test_ids_that_are_none_are_named(world: World, client_id: UUID, client: str, invoice: str, field: str) -> None:
    error = refused(world, client_id if client else "", invoice, of=client_id)  # type: ignore[arg-type]
    assert [violation.field for violation in error.violations] == [field]
