"""Outputs that appear whole or not at all; the compiler's artifact and the pictures are written so, too."""

from __future__ import annotations

from ..compiler.writing import (
    TextFile,
    check_place,
    text_beside,
    told_of,
    write_bytes,
    write_text,
    written_beside,
)

__all__ = ["TextFile", "check_place", "text_beside", "told_of", "write_bytes", "write_text", "written_beside"]
