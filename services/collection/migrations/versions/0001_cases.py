"""Cases with debtors, claims, costs and payments; officers; reference rates and the caps of costs."""

from alembic import op
from sqlalchemy import text

from chassis.migrations import app_role, append_only, grant, tenant_table
from chassis.platform_tables import create_platform_tables
from kernel.interest import REFERENCE_RATES

revision = "0001"
down_revision = None

FIRST_NUMBER = 100_001
CAPS_IN_FORCE = "2013-03-16"  # SFS 2013:56
CAPS_MINOR = {"reminder": 60_00, "demand": 180_00, "instalment_plan": 170_00, "late_payment": 450_00}


def upgrade() -> None:
    create_platform_tables(op.get_bind(), app_role())
    _facts()
    _officers()
    _cases()
    _money()


def _facts() -> None:
    op.execute("CREATE TABLE case_counter (name text PRIMARY KEY CHECK (name = 'case'), last_number bigint NOT NULL)")
    op.execute(f"INSERT INTO case_counter VALUES ('case', {FIRST_NUMBER - 1})")
    grant("case_counter", "SELECT, UPDATE (last_number)")
    op.execute("""
        CREATE TABLE reference_rate (
            valid_from date PRIMARY KEY CHECK (extract(day FROM valid_from) = 1
                                               AND extract(month FROM valid_from) IN (1, 7)),
            basis_points integer NOT NULL CHECK (basis_points BETWEEN -10000 AND 10000)
        )""")
    op.get_bind().execute(
        text("INSERT INTO reference_rate VALUES (:valid_from, :basis_points)"),
        [{"valid_from": rate.valid_from, "basis_points": int(rate.percent * 100)} for rate in REFERENCE_RATES],
    )
    grant("reference_rate", "SELECT, INSERT, UPDATE (basis_points)")
    op.execute("""
        CREATE TABLE fee_cap (
            kind text NOT NULL,
            valid_from date NOT NULL,
            amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
            PRIMARY KEY (kind, valid_from)
        )""")
    op.get_bind().execute(
        text(f"INSERT INTO fee_cap VALUES (:kind, '{CAPS_IN_FORCE}', :amount_minor)"),
        [{"kind": kind, "amount_minor": amount} for kind, amount in CAPS_MINOR.items()],
    )
    grant("fee_cap", "SELECT")


