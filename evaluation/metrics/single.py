"""Means in float32 in PyTorch's order of additions, which pytracking's averages have in their seventh digit.

On a percent scale the order alone moves a value of a curve by 1.5e-5, more than such numbers are compared with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]

CHAINS = 4
"""row i is added to chain i modulo 4, and the chains at the end"""
WIDE = 32
"""columns that are added in one chain, being whole registers; only those after the last 32 have four"""
BLOCK = 16
"""so many rows are added up before they go to the next level's sum, and so many of those, and so on"""
LEVELS = 4


def mean_of_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the first axis: [S, N] -> [N]."""
    single = rows.astype(np.float32)
    wide = single.shape[1] // WIDE * WIDE
    total = np.concatenate([chain_sum(single[:, :wide]), in_chains(single[:, wide:])])
    return (total / np.float32(len(single))).astype(np.float64)


def in_chains(rows: Singles) -> Singles:
    """Four sums, added up: [S, N] -> [N]"""
    whole = len(rows) // CHAINS * CHAINS
    sums = [chain_sum(rows[chain:whole:CHAINS]) for chain in range(CHAINS)]
    for row in rows[whole:]:
        sums[0] = sums[0] + row
    total = sums[0]
    for other in sums[1:]:
        total = total + other
    return total


def chain_sum(rows: Singles) -> Singles:
    """[S, N] -> [N]"""
    sums = [np.zeros(rows.shape[1], dtype=np.float32) for _ in range(LEVELS)]
    for number, row in enumerate(rows, start=1):
        sums[0] = sums[0] + row
        for level in range(1, LEVELS):
            if number % BLOCK**level:
                break
            sums[level] = sums[level] + sums[level - 1]
            sums[level - 1] = np.zeros_like(row)
    total = sums[0]
    for other in sums[1:]:
        total = total + other
    return total
