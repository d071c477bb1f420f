"""Which tables stand outside row-level security, and why; the tables themselves are made in migrations/."""

RLS_EXEMPT: dict[str, str] = {
    "case_counter": "one series of case numbers for the whole agency; holds one number",
    "reference_rate": "a public fact, the same for all clients",
    "fee_cap": "what the law allows, the same for all clients",
    "officer": "staff of the agency, shown to every client whose cases they have",
}
"""Tables of this service without row-level security, each with the reason; the policy test reads it."""
