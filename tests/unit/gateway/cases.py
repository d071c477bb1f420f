"""Collection cases as the collection service tells them."""

from datetime import UTC, date, datetime
from typing import Any

from chassis import wire
from rf.collection.v1 import cases_pb2
from tests.unit.gateway.house import ENERGI
from tests.unit.gateway.invoices import an_id


def a_case_line(n: int = 1, **changes: Any) -> cases_pb2.CaseLine:
    return cases_pb2.CaseLine(
        **{
            "case_id": an_id(500 + n),
            "client_id": ENERGI,
            "number": str(4100 + n),
            "debtor_name": "Ossian Brännvik",
            "kind": cases_pb2.CASE_KIND_AGENT,
            "status": cases_pb2.CASE_STATUS_REGISTERED,
            "registered_on": wire.from_date(date(2026, 8, 17)),
            "capital": wire.money(184912),
            "remaining": wire.money(145600),
            "officer_name": "Petra Sjögårde",
            **changes,
        }
    )


def a_debtor(**changes: Any) -> cases_pb2.Debtor:
    return cases_pb2.Debtor(
        **{
            "name": "Ossian Brännvik",
            "id_number": "197010632391",
            "street": "Skogsfrugränd 7",
            "postcode": "81293",
            "town": "Lidsjö",
            "country_code": "SE",
            "phone": "070-174 06 12",
            "email": "ossian.brannvik@example.se",
            "customer_number": "107994",
            **changes,
        }
    )


def a_part(original: int, added: int, paid: int) -> cases_pb2.DebtPart:
    remaining = original + added - paid
    return cases_pb2.DebtPart(
        original=wire.money(original),
        added=wire.money(added),
        paid=wire.money(paid),
        remaining=wire.money(remaining),
    )


def an_event(kind: str, day: date, minor: int = 0, settlement: tuple[int, ...] = ()) -> cases_pb2.CaseEvent:
    return cases_pb2.CaseEvent(
        at=wire.from_time(datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)),
        kind=kind,
        amount=wire.money(minor) if minor else None,
        settlement=[wire.money(share) for share in settlement],
    )


def a_case(n: int = 1, *, line: dict[str, Any] | None = None, **changes: Any) -> cases_pb2.Case:
    return cases_pb2.Case(
        **{
            "line": a_case_line(n, **(line or {})),
            "debtors": [a_debtor()],
            "claims": [
                cases_pb2.Claim(
                    invoice_id=an_id(1),
                    invoice_number="40718624",
                    invoice_date=wire.from_date(date(2026, 7, 14)),
                    due_date=wire.from_date(date(2026, 8, 13)),
                    subject="Fiber, juli till september",
                    capital=wire.money(184912),
                    remaining=wire.money(123456),
                )
            ],
            "capital": a_part(184912, 0, 61456),
            "interest": a_part(0, 4144, 0),
            "costs": a_part(6000, 18000, 6000),
            "interest_periods": [
                cases_pb2.InterestPeriod(
                    first_day=wire.from_date(date(2026, 8, 14)),
                    last_day=wire.from_date(date(2026, 9, 30)),
                    days=48,
                    basis_points=1000,
                    base=wire.money(184912),
                    interest=wire.money(2432),
                ),
                cases_pb2.InterestPeriod(
                    first_day=wire.from_date(date(2026, 10, 1)),
                    last_day=wire.from_date(date(2026, 11, 24)),
                    days=55,
                    basis_points=1000,
                    base=wire.money(123456),
                    interest=wire.money(1712),
                ),
            ],
            "events": [
                an_event("PAYMENT", date(2026, 9, 30), 67456, (6000, 0, 61456, 0)),
                an_event("COST_ADDED", date(2026, 8, 19), 18000),
                an_event("REGISTERED", date(2026, 8, 17), 184912),
            ],
            "officer": cases_pb2.Officer(
                user_id=an_id(700), name="Petra Sjögårde", phone="08-465 004 22", email="petra@resultatfinans.example"
            ),
            "cost_items": [
                cases_pb2.Cost(
                    kind=cases_pb2.COST_KIND_REMINDER,
                    amount=wire.money(6000),
                    day=wire.from_date(date(2026, 8, 5)),
                ),
                cases_pb2.Cost(
                    kind=cases_pb2.COST_KIND_DEMAND,
                    amount=wire.money(18000),
                    day=wire.from_date(date(2026, 8, 19)),
                ),
            ],
            **changes,
        }
    )
