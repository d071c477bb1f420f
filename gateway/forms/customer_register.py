"""The search of Kundregister as it stands in the query string (SPEC C-02)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from gateway.forms.labels import Label
from rf.ledger.v1 import customers_pb2
from rf.ledger.v1.customers_pb2 import CustomerRegisterSort, ListCustomersRequest

PAGE_SIZE: Final = 50
FIELDS: Final[Mapping[str, tuple[str, Label]]] = {  # of the address → of the message, and how the page calls it
    "kundnr": ("customer_number", Label("Kundnummer", "Skriv hela numret, eller början och en stjärna, t.ex. 1004*.")),
    "namn": ("name", Label("Namn", "Skriv t.ex. nattsjö.")),
    "idnr": ("id_number", Label("ID-nummer", "Skriv minst fyra siffror från början, t.ex. 1986.")),
    "gata": ("street", Label("Gatuadress", "Skriv början av adressen.")),
    "ort": ("town", Label("Ort", "Skriv början av ortens namn.")),
}
SORTS: "Final[Mapping[str, tuple[str, CustomerRegisterSort.ValueType]]]" = {
    "kundnr": ("KundNr", customers_pb2.CUSTOMER_REGISTER_SORT_NUMBER),
    "namn": ("Namn", customers_pb2.CUSTOMER_REGISTER_SORT_NAME),
    "idnr": ("ID-nummer", customers_pb2.CUSTOMER_REGISTER_SORT_ID_NUMBER),
    "gata": ("Gatuadress", customers_pb2.CUSTOMER_REGISTER_SORT_STREET),
    "postnr": ("Postnummer", customers_pb2.CUSTOMER_REGISTER_SORT_POSTCODE),
    "ort": ("Ort", customers_pb2.CUSTOMER_REGISTER_SORT_TOWN),
}
FIRST_SORT: Final = "kundnr"


@dataclass(frozen=True)
class RegisterSearch:
    """What is asked for."""

    values: Mapping[str, str]
    sort: str = FIRST_SORT
    descending: bool = False
    token: str = ""

    @classmethod
    def read(cls, query: MultiDict[str, str]) -> "RegisterSearch":
        """From a query string; what no page of ours writes is left out."""
        values = {name: query.get(name, "").strip() for name in FIELDS}
        sort = query.get("sort", "")
        return cls(
            values={name: value for name, value in values.items() if value},
            sort=sort if sort in SORTS else FIRST_SORT,
            descending=sort in SORTS and query.get("ordning") == "fallande",
            token=query.get("sida", ""),
        )

    def request(self, client_ids: Sequence[str]) -> ListCustomersRequest:
        """The question for a page."""
        asked = ListCustomersRequest(
            client_ids=client_ids,
            sort=SORTS[self.sort][1],
            descending=self.descending,
            page_size=PAGE_SIZE,
            page_token=self.token,
        )
        for name, value in self.values.items():
            setattr(asked, FIELDS[name][0], value)
        return asked

    def query(self, token: str = "") -> dict[str, Any]:
        """The same search in an address, from the first page or another."""
        order = self._order(self.sort, descending=self.descending)
        return {**self.values, **order, **({"sida": token} if token else {})}

    def sorted_by(self, name: str) -> dict[str, Any]:
        """The same search in the order of a heading; a second press turns it round."""
        return {**self.values, **self._order(name, descending=name == self.sort and not self.descending)}

    @staticmethod
    def _order(name: str, *, descending: bool) -> dict[str, str]:
        usual = name == FIRST_SORT and not descending
        return {} if usual else {"sort": name, **({"ordning": "fallande"} if descending else {})}
