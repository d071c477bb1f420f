"""ISO 20022 camt.053 (statement) and camt.054 (notification) as Swedish banks send them.

A file holds reports (``Stmt``, ``Ntfctn``) on an account, a report entries (``Ntry``), and an entry the transactions
(``TxDtls``) behind it, at a Swedish bank one deposit and its payments. Only what has come in and is booked counts;
other entries are listed as ignored. Read as a stream: a transaction leaves memory as soon as its values are taken.

The XML is hostile until proven otherwise (OWASP ASVS 1.5.1): no document type declaration, so no entities to expand or
to fetch; encodings that are supersets of ASCII only, so that the look for it cannot be fooled; limits on everything.
"""

from datetime import datetime
from re import compile as regex
from typing import BinaryIO, Final, cast

from lxml import etree

from services.files.domain import camt_transactions, faults
from services.files.domain.camt_elements import Element, Part, Place, local_name
from services.files.domain.camt_entries import Entry, Report
from services.files.domain.faults import FaultList, PaymentFileRefused
from services.files.domain.limited import LIMITS, LimitedSource, Limits
from services.files.domain.payments import (
    SWEDISH_TIME,
    Format,
    PaymentFile,
    with_unique_references,
)
from services.files.domain.recognition import HEAD_BYTES, after_prolog, head_text, recognise

VERSIONS: Final = tuple(f"001.{number:02}" for number in range(2, 14))
_TRANSACTION: Final = 6  # the depth of a transaction: what lies below it is only counted here
MAX_DEPTH: Final = 32  # the schemas need about 15
MAX_ELEMENTS: Final = 20_000  # of what is held at a time, such as one transaction: a long one has 200
MAX_REPORTS: Final = 10_000  # accounts in one message

