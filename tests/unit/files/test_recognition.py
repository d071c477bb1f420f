"""A format is recognised by what a file holds, never by its name."""

import pytest

from services.files.domain.payments import Format
from services.files.domain.recognition import FileFormat, recognise
from tests.unit.files.builders import a_bgmax, a_camt054, camt_of


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (a_bgmax()[:100], (Format.BGMAX, "01")),
        (b"\xef\xbb\xbf\r\n" + a_bgmax()[:30], (Format.BGMAX, "01")),
        (a_camt054(), (Format.CAMT_054, "001.02")),
        (a_camt054(version="001.08"), (Format.CAMT_054, "001.08")),
        (camt_of("", kind="053", version="001.13"), (Format.CAMT_053, "001.13")),
        (camt_of("", kind="053").decode().replace("UTF-8", "UTF-16").encode("utf-16"), (Format.CAMT_053, "001.02")),
        (
            b"<!-- camt.053 --><x:Document xmlns:x='urn:iso:std:iso:20022:tech:xsd:camt.054.001.04'/>",
            (Format.CAMT_054, "001.04"),
        ),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.052.001.02'/>", (Format.UNKNOWN, "")),
        (b"<Invoice note='urn:iso:std:iso:20022:tech:xsd:camt.054.001.02'/>", (Format.UNKNOWN, "")),
        (b"%PDF-1.7 01BGMAX               01", (Format.UNKNOWN, "")),
        (b"01BGMAXIMUM           01", (Format.UNKNOWN, "")),
        (b"PK\x03\x04", (Format.UNKNOWN, "")),
        (b"", (Format.UNKNOWN, "")),
        (b"\xff\xfe", (Format.UNKNOWN, "")),
        (b"<!--" * 20_000, (Format.UNKNOWN, "")),
    ],
)
def test_formats(head: bytes, expected: tuple[Format, str]) -> None:
    recognised = recognise(head, "anything.bin")

    assert (recognised.format, recognised.version) == expected


def test_a_name_never_makes_a_format() -> None:
    assert recognise(b"hello", "bgmax.txt") == FileFormat(Format.UNKNOWN)


def test_a_name_that_promises_something_else_is_told() -> None:
    assert recognise(a_camt054(), "payments.xml").name_agrees
    assert not recognise(a_camt054(), "payments.txt").name_agrees
    assert recognise(a_bgmax(), "BFEP.UAUTO1.K0").name_agrees
    assert not recognise(a_bgmax(), "BgMax.XML").name_agrees
