"""The ledger: terms, accounts, customers, journals, invoices, vouchers, receipts, payments.

Amounts are whole minor units; columns named ``…_sek_minor`` and every posting are öre. ``client_id`` leads every key.
What is booked is append-only. `posting` and `voucher` watch over each other with statement triggers, see
docs/adr/0003-balance-of-vouchers.md.

Revision ID: 0001
Revises:
"""

from datetime import date
from decimal import Decimal

from alembic import op

from chassis.migrations import app_role, append_only, grant, tenant_table
from chassis.platform_tables import create_platform_tables
from kernel.interest import REFERENCE_RATES

revision = "0001"
down_revision = None

# -- terms and accounts ------------------------------------------------------------------------------------------

CLIENT_TERMS = """
CREATE TABLE client_terms (
    client_id uuid PRIMARY KEY,
    name text NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    organisation_number text NOT NULL,
    street text NOT NULL,
    postcode text NOT NULL,
    town text NOT NULL,
    phone text NOT NULL,
    email text NOT NULL,
    bankgiro text NOT NULL,
    holds_bank_account boolean NOT NULL,
    f_tax boolean NOT NULL,
    payment_terms_days integer NOT NULL CHECK (payment_terms_days BETWEEN 0 AND 180),
    rounds_to_krona boolean NOT NULL,
    ocr_kind text NOT NULL CHECK (ocr_kind IN ('CHECK_DIGIT', 'LENGTH_DIGIT')),
    first_invoice_number bigint NOT NULL,
    first_customer_number bigint NOT NULL,
    collection_kind text NOT NULL CHECK (collection_kind IN ('OWN', 'AGENT')),
    four_eyes boolean NOT NULL,
    invoice_fee_minor bigint NOT NULL CHECK (invoice_fee_minor >= 0),
    changed_at timestamptz NOT NULL DEFAULT now()
)
"""
ACCOUNT = """
CREATE TABLE account (
    client_id uuid NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    type text NOT NULL CHECK (type IN ('T', 'S', 'I', 'K')),  -- as SIE: asset, debt, income, cost
    PRIMARY KEY (client_id, number)
)
"""
ACCOUNT_MAPPING = """
CREATE TABLE account_mapping (
    client_id uuid NOT NULL,
    use text NOT NULL,
    account text NOT NULL,
    PRIMARY KEY (client_id, use),
    FOREIGN KEY (client_id, account) REFERENCES account
)
"""
REFERENCE_RATE = """
CREATE TABLE reference_rate (
    half_year text PRIMARY KEY CHECK (half_year ~ '^[12][0-9]{3}H[12]$'),
    basis_points integer NOT NULL,
    source text NOT NULL,
    entered_at timestamptz NOT NULL DEFAULT now(),
    entered_by text NOT NULL
)
"""
COUNTER = """
CREATE TABLE counter (
    client_id uuid NOT NULL,
    series text NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (client_id, series)
)
"""

# -- customers ---------------------------------------------------------------------------------------------------

CUSTOMER = """
CREATE TABLE customer (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    number_key text COLLATE "C" NOT NULL,  -- domain.numbers.natural_key
    kind text NOT NULL CHECK (kind IN ('PERSON', 'COMPANY')),
    name text NOT NULL,
    sort_key text COLLATE "C" NOT NULL,  -- kernel.sorting
    id_number text COLLATE "C" NOT NULL,  -- twelve digits as kernel.identity, or empty
    email text NOT NULL,
    phone text NOT NULL,
    protected_identity boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, id),
    CONSTRAINT customer_number UNIQUE (client_id, number)
)
"""
CUSTOMER_ADDRESS = """
CREATE TABLE customer_address (
    client_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,  -- the last day; none while in force
    care_of text NOT NULL,
    street text NOT NULL,
    postcode text NOT NULL,
    town text NOT NULL,
    country_code text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, customer_id, valid_from),
    FOREIGN KEY (client_id, customer_id) REFERENCES customer,
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
)
"""
CUSTOMER_INDEXES = (
    "CREATE INDEX customer_by_number ON customer (client_id, number_key, id)",
    "CREATE INDEX customer_by_name ON customer (client_id, sort_key, id)",
    "CREATE INDEX customer_by_id_number ON customer (client_id, id_number) WHERE id_number <> ''",
    "CREATE UNIQUE INDEX customer_address_now ON customer_address (client_id, customer_id) WHERE valid_to IS NULL",
)

