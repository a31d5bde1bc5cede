"""Columns of whole numbers as their differences, zigzag-coded, in the narrowest width that holds them all."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]


class Column(msgspec.Struct, frozen=True, array_like=True):
    """``width`` is bytes per difference; 0 when every value equals ``first``. Bytes of equal weight stand together."""

    first: int
    width: int
    differences: bytes


def pack(values: Whole) -> Column:
    """The column of ``values``; any 64-bit integers, none at all included."""
    if not len(values):
        return Column(0, 0, b"")
    difference = np.diff(values)
    zigzag = ((difference << 1) ^ (difference >> 63)).view(np.uint64)
    largest = int(zigzag.max(initial=0))
    width = next(size for size in (0, 1, 2, 4, 8) if largest < 256**size)
    planes = zigzag.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T
    return Column(int(values[0]), width, planes.tobytes())


def unpack(column: Column, count: int) -> Whole:
    """The ``count`` values of a column; raises ``ValueError`` when it does not hold as many."""
    if count == 0:
        return np.empty(0, np.int64)
    if len(column.differences) != (count - 1) * column.width:
        raise ValueError(f"a column does not hold {count} values")
    planes = np.zeros((count - 1, 8), np.uint8)
    planes[:, : column.width] = np.frombuffer(column.differences, np.uint8).reshape(column.width, count - 1).T
    zigzag = planes.reshape(-1).view("<u8").astype(np.uint64)
    difference = (zigzag >> np.uint64(1)).view(np.int64) ^ -(zigzag & np.uint64(1)).view(np.int64)
    return np.cumsum(np.concatenate((np.array([column.first], np.int64), difference)), dtype=np.int64)


def pack_bits(values: Real) -> Column:
    """A column of floating-point numbers, kept bit for bit; small when they seldom change."""
    return pack(values.astype(np.float64).view(np.int64))


def unpack_bits(column: Column, count: int) -> Real:
    """The numbers of ``pack_bits``."""
    return unpack(column, count).view(np.float64)