_ENCODINGS: Final = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_DECLARED_ENCODING = regex(r"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]*)["']""")
_MESSAGES = {Format.CAMT_053: ("BkToCstmrStmt", "Stmt"), Format.CAMT_054: ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
_CUT_OFF = frozenset({etree.ErrorTypes.ERR_DOCUMENT_END, etree.ErrorTypes.ERR_TAG_NOT_FINISHED})
_BAD_BYTES = frozenset({etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_INVALID_CHAR})


def parse(source: BinaryIO, *, limits: Limits = LIMITS) -> PaymentFile:
    """The incoming payments of a camt.053 or camt.054 file; ``source`` stands at its beginning and can seek.

    Raises ``PaymentFileRefused`` with every fault found.
    """
    found = FaultList()
    head = source.read(HEAD_BYTES)
    source.seek(0)
    kind, version = _must_be_safe_camt(head, found)
    reader = _Reader(found, kind, limits)
    try:
        for event, element in etree.iterparse(
            cast("BinaryIO", LimitedSource(source, limits.max_bytes, found)),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        ):
            if event == "start":
                reader.start(element)
            else:
                reader.end(element)
    except etree.LxmlError as error:
        raise _not_xml(error, found) from error
    return reader.finish(version)


def _must_be_safe_camt(head: bytes, found: FaultList) -> tuple[Format, str]:
    if not head.strip():
        raise found.stop("", faults.EMPTY_FILE)
    beginning = head_text(head)
    if after_prolog(beginning).startswith("<!"):
        raise found.stop("", faults.XML_FORBIDDEN)
    declared = _DECLARED_ENCODING.match(beginning)
    wide = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    if declared and declared[1].lower() not in ({"utf-16"} if wide else _ENCODINGS):
        raise found.stop("", faults.WRONG_ENCODING, declared=declared[1][:20])
    recognised = recognise(head)
    if recognised.format not in _MESSAGES:
        raise found.stop("", faults.UNKNOWN_FORMAT)
    if recognised.version not in VERSIONS:
        raise found.stop("", faults.UNKNOWN_VERSION, version=recognised.version)
    return recognised.format, recognised.version


def _not_xml(error: etree.LxmlError, found: FaultList) -> PaymentFileRefused:
    code = getattr(error, "code", None)
    line = getattr(error, "lineno", None) or 0
    if code in _CUT_OFF:
        return found.stop(f"line {line}", faults.TRUNCATED)
    if code in _BAD_BYTES:
        return found.stop(f"line {line}", faults.WRONG_ENCODING)
    return found.stop(f"line {line}", faults.XML_NOT_WELL_FORMED)


class _Reader:
    """Takes the parser's events and knows where in the message it is, by depth: 3 report, 4 entry, 6 transaction."""

    def __init__(self, found: FaultList, kind: Format, limits: Limits) -> None:
        self._found = found
        self._kind = kind
        self._message, self._report_name = _MESSAGES[kind]
        self._limits = limits
        self._path: list[str] = []
        self._held = 0
        self._rows = 0
        self._entries = 0
        self._created_at = datetime.min.replace(tzinfo=SWEDISH_TIME)
        self._message_id = ""
        self._has_header = False
        self._reports: list[Report] = []
        self._entry: Entry | None = None

    @property
    def _report(self) -> Report:
        return self._reports[-1]

    def start(self, element: Element) -> None:
        path = self._path
        self._held += 1
        if len(path) >= MAX_DEPTH or self._held > MAX_ELEMENTS:
            raise self._found.stop(f"line {element.sourceline}", faults.XML_TOO_COMPLEX)
        if len(path) >= _TRANSACTION:
            path.append("")
            return
        path.append(local_name(element))
        match len(path):
            case 1 if element.getroottree().docinfo.internalDTD is not None:
                raise self._found.stop("", faults.XML_FORBIDDEN)
            case 2 if path[1] != self._message:
                raise self._found.stop(self._place_of(path), faults.MISSING_ELEMENT, element=self._message)
            case 3 if path[2] == self._report_name:
                number = len(self._reports) + 1
                if number > MAX_REPORTS:
                    raise self._found.stop(self._place_of(path), faults.XML_TOO_COMPLEX)
                self._reports.append(Report(self._place(f"{self._place_of(path)}[{number}]")))
            case 4 if self._in_entry(path):
                self._report.entries += 1
                self._entries += 1
                if self._entries > self._limits.max_rows:
                    raise self._too_many_rows(self._place_of(path))
            case 5 if self._in_entry(path) and path[4] == "NtryDtls":
                entry = self._opened(element.getparent())
                entry.details_no += 1

    def end(self, element: Element) -> None:
        path = self._path
        if len(path) > _TRANSACTION:
            path.pop()
            return
        match len(path):
            case 6 if self._in_entry(path) and path[4:] == ["NtryDtls", "TxDtls"]:
                self._take_transaction(element)
                _forget(element, only=element.tag)
                self._held = 0
            case 5 if self._in_entry(path) and path[4] == "NtryDtls":
                self._opened(element.getparent()).close_details(Part(element).one("Btch"))
                element.clear()
            case 4 if path[2] == self._report_name:
                self._take_report_part(element)
                _forget(element)
                self._held = 0
            case 3:
                if path[2] == "GrpHdr":
                    self._take_header(element)
                elif path[2] == self._report_name:
                    self._report.close()
                _forget(element)
                self._held = 0
        path.pop()

    def finish(self, version: str) -> PaymentFile:
        place = self._place(f"/Document/{self._message}")
        if not self._has_header:
            place.fault(faults.MISSING_ELEMENT, element="GrpHdr")
        if not self._reports:
            place.fault(faults.MISSING_ELEMENT, element=self._report_name)
        self._found.refuse_if_any()
        deposits = with_unique_references((d for report in self._reports for d in report.deposits), self._found)
        self._found.refuse_if_any()
        return PaymentFile(
            format=self._kind,
            version=version,
            created_at=self._created_at,
            message_id=self._message_id,
            is_test=False,
            deposits=deposits,
            ignored=tuple(entry for report in self._reports for entry in report.ignored),
        )

    def _in_entry(self, path: list[str]) -> bool:
        return path[2] == self._report_name and path[3] == "Ntry"

    def _place_of(self, path: list[str]) -> str:
        return "/" + "/".join(path)

    def _place(self, position: str) -> Place:
        return Place(position, self._found)

    def _opened(self, element: Element | None) -> Entry:
        """The entry being read. Its own values stand before its details, as the schema orders them."""
        if self._entry is None:
            if element is None:  # an entry always has a parent: the report
                raise self._found.stop("", faults.MISSING_ELEMENT, element="Ntry")
            self._entry = Entry.opened(Part(element), self._report)
        return self._entry

    def _next_row(self, position: str) -> int:
        self._rows += 1
        if self._rows > self._limits.max_rows:
            raise self._too_many_rows(position)
        return self._rows

    def _too_many_rows(self, position: str) -> PaymentFileRefused:
        return self._found.stop(position, faults.TOO_MANY_ROWS, max_rows=self._limits.max_rows)

    def _take_transaction(self, element: Element) -> None:
        details = element.getparent()
        entry = self._opened(details.getparent() if details is not None else None)
        entry.transactions_in_details += 1
        if entry.counts:
            position = f"{entry.place.position}/NtryDtls[{entry.details_no}]/TxDtls[{entry.transactions_in_details}]"
            place = Place(position, self._found, self._next_row(position))
            entry.transactions.append(camt_transactions.read(Part(element), place, entry.details_no, entry.currency))

    def _take_report_part(self, element: Element) -> None:
        match self._path[3]:
            case "Ntry":
                entry, self._entry = self._opened(element), None
                entry.close(Part(element), self._next_row)
            case name:
                self._report.take(name, Part(element))

    def _take_header(self, element: Element) -> None:
        self._has_header = True
        place = self._place(self._place_of(self._path))
        header = Part(element)
        self._message_id = header.text("MsgId")
        if not self._message_id:
            place.fault(faults.MISSING_ELEMENT, element="MsgId")
        self._created_at = place.moment(header, "CreDtTm") or self._created_at


def _forget(element: Element, only: object = None) -> None:
    """Empty an element that has been read and drop those before it. The parser still needs the element itself."""
    element.clear()
    parent = element.getparent()
    before = element.getprevious()
    while parent is not None and before is not None and (only is None or before.tag == only):
        parent.remove(before)
        before = element.getprevious()
