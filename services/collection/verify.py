"""Recomputes what the cases say of themselves; for `make verify`, with the role that sees every client."""

from sqlalchemy import Connection, text

from chassis import verifying
from services.collection.domain.statuses import TRANSITIONS, CaseStatus

_SHARES = text("""
SELECT id FROM case_payment
 WHERE settled_at IS NOT NULL AND costs_minor + interest_minor + capital_minor + surplus_minor <> amount_minor
""")
_CASES = text("""
WITH shares AS (
  SELECT client_id, case_id, sum(costs_minor) AS costs, sum(interest_minor) AS interest, sum(capital_minor) AS capital
    FROM case_payment WHERE settled_at IS NOT NULL GROUP BY client_id, case_id
), owed AS (
  SELECT client_id, case_id, sum(amount_minor) AS costs FROM cost WHERE NOT waived GROUP BY client_id, case_id
), claims AS (
  SELECT client_id, case_id, sum(capital_minor) AS capital, sum(remaining_minor) AS remaining, bool_or(open) AS open
    FROM claim GROUP BY client_id, case_id
)
SELECT c.number, c.status,
       c.capital_minor = k.capital AND c.capital_remaining_minor = k.remaining AS claims_agree,
       c.capital_remaining_minor = c.capital_minor - coalesce(s.capital, 0) AS capital_agrees,
       c.interest_paid_minor = coalesce(s.interest, 0) AS interest_agrees,
       c.costs_minor = coalesce(o.costs, 0)
         AND c.costs_remaining_minor = coalesce(o.costs, 0) - coalesce(s.costs, 0) AS costs_agree,
       k.open = (c.status = 'registered') AS openness_agrees,
       (SELECT array_agg(h.status ORDER BY h.place) FROM case_status h
         WHERE h.client_id = c.client_id AND h.case_id = c.id) AS history
  FROM collection_case c
  LEFT JOIN claims k ON k.client_id = c.client_id AND k.case_id = c.id
  LEFT JOIN shares s ON s.client_id = c.client_id AND s.case_id = c.id
  LEFT JOIN owed o ON o.client_id = c.client_id AND o.case_id = c.id
 ORDER BY c.number
""")
_OPEN_TWICE = text("""
SELECT invoice_id FROM claim WHERE open GROUP BY client_id, invoice_id HAVING count(*) > 1
""")
_TOLD = text("""
SELECT p.id
  FROM (SELECT case_id, count(*) AS settled FROM case_payment WHERE settled_at IS NOT NULL GROUP BY case_id) c
  JOIN collection_case p ON p.id = c.case_id
  LEFT JOIN outbox o ON o.aggregate_id = c.case_id AND o.type = 'rf.collection.v1.CasePaymentSettled'
 GROUP BY p.id, c.settled HAVING count(o.event_id) <> c.settled
""")
_NUMBERS = text("""
SELECT count(*) AS cases, count(DISTINCT number) AS numbers, min(number) AS lowest, max(number) AS highest,
       (SELECT last_number FROM case_counter) AS last
  FROM collection_case
""")


def check(connection: Connection) -> list[str]:
    """What is wrong, one sentence each; empty when everything agrees."""
    faults = [f"payment {row.id}: its shares are not its amount" for row in connection.execute(_SHARES)]
    for row in connection.execute(_CASES):
        for part in ("claims", "capital", "interest", "costs", "openness"):
            agrees = row._mapping.get(f"{part}_agree", row._mapping.get(f"{part}_agrees"))  # noqa: SLF001 - public
            if not agrees:
                faults.append(f"case {row.number}: {part} of the case and its rows differ")
        faults += [f"case {row.number}: {fault}" for fault in _history_faults(row.history or [], row.status)]
    faults += [f"invoice {row.invoice_id}: more than one open case" for row in connection.execute(_OPEN_TWICE)]
    faults += [f"case {row.id}: settlements and what was told of them differ" for row in connection.execute(_TOLD)]
    numbers = connection.execute(_NUMBERS).one()
    if numbers.cases and (numbers.highest != numbers.last or numbers.highest - numbers.lowest + 1 != numbers.numbers):
        faults.append("case numbers: the series has gaps or the counter is not at its end")
    return faults


def main() -> int:
    """The exit code of the command: 0 when everything agrees."""
    return verifying.run("collection", check)


def _history_faults(history: list[str], status: str) -> list[str]:
    """Whether the replayed history goes only along allowed transitions and ends where the case stands."""
    current: CaseStatus | None = None
    for step in history:
        following = CaseStatus(step)
        if following not in TRANSITIONS[current]:
            return [f"went from {current} to {following}"]
        current = following
    return [] if current is not None and current.value == status else ["its status is not the last of its history"]
