"""What is special about this service's tables; the migrations make them."""

RLS_EXEMPT: dict[str, str] = {}
"""Tables without row-level security, each with the reason: none beside the platform's."""
