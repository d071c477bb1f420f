"""What an attacker would send (OWASP ASVS 1.5.1, 5.2): refused quickly, in little memory, and without fetching."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from services.files.domain import faults
from services.files.domain.camt import MAX_DEPTH, MAX_ELEMENTS
from services.files.domain.limited import Limits
from tests.unit.files.builders import an_entry, camt_of, details, reasons

ROOT = Path(__file__).parents[3]


def with_doctype(doctype: str, text: str = "R1", encoding: str = "utf-8") -> bytes:
    message = camt_of(an_entry()).decode().replace("<Id>R1</Id>", f"<Id>{text}</Id>")
    message = message.replace("UTF-8", "UTF-16" if encoding.startswith("utf-16") else "UTF-8")
    declaration, _, rest = message.partition("\n")
    return f"{declaration}\n<!-- a comment --><?and an instruction?>{doctype}{rest}".encode(encoding)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "content",
    [
        with_doctype("<!DOCTYPE Document>"),
        with_doctype(f'<!DOCTYPE Document [<!ENTITY l0 "ha">{LAUGHS}]>', "&l11;"),
        with_doctype('<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        with_doctype('<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/evil.dtd">'),
        with_doctype('<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p">%p;]>'),
        with_doctype(f'<!DOCTYPE Document [<!ENTITY a "{"a" * 50_000}">]>', "&a;" * 20_000),
        with_doctype('<!DOCTYPE Document [<!ENTITY a "b">]>', "&a;", "utf-16"),
        with_doctype('<!DOCTYPE Document [<!ATTLIST Ntry x CDATA "&l;">]>'),
    ],
    ids=["bare", "billion laughs", "file", "external DTD", "parameter", "quadratic blowup", "UTF-16", "attribute"],
)
def test_a_document_type_declaration_is_forbidden_whatever_it_says(content: bytes) -> None:
    assert reasons(content) == [faults.XML_FORBIDDEN]


def test_a_declaration_behind_a_wall_of_comments_is_not_read() -> None:
    wall = "<!-- -->" * 10_000
    assert reasons(with_doctype(wall + "<!DOCTYPE Document>")) == [faults.UNKNOWN_FORMAT]


def test_wide_encodings_without_a_byte_order_mark_are_unknown() -> None:
    content = with_doctype("<!DOCTYPE Document>", encoding="utf-16-le")
    assert reasons(content) == [faults.UNKNOWN_FORMAT]


def test_xinclude_and_schema_locations_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{tmp_path}/secret" parse="text"/>'
    assert reasons(camt_of(include + an_entry())) == []


def test_deep_nesting() -> None:
    deep = "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1)
    assert reasons(camt_of(deep)) == [faults.XML_TOO_COMPLEX]
    assert reasons(camt_of("<a>" * 100_000)) == [faults.XML_TOO_COMPLEX]


@pytest.mark.parametrize("where", ["report", "entry", "details", "transaction"])
def test_a_flood_of_elements_in_one_place(where: str) -> None:
    flood = "<a/>" * (MAX_ELEMENTS + 10)
    inside = {
        "report": f"<Bal>{flood}</Bal>",
        "entry": an_entry(flood),
        "details": an_entry(details(flood)),
        "transaction": an_entry(details(f"<TxDtls>{flood}</TxDtls>")),
    }
    assert reasons(camt_of(inside[where])) == [faults.XML_TOO_COMPLEX]


def test_a_flood_of_reports_and_of_outgoing_entries() -> None:
    assert reasons(camt_of("</Ntfctn><Ntfctn>" * 10_001)) == [faults.XML_TOO_COMPLEX]
    outgoing = an_entry(indicator="<CdtDbtInd>DBIT</CdtDbtInd>")
    assert reasons(camt_of(outgoing * 11), limits=Limits(max_rows=10)) == [faults.TOO_MANY_ROWS]


def test_ten_megabytes_in_one_text() -> None:
    assert reasons(camt_of(f"<Nm>{'x' * 10_000_001}</Nm>")) == [faults.XML_NOT_WELL_FORMED]


MEMORY_OF_READING = """
from io import BytesIO
from resource import RUSAGE_SELF, getrusage
from services.files.domain import camt
from tests.unit.files.builders import a_transaction, an_entry, camt_of, details
flood = '<Bal><Amt Ccy="SEK">1.00</Amt></Bal>' * 200_000
outgoing = an_entry(details(*[a_transaction()] * 20_000), indicator="<CdtDbtInd>DBIT</CdtDbtInd>")
content = BytesIO(camt_of(flood + outgoing))
before = getrusage(RUSAGE_SELF).ru_maxrss
camt.parse(content)
print(len(content.getvalue()), (getrusage(RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_ten_megabytes_on_one_line_are_read_in_little_memory() -> None:
    """Many small parts are no attack. Measured in a process of its own: the tree of libxml2 is not Python's memory."""
    answer = run([sys.executable, "-c", MEMORY_OF_READING], capture_output=True, text=True, check=True, cwd=ROOT)
    size, grown = map(int, answer.stdout.split())

    assert size > 9_000_000
    assert grown < 4_000_000


def test_ten_thousand_attributes_and_namespaces() -> None:
    attributes = " ".join(f'a{n}="{n}"' for n in range(10_000))
    assert reasons(camt_of(f"<Bal {attributes}/>" + an_entry())) == []
    namespaces = " ".join(f'xmlns:n{n}="u:{n}"' for n in range(5_000))
    assert reasons(camt_of(f"<Bal {namespaces}/>" + an_entry())) == []
