"""The constants of collection in Swedish, as the manual and SPEC part 2 spell them."""

from collections.abc import Mapping
from typing import Final

from rf.collection.v1 import cases_pb2

STATUS: Final[Mapping[int, tuple[str, str, str]]] = {  # word, look and icon of the chip
    cases_pb2.CASE_STATUS_REGISTERED: ("Registrerad", "brick", "exclamation-diamond"),
    cases_pb2.CASE_STATUS_PAID: ("Slutbetald", "ok", "check-lg"),
    cases_pb2.CASE_STATUS_WITHDRAWN: ("Återkallad", "", "arrow-counterclockwise"),
}
KIND: Final[Mapping[int, str]] = {
    cases_pb2.CASE_KIND_OWN: "Egen inkasso",
    cases_pb2.CASE_KIND_AGENT: "Ombudsinkasso",
}
COST: Final[Mapping[int, str]] = {
    cases_pb2.COST_KIND_REMINDER: "Påminnelseavgift",
    cases_pb2.COST_KIND_DEMAND: "Inkassokostnad",
    cases_pb2.COST_KIND_INSTALMENT_PLAN: "Amorteringsplan",
    cases_pb2.COST_KIND_LATE_PAYMENT: "Förseningsersättning",
}
SETTLED: Final = ("kostnader", "ränta", "kapital", "överskott")  # in the order in which a payment is settled
NO_STATUS: Final = ("", "", "")