# -- journals ----------------------------------------------------------------------------------------------------

JOURNAL = """
CREATE TABLE journal (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('INVOICES', 'TRANSACTIONS')),
    number bigint NOT NULL,
    owner text NOT NULL,  -- subject of the caller who registers in it
    source text NOT NULL DEFAULT '',  -- name of the file that it was made from
    version bigint NOT NULL DEFAULT 0,  -- counts up at every change
    created_at timestamptz NOT NULL DEFAULT now(),
    approved_at timestamptz,
    approved_by text,
    PRIMARY KEY (client_id, id),
    CONSTRAINT journal_number UNIQUE (client_id, number),
    CHECK ((approved_at IS NULL) = (approved_by IS NULL))
)
"""
JOURNAL_ITEM = """
CREATE TABLE journal_item (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    journal_id uuid NOT NULL,
    position integer NOT NULL,
    payload jsonb NOT NULL,  -- the draft of an invoice, or a payment
    customer_id uuid,  -- of an invoice
    bank_reference text,  -- of a payment
    currency text NOT NULL,
    amount_minor bigint NOT NULL,  -- total of the invoice, or amount of the payment, as worked out when it was stored
    PRIMARY KEY (client_id, id),
    CONSTRAINT journal_item_position UNIQUE (client_id, journal_id, position),
    FOREIGN KEY (client_id, journal_id) REFERENCES journal
)
"""
JOURNAL_INDEXES = (
    # one open journal per person and kind; those of a file stand for themselves
    "CREATE UNIQUE INDEX journal_open ON journal (client_id, owner, kind) WHERE approved_at IS NULL AND source = ''",
    "CREATE INDEX journal_of_owner ON journal (client_id, owner, id) WHERE approved_at IS NULL",
    (
        "CREATE UNIQUE INDEX journal_item_bank_reference ON journal_item (client_id, journal_id, bank_reference)"
        " WHERE bank_reference IS NOT NULL"
    ),
)
RECEIPT = """
CREATE TABLE receipt (
    client_id uuid NOT NULL,
    number bigint NOT NULL,  -- from 1, the client's chain
    journal_id uuid NOT NULL,
    journal_kind text NOT NULL,
    journal_number bigint NOT NULL,
    approved_at timestamptz NOT NULL,
    approved_by text NOT NULL,  -- name
    item_count integer NOT NULL,
    sums jsonb NOT NULL,  -- currency -> minor units
    item_ids uuid[] NOT NULL,  -- invoices or payments made, in the order of the items
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    previous_hash bytea NOT NULL CHECK (length(previous_hash) IN (0, 32)),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (client_id, number),
    CONSTRAINT receipt_journal UNIQUE (client_id, journal_id),
    FOREIGN KEY (client_id, journal_id) REFERENCES journal
)
"""
RECEIPT_HEAD = """
CREATE TABLE receipt_head (
    client_id uuid PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL
)
"""

# -- invoices ----------------------------------------------------------------------------------------------------

