"""Kravstoppad in Fakturainformation: before what, until when and why (SPEC I-06)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date
from gateway.forms.labels import Faults, Label, gather
from gateway.presentation import day, to_day
from kernel.errors import FieldViolation, InvalidInput
from kernel.formats import parse_date
from rf.ledger.v1 import demand_stops_pb2
from rf.ledger.v1.demand_stops_pb2 import DemandStop

KINDS: Final[Mapping[str, "demand_stops_pb2.DemandStopKind.ValueType"]] = {
    "nej": demand_stops_pb2.DEMAND_STOP_KIND_NONE,
    "paminnelse": demand_stops_pb2.DEMAND_STOP_KIND_REMINDER,
    "inkasso": demand_stops_pb2.DEMAND_STOP_KIND_COLLECTION,
    "bada": demand_stops_pb2.DEMAND_STOP_KIND_BOTH,
}
LABELS: Final[Mapping[str, Label]] = {
    "kravstopp": Label("Kravstoppad", "Välj i listan."),
    "kravstopp_till": Label("Kravstopp upphör", "Skriv t.ex. 2026-12-24 eller +30, eller töm fältet för tills vidare."),
    "kravstopp_orsak": Label("Orsak", "Skriv högst 200 tecken."),
}
_FIELD_OF: Final[Mapping[str, str]] = {
    "kind": "kravstopp",
    "until_date": "kravstopp_till",
    "reason": "kravstopp_orsak",
}


@dataclass
class StopForm:
    """The stop as written, with its faults. ``saved`` is what the invoice has."""

    values: dict[str, str]
    saved: dict[str, str]
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def of(cls, stop: DemandStop, today: date) -> "StopForm":
        """The form of an invoice's stop; one that has ended is none."""
        values = _written(stop, today)
        return cls(values, values)

    @classmethod
    def read(cls, posted: MultiDict[str, str], stop: DemandStop, today: date) -> "StopForm":
        """From a posted form."""
        return cls({name: posted.get(name, "") for name in LABELS}, _written(stop, today))

    def stop(self, today: date) -> DemandStop:
        """The stop that the form means. What cannot be read is a fault, and is left out."""
        kind = KINDS.get(self.values["kravstopp"])
        if kind is None:
            self.faults.add("kravstopp", LABELS["kravstopp"], FieldViolation("", "CHOICE"))
            return DemandStop()
        stop = DemandStop(kind=kind)
        if kind == demand_stops_pb2.DEMAND_STOP_KIND_NONE:
            return stop
        stop.reason = self.values["kravstopp_orsak"]
        if self.values["kravstopp_till"].strip():
            try:
                until = parse_date(self.values["kravstopp_till"], today)
                stop.until_date.CopyFrom(from_date(until))
            except InvalidInput as error:
                self.faults.add("kravstopp_till", LABELS["kravstopp_till"], error.violations[0])
        return stop

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at their fields."""
        self.faults = gather(violations, _FIELD_OF, LABELS)


def holds(stop: DemandStop, today: date) -> bool:
    """Whether the invoice stands still today."""
    until = to_day(stop.until_date) if stop.HasField("until_date") else None
    idle = {demand_stops_pb2.DEMAND_STOP_KIND_NONE, demand_stops_pb2.DEMAND_STOP_KIND_UNSPECIFIED}
    return stop.kind not in idle and (until is None or until >= today)


def _written(stop: DemandStop, today: date) -> dict[str, str]:
    if not holds(stop, today):
        return {"kravstopp": "nej", "kravstopp_till": "", "kravstopp_orsak": ""}
    kind = next(name for name, number in KINDS.items() if number == stop.kind)
    until = day(stop.until_date) if stop.HasField("until_date") else ""
    return {"kravstopp": kind, "kravstopp_till": until, "kravstopp_orsak": stop.reason}
