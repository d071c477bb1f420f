"""Many rows in one statement: a column is an array, and ``unnest`` makes rows of them (ten times an executemany)."""

from collections.abc import Iterable, Mapping
from typing import Any


def unnested(columns: Mapping[str, str]) -> str:
    """The FROM item ``unnest(…) AS r (…)`` for columns by name and PostgreSQL type, with parameters of those names."""
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())
    return f"unnest({arrays}) WITH ORDINALITY AS r ({', '.join(columns)}, ord)"


def transposed(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The parameters for ``unnested``: a list for each column."""
    listed = list(rows)
    return {name: [row[name] for row in listed] for name in columns}
