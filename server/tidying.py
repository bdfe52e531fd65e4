"""Python's search for cyclic garbage, kept away from keystrokes.

A full search walks through every object that is alive: with the readings of a spec of 200 lines that is 100 ms, and
by Python's own rule it comes at every tenth keystroke. A reading leaves no circles behind (dsl/modules.py) and a whole
check few, so the full search waits for a pause.
"""

from __future__ import annotations

import asyncio
import gc

PAUSE = 1.0
"""seconds without a keystroke after which there is time for it"""
RARELY = 1000
"""searches among young objects, about one a keystroke, before a full one all the same: where nobody pauses"""


class Tidying:
    """When the full search is made. Only the main thread uses it, but for `begin`."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None
        self._first = True

    def begin(self) -> None:
        """All that was loaded so far stays: no search walks through it any more."""
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], RARELY)

    def at_a_pause(self) -> None:
        """Search when nobody has typed for a while."""
        self.not_now()
        self._waiting = asyncio.get_running_loop().call_later(PAUSE, self._tidy)

    def not_now(self) -> None:
        """Somebody types."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _tidy(self) -> None:
        self._waiting = None
        gc.collect()
        if self._first:
            gc.freeze()  # what the first check imported stays, too
            self._first = False
