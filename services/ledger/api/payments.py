"""PaymentService: translate, call, translate."""

from collections.abc import Sequence
from datetime import date

import grpc

from chassis.business_day import today
from chassis.database import Database, Tx
from chassis.wire import from_date, money, refuse, to_date, to_uuid
from kernel.errors import InvalidInput, Violations, invalid_value
from kernel.free_text import clean
from kernel.money import EXPONENTS, check_amount
from rf.ledger.v1 import payments_pb2, payments_pb2_grpc
from services.ledger.domain.payments import Matched, Part, Payment, Reference, Verdict
from services.ledger.usecases import payments

MAX_MATCHED = 1_000
MAX_REGISTERED = 5_000
MAX_REFERENCES = 100
MAX_DAYS_AHEAD = 5  # a file may come on the evening before its bank day, and over a long weekend
CHANNELS = frozenset({"BGMAX", "CAMT054", "CAMT053", "MANUAL"})

_VERDICTS = {
    Verdict.OCR: payments_pb2.MATCH_VERDICT_OCR,
    Verdict.INVOICE_NUMBER: payments_pb2.MATCH_VERDICT_INVOICE_NUMBER,
    Verdict.UNPLACED: payments_pb2.MATCH_VERDICT_UNPLACED,
    Verdict.DUPLICATE: payments_pb2.MATCH_VERDICT_DUPLICATE,
}


class PaymentServicer(payments_pb2_grpc.PaymentServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def MatchPayments(
        self, request: payments_pb2.MatchPaymentsRequest, context: grpc.ServicerContext
    ) -> payments_pb2.MatchPaymentsResponse:
        client_id = to_uuid(request.client_id, "client_id")
        given = from_proto(request.payments, MAX_MATCHED)
        with self.database.read() as tx:
            matched = payments.match(tx, client_id, given)
        return payments_pb2.MatchPaymentsResponse(payments=[matched_payment(one) for one in matched])

    def RegisterPayments(
        self, request: payments_pb2.RegisterPaymentsRequest, context: grpc.ServicerContext
    ) -> payments_pb2.RegisterPaymentsResponse:
        client_id = to_uuid(request.client_id, "client_id")
        journal_id = to_uuid(request.journal_id, "journal_id") if request.journal_id else None
        with Violations() as v, v.field("source"):
            source = clean(request.source, 200) or "fil"
        given = from_proto(request.payments, MAX_REGISTERED)

        def work(tx: Tx) -> payments_pb2.RegisterPaymentsResponse:
            done = payments.register(tx, client_id, source, given, journal_id)
            return payments_pb2.RegisterPaymentsResponse(
                journal_id=str(done.journal.id) if done.journal else "",
                journal_number=done.journal.number if done.journal else 0,
                added_count=done.added,
                duplicate_count=done.duplicates,
            )

        return self.database.once(request, payments_pb2.RegisterPaymentsResponse, work)


def from_proto(messages: Sequence[payments_pb2.Payment], most: int) -> list[Payment]:
    """The payments of a request. Raises InvalidInput with every fault, as ``payments[3].amount``."""
    if not 1 <= len(messages) <= most:
        raise refuse("payments", "OUT_OF_RANGE", min="1", max=str(most))
    made: list[Payment] = []
    with Violations() as v:
        for place, message in enumerate(messages):
            with v.field(f"payments[{place}]"):
                made.append(_payment(message))
    return made


def _payment(message: payments_pb2.Payment) -> Payment:
    with Violations() as v:
        v.require("amount.currency_code", message.amount.currency_code in EXPONENTS, "CURRENCY")
        amount = message.amount.minor_units
        v.require("amount", amount > 0, "NOT_POSITIVE")
        with v.field("amount"):
            check_amount(amount)
        v.present("bank_reference", message.bank_reference)
        v.require("channel", message.channel in CHANNELS, "UNKNOWN")
        bank_date = _bank_date(v, message)
        texts = {}
        for name, length in (("bank_reference", 140), ("payer_name", 140), ("payer_account", 60), ("message", 2_000)):
            with v.field(name):
                texts[name] = clean(getattr(message, name), length, multiline=name == "message")
        v.require("references", len(message.references) <= MAX_REFERENCES, "TOO_MANY", max=MAX_REFERENCES)
        references = _references(v, message)
    return Payment(
        currency=message.amount.currency_code,
        amount_minor=amount,
        bank_date=bank_date or today(),
        channel=message.channel,
        references=references,
        **texts,
    )


def _bank_date(v: Violations, message: payments_pb2.Payment) -> date | None:
    try:
        day = to_date(message.booking_date, "booking_date")
    except InvalidInput as error:
        for violation in error.violations:
            v.add(violation.field, violation.reason)
        return None
    if v.present("booking_date", day) and day is not None:
        v.require("booking_date", (day - today()).days <= MAX_DAYS_AHEAD, "FUTURE")
    return day


def _references(v: Violations, message: payments_pb2.Payment) -> tuple[Reference, ...]:
    made = []
    for place, reference in enumerate(message.references[:MAX_REFERENCES]):
        with v.field(f"references[{place}]"):
            value = clean(reference.value, 140)
            part = None
            if reference.HasField("part"):
                if reference.part.currency_code != message.amount.currency_code:
                    raise invalid_value("CURRENCY")
                part = check_amount(reference.part.minor_units)
                if part <= 0:
                    part = None  # a credit note that the payer has drawn off: the whole says it already
            made.append(Reference(value.replace(" ", "") if reference.is_ocr else value, reference.is_ocr, part))
    return tuple(made)


def to_proto(payment: Payment) -> payments_pb2.Payment:
    """A payment as it came."""
    return payments_pb2.Payment(
        bank_reference=payment.bank_reference,
        amount=money(payment.amount_minor, payment.currency),
        booking_date=from_date(payment.bank_date),
        payer_name=payment.payer_name,
        payer_account=payment.payer_account,
        references=[
            payments_pb2.PaymentReference(
                value=one.value,
                is_ocr=one.is_ocr,
                part=None if one.part_minor is None else money(one.part_minor, payment.currency),
            )
            for one in payment.references
        ],
        message=payment.message,
        channel=payment.channel,
    )


def matched_payment(matched: Matched) -> payments_pb2.MatchedPayment:
    """A payment with what it would do."""
    return payments_pb2.MatchedPayment(
        payment=to_proto(matched.payment),
        verdict=_VERDICTS[matched.verdict],
        parts=[_part(part) for part in matched.parts],
        surplus=money(matched.surplus_minor, matched.payment.currency),
    )


def _part(part: Part) -> payments_pb2.PaymentPart:
    target = part.target
    return payments_pb2.PaymentPart(
        invoice_id=str(target.id),
        invoice_number=target.number,
        amount=money(part.amount_minor, target.currency),
        by_case=part.by_case,
        customer_name=target.customer_name,
        remaining=money(part.remaining_before, target.currency),
    )