INVOICE = """
CREATE TABLE invoice (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    number_key text COLLATE "C" NOT NULL,  -- domain.numbers.natural_key
    kind text NOT NULL CHECK (kind IN ('F', 'K', 'R', 'S')),
    service text NOT NULL CHECK (service IN ('INVOICING', 'LEDGER')),
    customer_id uuid NOT NULL,
    customer_number text COLLATE "C" NOT NULL,  -- these three are copies, for sorting at a million rows
    customer_number_key text COLLATE "C" NOT NULL,
    customer_sort_key text COLLATE "C" NOT NULL,
    invoice_date date NOT NULL,
    payment_terms_days integer NOT NULL,
    due_date date NOT NULL,
    currency text NOT NULL,
    exchange_rate numeric(18, 9) NOT NULL CHECK (exchange_rate > 0),  -- SEK for one; 1 for SEK
    net_minor bigint NOT NULL,
    vat_minor bigint NOT NULL,
    rounding_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    paid_minor bigint NOT NULL DEFAULT 0,  -- by payments, case settlements included
    credited_minor bigint NOT NULL DEFAULT 0,  -- by credit invoices; of a credit invoice: what has been used of it
    open_minor bigint NOT NULL,
    total_sek_minor bigint NOT NULL,  -- as booked
    open_sek_minor bigint NOT NULL,  -- what is left of it on the receivable account
    is_open boolean GENERATED ALWAYS AS (open_minor <> 0) STORED,
    vat_sums jsonb NOT NULL,  -- [{"percent": 25, "net_minor": 100, "vat_minor": 25}], highest rate first
    fee_minor bigint NOT NULL DEFAULT 0,  -- invoice fee without VAT, part of net
    ocr_number text,
    your_reference text NOT NULL,
    our_reference text NOT NULL,
    subject text NOT NULL,
    credits_invoice_id uuid,
    journal_id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    approved_at timestamptz NOT NULL DEFAULT now(),
    booking_date date NOT NULL,
    document_id uuid,
    document_sha256 bytea CHECK (length(document_sha256) = 32),
    reminded_at timestamptz,
    sent_to_collection_on date,
    final_invoiced_by uuid,
    case_id uuid,
    case_number text,
    PRIMARY KEY (client_id, id),
    CONSTRAINT invoice_number UNIQUE (client_id, number),
    FOREIGN KEY (client_id, customer_id) REFERENCES customer,
    CONSTRAINT invoice_adds_up CHECK (
        total_minor = net_minor + vat_minor + rounding_minor AND total_minor = paid_minor + credited_minor + open_minor
    ),
    CONSTRAINT invoice_open_within_total CHECK (
        open_minor = 0 OR (sign(open_minor) = sign(total_minor) AND abs(open_minor) <= abs(total_minor))
    ),
    CONSTRAINT invoice_open_sek_within_total CHECK (
        open_sek_minor = 0
        OR (sign(open_sek_minor) = sign(total_sek_minor) AND abs(open_sek_minor) <= abs(total_sek_minor))
    ),
    CONSTRAINT invoice_settled_in_both CHECK (open_minor <> 0 OR open_sek_minor = 0),
    CONSTRAINT invoice_document_whole CHECK ((document_id IS NULL) = (document_sha256 IS NULL))
)
"""
# A search walks one index per client and half (open, settled) in its order; see storage/invoice_search.py.
INVOICE_SORTS = {
    "number": "number_key",
    "customer_number": "customer_number_key",
    "name": "customer_sort_key",
    "invoice_date": "invoice_date",
    "due_date": "due_date",
    "paid": "paid_minor",
    "remaining": "open_minor",
}
# What a search filters by and counts is in the indexes: a walk that leaves rows out, and a tally of ten thousand, never
# touch the table (3 ms instead of 15 at a million invoices), so long as autovacuum keeps its pages marked as visible.
INVOICE_FILTERS = ("due_date", "open_minor", "reminded_at", "sent_to_collection_on")
INVOICE_TALLY = {"due_date": ("currency",)}
INVOICE_INDEXES = (
    *(
        f"CREATE INDEX invoice_by_{name} ON invoice (client_id, is_open, {column}, id) INCLUDE ("
        + ", ".join(one for one in (*INVOICE_FILTERS, *INVOICE_TALLY.get(name, ())) if one != column)
        + ")"
        for name, column in INVOICE_SORTS.items()
    ),
    (
        "ALTER TABLE invoice SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,"
        " autovacuum_analyze_scale_factor = 0.02)"
    ),
    "CREATE INDEX invoice_of_customer ON invoice (client_id, customer_id)",
    "CREATE INDEX invoice_of_customer_number ON invoice (client_id, customer_number)",
    (
        "CREATE INDEX invoice_reminded ON invoice (client_id, is_open) INCLUDE (currency, open_minor)"
        " WHERE reminded_at IS NOT NULL"
    ),
    (
        "CREATE INDEX invoice_in_collection ON invoice (client_id, is_open) INCLUDE (currency, open_minor)"
        " WHERE sent_to_collection_on IS NOT NULL"
    ),
    "CREATE INDEX invoice_credits ON invoice (client_id, credits_invoice_id) WHERE credits_invoice_id IS NOT NULL",
    "CREATE UNIQUE INDEX invoice_ocr ON invoice (client_id, ocr_number) WHERE ocr_number IS NOT NULL",
)
INVOICE_ROW = """
CREATE TABLE invoice_row (
    client_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    place integer NOT NULL,  -- from 1
    text_only boolean NOT NULL,
    article_number text NOT NULL,
    description text NOT NULL,
    quantity numeric NOT NULL,
    unit text NOT NULL,
    unit_price numeric NOT NULL,  -- whole units of the currency, without VAT
    discount_percent numeric NOT NULL,
    vat_percent integer NOT NULL,
    net_minor bigint NOT NULL,
    PRIMARY KEY (client_id, invoice_id, place)
)
"""
INVOICE_HISTORY = """
CREATE TABLE invoice_history (
    client_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    booking_date date,
    kind text NOT NULL,  -- the constants of rf.ledger.v1.HistoryItem
    amount_minor bigint,  -- in the invoice's currency
    by text NOT NULL,  -- name of a user or service
    voucher text NOT NULL DEFAULT '',  -- "F 1042"
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (client_id, invoice_id, id)
)
"""

