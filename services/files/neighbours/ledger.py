"""What this service asks of the ledger, as the caller: what payments would do, and to take them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chassis.rpc_client import Neighbour
from chassis.wire import from_date, money
from rf.ledger.v1 import payments_pb2, payments_pb2_grpc
from services.files.domain.ledger_payments import CHANNELS
from services.files.domain.payments import Format
from services.files.storage.upload_payments import UploadPayment

MAX_PIECE: Final = 1_000
MAX_PIECE_BYTES: Final = 1_500_000  # the answer holds more than the question, and a message at most 4 MiB


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of payments: the journal that they wait in (None if all were duplicates), and counts."""

    journal_id: UUID | None
    added: int
    duplicates: int


@dataclass(frozen=True)
class Ledger:
    """Asks the ledger."""

    neighbour: Neighbour

    def match(self, client_id: UUID, payments: Sequence[payments_pb2.Payment]) -> list[payments_pb2.MatchedPayment]:
        """What each of at most 1,000 payments would do now. Raises RemoteError, Unavailable."""
        request = payments_pb2.MatchPaymentsRequest(client_id=str(client_id), payments=payments)
        return list(self._stub().MatchPayments(request).payments)

    def register(
        self,
        request_id: UUID,
        client_id: UUID,
        source: str,
        payments: Sequence[payments_pb2.Payment],
        journal_id: UUID | None,
    ) -> Registered:
        """Put payments in a journal, a new one unless it is named. Raises RemoteError, Unavailable."""
        request = payments_pb2.RegisterPaymentsRequest(
            request_id=str(request_id),
            client_id=str(client_id),
            source=source,
            payments=payments,
            journal_id="" if journal_id is None else str(journal_id),
        )
        response = self._stub().RegisterPayments(request)
        journal = UUID(response.journal_id) if response.journal_id else None
        return Registered(journal, response.added_count, response.duplicate_count)

    def _stub(self) -> payments_pb2_grpc.PaymentServiceStub:
        return self.neighbour.stub(payments_pb2_grpc.PaymentServiceStub)


def piece(rows: Sequence[UploadPayment], file_format: str) -> list[payments_pb2.Payment]:
    """The first of the rows, as many as one call can hold: at least one, always the same for the same rows."""
    told: list[payments_pb2.Payment] = []
    size = 0
    for row in rows[:MAX_PIECE]:
        one = payment(row, file_format)
        size += one.ByteSize()
        if told and size > MAX_PIECE_BYTES:
            break
        told.append(one)
    return told


def payment(row: UploadPayment, file_format: str) -> payments_pb2.Payment:
    """A row as the ledger is told it."""
    return payments_pb2.Payment(
        bank_reference=row.bank_reference,
        amount=money(row.amount_minor, row.currency),
        booking_date=from_date(row.booking_date),
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        references=[
            payments_pb2.PaymentReference(
                value=value, is_ocr=is_ocr, part=None if part is None else money(part, row.currency)
            )
            for value, is_ocr, part in row.references
        ],
        message=row.message,
        channel=CHANNELS.get(Format(file_format), ""),
    )