def _officers() -> None:
    op.execute("""
        CREATE TABLE officer (
            user_id uuid PRIMARY KEY,
            name text NOT NULL CHECK (name <> ''),
            phone text NOT NULL,
            email text NOT NULL
        )""")
    grant("officer", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE officer_client (
            client_id uuid PRIMARY KEY,
            officer_id uuid NOT NULL REFERENCES officer
        )""")
    op.execute("CREATE INDEX officer_client_officer ON officer_client (officer_id)")
    tenant_table("officer_client", "SELECT, INSERT, UPDATE, DELETE")


def _cases() -> None:
    op.execute("""
        CREATE TABLE collection_case (
            client_id uuid NOT NULL,
            id uuid NOT NULL,
            number bigint NOT NULL,
            kind text NOT NULL CHECK (kind IN ('own', 'agent')),
            status text NOT NULL CHECK (status IN ('registered', 'paid', 'withdrawn')),
            registered_on date NOT NULL,
            closed_on date,
            officer_id uuid REFERENCES officer,
            capital_minor bigint NOT NULL CHECK (capital_minor > 0),
            capital_remaining_minor bigint NOT NULL CHECK (capital_remaining_minor BETWEEN 0 AND capital_minor),
            costs_minor bigint NOT NULL DEFAULT 0,
            costs_remaining_minor bigint NOT NULL DEFAULT 0 CHECK (costs_remaining_minor BETWEEN 0 AND costs_minor),
            interest_paid_minor bigint NOT NULL DEFAULT 0 CHECK (interest_paid_minor >= 0),
            PRIMARY KEY (client_id, id),
            CONSTRAINT case_closed_has_day CHECK ((status = 'registered') = (closed_on IS NULL)),
            CONSTRAINT case_paid_is_paid CHECK (
                status <> 'paid' OR (capital_remaining_minor = 0 AND costs_remaining_minor = 0))
        )""")
    op.execute("CREATE UNIQUE INDEX case_number ON collection_case (number)")
    op.execute("CREATE UNIQUE INDEX case_id ON collection_case (id)")
    op.execute("CREATE INDEX case_by_number ON collection_case (client_id, number DESC)")
    op.execute(
        "CREATE INDEX case_active_by_number ON collection_case (client_id, number DESC) WHERE status = 'registered'"
    )
    op.execute("CREATE INDEX case_by_day ON collection_case (client_id, registered_on)")
    tenant_table("collection_case", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE case_status (
            client_id uuid NOT NULL,
            case_id uuid NOT NULL,
            place integer NOT NULL CHECK (place > 0),
            status text NOT NULL,
            day date NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (client_id, case_id, place),
            FOREIGN KEY (client_id, case_id) REFERENCES collection_case
        )""")
    tenant_table("case_status", "SELECT, INSERT")
    append_only("case_status")
    op.execute("""
        CREATE TABLE debtor (
            client_id uuid NOT NULL,
            case_id uuid NOT NULL,
            place integer NOT NULL CHECK (place > 0),
            name text NOT NULL,
            sort_key text COLLATE "C" NOT NULL,
            id_number text NOT NULL,
            customer_number text NOT NULL,
            care_of text NOT NULL,
            street text NOT NULL,
            postcode text NOT NULL,
            town text NOT NULL,
            country_code text NOT NULL,
            phone text NOT NULL,
            email text NOT NULL,
            is_company boolean NOT NULL,
            protected_identity boolean NOT NULL,
            PRIMARY KEY (client_id, case_id, place),
            FOREIGN KEY (client_id, case_id) REFERENCES collection_case
        )""")
    op.execute("CREATE INDEX debtor_id_number ON debtor (client_id, id_number) WHERE id_number <> ''")
    op.execute("CREATE INDEX debtor_name ON debtor (client_id, sort_key)")
    op.execute("CREATE INDEX debtor_customer_number ON debtor (client_id, customer_number)")
    tenant_table("debtor", "SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE claim (
            client_id uuid NOT NULL,
            id uuid NOT NULL,
            case_id uuid NOT NULL,
            invoice_id uuid NOT NULL,
            invoice_number text NOT NULL,
            invoice_date date NOT NULL,
            due_date date NOT NULL,
            subject text NOT NULL DEFAULT '',
            capital_minor bigint NOT NULL CHECK (capital_minor > 0),
            remaining_minor bigint NOT NULL CHECK (remaining_minor BETWEEN 0 AND capital_minor),
            open boolean NOT NULL DEFAULT true,
            PRIMARY KEY (client_id, id),
            FOREIGN KEY (client_id, case_id) REFERENCES collection_case
        )""")
    op.execute("CREATE UNIQUE INDEX claim_open_once ON claim (client_id, invoice_id) WHERE open")
    op.execute("CREATE INDEX claim_case ON claim (client_id, case_id)")
    op.execute("CREATE INDEX claim_invoice ON claim (client_id, invoice_id)")
    op.execute("CREATE INDEX claim_invoice_number ON claim (client_id, invoice_number)")
    tenant_table("claim", "SELECT, INSERT, UPDATE")


def _money() -> None:
    op.execute("""
        CREATE TABLE cost (
            client_id uuid NOT NULL,
            id uuid NOT NULL,
            case_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('reminder', 'demand', 'instalment_plan', 'late_payment')),
            amount_minor bigint NOT NULL CHECK (amount_minor > 0),
            day date NOT NULL,
            waived boolean NOT NULL DEFAULT false,
            added_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (client_id, id),
            CONSTRAINT cost_once UNIQUE (client_id, case_id, kind),
            FOREIGN KEY (client_id, case_id) REFERENCES collection_case
        )""")
    tenant_table("cost", "SELECT, INSERT, UPDATE (waived)")
    op.execute("""
        CREATE TABLE case_payment (
            client_id uuid NOT NULL,
            id uuid NOT NULL,
            case_id uuid NOT NULL,
            claim_id uuid NOT NULL,
            amount_minor bigint NOT NULL CHECK (amount_minor > 0),
            bank_date date NOT NULL,
            received_at timestamptz NOT NULL,
            settled_at timestamptz,
            costs_minor bigint CHECK (costs_minor >= 0),
            interest_minor bigint CHECK (interest_minor >= 0),
            capital_minor bigint CHECK (capital_minor >= 0),
            surplus_minor bigint CHECK (surplus_minor >= 0),
            PRIMARY KEY (client_id, id),
            FOREIGN KEY (client_id, case_id) REFERENCES collection_case,
            FOREIGN KEY (client_id, claim_id) REFERENCES claim,
            CONSTRAINT case_payment_settled_whole CHECK (
                num_nulls(settled_at, costs_minor, interest_minor, capital_minor, surplus_minor) IN (0, 5)),
            CONSTRAINT case_payment_shares_sum CHECK (
                settled_at IS NULL OR costs_minor + interest_minor + capital_minor + surplus_minor = amount_minor)
        )""")
    op.execute("CREATE INDEX case_payment_case ON case_payment (client_id, case_id)")
    op.execute("CREATE INDEX case_payment_claim ON case_payment (client_id, claim_id)")
    op.execute("CREATE INDEX case_payment_waiting ON case_payment (bank_date, received_at) WHERE settled_at IS NULL")
    tenant_table("case_payment", "SELECT, INSERT, UPDATE")