# -- books -------------------------------------------------------------------------------------------------------

VOUCHER = """
CREATE TABLE voucher (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    series text NOT NULL,  -- F invoices, K credits set off, B payments, I case settlements
    year integer NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL,
    booking_date date NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    journal_id uuid,
    posting_count integer NOT NULL CHECK (posting_count >= 2),
    PRIMARY KEY (client_id, id),
    CONSTRAINT voucher_number UNIQUE (client_id, series, year, number),
    CHECK (year = extract(year FROM booking_date))
)
"""
POSTING = """
CREATE TABLE posting (
    client_id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    place integer NOT NULL,  -- 1 to voucher.posting_count
    account text NOT NULL,
    amount_minor bigint NOT NULL,  -- öre; debit positive
    invoice_id uuid,
    customer_id uuid,
    payment_id uuid,
    currency text NOT NULL,  -- of the invoice or payment; currency_minor is the amount in it
    currency_minor bigint NOT NULL,
    PRIMARY KEY (client_id, voucher_id, place)
)
"""
POSTINGS_BALANCE = """
CREATE FUNCTION postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong uuid;
BEGIN
  SELECT p.voucher_id INTO wrong
    FROM posted p LEFT JOIN voucher v ON v.client_id = p.client_id AND v.id = p.voucher_id
   GROUP BY p.client_id, p.voucher_id, v.posting_count
  HAVING sum(p.amount_minor) <> 0 OR v.posting_count IS NULL
      OR count(*) <> v.posting_count OR min(p.place) <> 1 OR max(p.place) <> count(*)
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'voucher % does not balance or is not whole', wrong
      USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_balances';
  END IF;
  RETURN NULL;
END $$
"""
VOUCHERS_POSTED = """
CREATE FUNCTION vouchers_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong uuid;
BEGIN
  SELECT n.id INTO wrong FROM noted n
   WHERE NOT EXISTS (SELECT FROM posting p WHERE p.client_id = n.client_id AND p.voucher_id = n.id AND p.place = 1)
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'voucher % has no postings', wrong
      USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_has_postings';
  END IF;
  RETURN NULL;
END $$
"""
BOOK_TRIGGERS = (
    (
        "CREATE TRIGGER postings_balance AFTER INSERT ON posting REFERENCING NEW TABLE AS posted"
        " FOR EACH STATEMENT EXECUTE FUNCTION postings_balance()"
    ),
    (
        "CREATE TRIGGER vouchers_posted AFTER INSERT ON voucher REFERENCING NEW TABLE AS noted"
        " FOR EACH STATEMENT EXECUTE FUNCTION vouchers_posted()"
    ),
)
BOOK_INDEXES = (
    "CREATE INDEX posting_of_account ON posting (client_id, account)",
    "CREATE INDEX posting_of_invoice ON posting (client_id, invoice_id) WHERE invoice_id IS NOT NULL",
    "CREATE INDEX voucher_of_journal ON voucher (client_id, journal_id)",
)

# -- payments ----------------------------------------------------------------------------------------------------

