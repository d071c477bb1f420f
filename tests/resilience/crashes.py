"""Where each crash point of the house is reached. A new point gets a word here, or the meta-test names it."""

from collections.abc import Mapping, Sequence

PLAN: Mapping[str, Sequence[str]] = {
    "ledger-serve": ("database.before_commit:3", "database.after_commit:3"),
    "ledger-work": ("relay.after_publish:2", "consumer.before_ack"),
    "collection-work": ("consumer.before_commit",),
    "files-work": ("jobs.after_claim",),
    "reports-work": ("reports.after_store", "jobs.before_complete"),
    "files-serve": ("files.after_upload_put", "files.before_put", "files.after_put"),
}
"""Process → the points at which it dies, one after the other; ``:3`` means at the third time."""
