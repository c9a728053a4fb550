"""Numbers as small bitmaps, to be written into pictures without a font."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

_DIGITS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "01110 10001 00001 00110 00001 10001 01110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00010 01100",
}


@cache
def number_bitmap(number: int, factor: int = 1) -> NDArray[np.bool_]:
    """A whole number, not negative, 7 × `factor` pixels high within a rim of `factor` pixels: True where it is ink."""
    glyphs = [np.array([[dot == "1" for dot in line] for line in _DIGITS[digit].split()]) for digit in str(number)]
    gap = np.zeros((7, 1), bool)
    line = np.concatenate([part for glyph in glyphs for part in (glyph, gap)][:-1], axis=1)
    bitmap = np.pad(line, 1).repeat(factor, axis=0).repeat(factor, axis=1)
    bitmap.setflags(write=False)
    return bitmap