PAYMENT = """
CREATE TABLE payment (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    bank_reference text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    exchange_rate numeric(18, 9) NOT NULL DEFAULT 1 CHECK (exchange_rate > 0),
    bank_date date NOT NULL,  -- the bank's booking day: interest stops
    booking_date date NOT NULL,  -- ours
    registered_at timestamptz NOT NULL DEFAULT now(),
    payer_name text NOT NULL,
    payer_account text NOT NULL,
    message text NOT NULL,
    channel text NOT NULL,  -- BGMAX, CAMT054, CAMT053, MANUAL
    verdict text NOT NULL CHECK (verdict IN ('OCR', 'INVOICE_NUMBER', 'UNPLACED')),
    allocated_minor bigint NOT NULL DEFAULT 0 CHECK (allocated_minor >= 0),
    for_case_minor bigint NOT NULL DEFAULT 0 CHECK (for_case_minor >= 0),  -- received for cases, settled or not
    overpaid_minor bigint NOT NULL DEFAULT 0 CHECK (overpaid_minor >= 0),  -- became overpayments
    unplaced_minor bigint NOT NULL DEFAULT 0 CHECK (unplaced_minor >= 0),  -- nobody's yet
    journal_id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    PRIMARY KEY (client_id, id),
    CONSTRAINT payment_bank_reference UNIQUE (client_id, bank_reference),
    CONSTRAINT payment_adds_up CHECK (amount_minor = allocated_minor + for_case_minor + overpaid_minor + unplaced_minor)
)
"""
PAYMENT_REFERENCE = """
CREATE TABLE payment_reference (
    client_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    place integer NOT NULL,
    value text NOT NULL,
    is_ocr boolean NOT NULL,
    part_minor bigint,
    PRIMARY KEY (client_id, payment_id, place)
)
"""
ALLOCATION = """
CREATE TABLE allocation (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,  -- whose open amount it lowers
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),  -- in the invoice's currency
    amount_sek_minor bigint NOT NULL,  -- lowers invoice.open_sek_minor
    kind text NOT NULL CHECK (kind IN ('PAYMENT', 'CASE_SETTLEMENT', 'CREDIT')),
    payment_id uuid,
    case_payment_id uuid,
    credit_invoice_id uuid,  -- the credit invoice that it uses up, which goes towards zero by as much
    credit_sek_minor bigint,  -- raises open_sek_minor of the credit invoice
    voucher_id uuid NOT NULL,
    booking_date date NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice,
    FOREIGN KEY (client_id, payment_id) REFERENCES payment,
    FOREIGN KEY (client_id, credit_invoice_id) REFERENCES invoice,
    CHECK ((kind = 'CREDIT') = (credit_invoice_id IS NOT NULL) AND (kind <> 'CREDIT') = (payment_id IS NOT NULL)),
    CHECK ((credit_invoice_id IS NULL) = (credit_sek_minor IS NULL)),
    CHECK ((kind = 'CASE_SETTLEMENT') = (case_payment_id IS NOT NULL))
)
"""
CASE_PAYMENT = """
CREATE TABLE case_payment (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    bank_date date NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    capital_minor bigint CHECK (capital_minor >= 0),
    interest_minor bigint CHECK (interest_minor >= 0),
    costs_minor bigint CHECK (costs_minor >= 0),
    surplus_minor bigint CHECK (surplus_minor >= 0),
    voucher_id uuid,  -- of the settlement
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, payment_id) REFERENCES payment,
    FOREIGN KEY (client_id, invoice_id) REFERENCES invoice,
    CONSTRAINT case_payment_settled_whole CHECK (
        (settled_at IS NULL AND capital_minor IS NULL AND interest_minor IS NULL AND costs_minor IS NULL
         AND surplus_minor IS NULL)
        OR (settled_at IS NOT NULL AND amount_minor = capital_minor + interest_minor + costs_minor + surplus_minor)
    )
)
"""
OVERPAYMENT = """
CREATE TABLE overpayment (
    client_id uuid NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    invoice_id uuid,  -- the one that was paid too much
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    remaining_minor bigint NOT NULL CHECK (remaining_minor BETWEEN 0 AND amount_minor),
    currency text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, payment_id) REFERENCES payment,
    FOREIGN KEY (client_id, customer_id) REFERENCES customer
)
"""
PAYMENT_INDEXES = (
    "CREATE INDEX payment_unplaced ON payment (client_id, bank_date, id) WHERE unplaced_minor > 0",
    "CREATE INDEX payment_of_journal ON payment (client_id, journal_id)",
    "CREATE INDEX allocation_of_invoice ON allocation (client_id, invoice_id)",
    "CREATE INDEX allocation_of_payment ON allocation (client_id, payment_id) WHERE payment_id IS NOT NULL",
    (
        "CREATE INDEX allocation_of_credit ON allocation (client_id, credit_invoice_id)"
        " WHERE credit_invoice_id IS NOT NULL"
    ),
    "CREATE INDEX case_payment_waiting ON case_payment (client_id, invoice_id) WHERE settled_at IS NULL",
    "CREATE INDEX case_payment_of_payment ON case_payment (client_id, payment_id)",
    "CREATE INDEX overpayment_open ON overpayment (client_id, customer_id) WHERE remaining_minor > 0",
    "CREATE INDEX overpayment_of_payment ON overpayment (client_id, payment_id)",
)

