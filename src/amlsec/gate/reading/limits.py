"""How much a gate takes from one file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

MIB = 1 << 20
LONGEST_ROW = 16 * MIB
"""Bytes of one row, and of one chunk of rows."""
FREE_EXPANSION = 64 * MIB
"""Bytes that any file may hold, however well it is compressed."""


class Limits(BaseModel):
    """What a file may ask of a gate; more is refused, with the limit's name.

    >>> Limits(rows=100).rows, Limits().chunk_rows
    (100, 10000)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    request_bytes: int = Field(default=1024 * MIB, ge=1, description="bytes of a file as it is sent")
    rows: int = Field(default=5_000_000, ge=1, description="rows of a file")
    cell: int = Field(default=1_000_000, ge=1, description="characters of one cell")
    nesting: int = Field(default=4, ge=0, description="lists and objects within each other in a JSON value that is left out")
    expansion: int = Field(default=100, ge=1, description="bytes that a byte may become unzipped, beyond the first 64 MiB")
    chunk_rows: int = Field(default=10_000, ge=1, le=10_000, description="rows that are kept and judged together")
    memory: int = Field(
        default=1024 * MIB, ge=64 * MIB, le=2**50, description="bytes that reading a file may take beside its own"
    )
    seconds: float = Field(default=600.0, gt=0, le=86_400, description="seconds that reading one file may take")
