"""Which passes run where nobody asks for others."""

from __future__ import annotations

REFERENCE = "fold-constants"
"""For `eager`: nothing that changes a single bit of a result."""

GENERAL = "eliminate-dead,fold-constants,fold-batchnorm,hoist-slices"
"""What suits every backend: less to run, the same numbers but for rounding."""

CONVOLUTIONS = f"{GENERAL},channels-last"
"""For operators called one by one on a CPU; compilers of whole programs choose layouts for themselves."""