TABLES = (
    *(CLIENT_TERMS, ACCOUNT, ACCOUNT_MAPPING, REFERENCE_RATE, COUNTER),
    *(CUSTOMER, CUSTOMER_ADDRESS, *CUSTOMER_INDEXES),
    *(JOURNAL, JOURNAL_ITEM, *JOURNAL_INDEXES, RECEIPT, RECEIPT_HEAD),
    *(INVOICE, *INVOICE_INDEXES, INVOICE_ROW, INVOICE_HISTORY),
    *(VOUCHER, POSTING, POSTINGS_BALANCE, VOUCHERS_POSTED, *BOOK_TRIGGERS, *BOOK_INDEXES),
    *(PAYMENT, PAYMENT_REFERENCE, ALLOCATION, CASE_PAYMENT, OVERPAYMENT, *PAYMENT_INDEXES),
)
RIGHTS = {
    "client_terms": "SELECT, INSERT, UPDATE",
    "account": "SELECT, INSERT, UPDATE",
    "account_mapping": "SELECT, INSERT, UPDATE",
    "counter": "SELECT, INSERT, UPDATE",
    "customer": "SELECT, INSERT, UPDATE",
    "customer_address": "SELECT, INSERT, UPDATE",
    "journal": "SELECT, INSERT, UPDATE",
    "journal_item": "SELECT, INSERT, UPDATE, DELETE",
    "receipt": "SELECT, INSERT",
    "receipt_head": "SELECT, INSERT, UPDATE",
    "invoice": "SELECT, INSERT, UPDATE",
    "invoice_row": "SELECT, INSERT",
    "invoice_history": "SELECT, INSERT",
    "voucher": "SELECT, INSERT",
    "posting": "SELECT, INSERT",
    "payment": "SELECT, INSERT, UPDATE",
    "payment_reference": "SELECT, INSERT",
    "allocation": "SELECT, INSERT",
    "case_payment": "SELECT, INSERT, UPDATE",
    "overpayment": "SELECT, INSERT, UPDATE",
}
APPEND_ONLY = ("voucher", "posting", "receipt", "invoice_row", "invoice_history", "payment_reference", "allocation")


def upgrade() -> None:
    create_platform_tables(op.get_bind(), app_role())
    for statement in TABLES:
        op.execute(statement)
    for table, rights in RIGHTS.items():
        tenant_table(table, rights)
    grant("reference_rate", "SELECT, INSERT")
    for table in (*APPEND_ONLY, "reference_rate"):
        append_only(table)
    op.execute(f"INSERT INTO reference_rate (half_year, basis_points, source, entered_by) VALUES {_known_rates()}")


def _known_rates() -> str:
    rows = (
        f"('{_half_year(rate.valid_from)}', {int(rate.percent * 100)}, '{_source(rate.valid_from)}', 'installation')"
        for rate in REFERENCE_RATES
        if rate.percent * 100 == Decimal(int(rate.percent * 100))
    )
    return ", ".join(rows)


def _half_year(first: date) -> str:
    return f"{first.year}H{1 if first.month == 1 else 2}"


def _source(first: date) -> str:
    return "Riksbanken" if first <= date(2023, 7, 1) else "secondary source"
