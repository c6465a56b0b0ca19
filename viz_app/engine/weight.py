"""The number of bytes of objects that a message becomes, read off its bytes before it is
decoded."""

import math
from typing import Final

from viz_app.limits import Limits

VALUE: Final = 32
"""Bytes of objects for a number, a short text or none, including its slot in a container."""
GROUP: Final = 64
"""Bytes for an array or a map in addition to its parts."""
FIELD: Final = 8 - VALUE
"""Bytes for a field of a struct in addition to its value: its name, which is counted too, becomes
none."""
LETTER: Final = 40
"""Bytes for each byte of a longer text: four would do, but all long texts together must be
short."""
DENSEST: Final = 40
"""Most bytes of objects per byte of a message; the densest are complex numbers, with 37."""

_FLOAT: Final = 0xCB
_SIZES: Final = [0] * 256
"""First byte of a value -> the value's length in bytes, if the first byte determines it; else 0."""
for _codes, _size in (
    ((*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3), 1),  # small numbers, none, bool
    ((0xCC, 0xD0), 2), ((0xCD, 0xD1), 3), ((0xCE, 0xD2, 0xCA), 5), ((0xCF, 0xD3, _FLOAT), 9),
    *(((0xA0 + _length,), 1 + _length) for _length in range(32)),  # short texts
):  # fmt: skip
    for _code in _codes:
        _SIZES[_code] = _size
_SINGLE: Final = bytes(code for code, size in enumerate(_SIZES) if size == 1)
_TEXTS: Final = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_ARRAYS: Final = {0xDC: 2, 0xDD: 4}
_MAPS: Final = {0xDE: 2, 0xDF: 4}
"""First byte of a map -> bytes of the length after it."""
_FIELDS: Final = 31
"""Most fields of a struct; a larger map is none."""
_NEVER: Final = 2**63


def weight(body: bytes | bytearray, limits: Limits, most: float = math.inf) -> int:
    """Upper bound of the bytes of objects that decoding a message makes; read off its values'
    heads.

    Values follow each other in a message, whatever their nesting, so one walk meets all of them. It
    ends as soon as they exceed `most`. A short message can't become much and is not read.
    """
    end = len(body)
    if end * DENSEST <= limits.result_memory:
        return 0
    at = values = rest = 0
    while at < end:
        code = body[at]
        if size := _SIZES[code]:
            at += size
            values += 1
            continue
        parts = pairs = 0
        if code < 0x90:
            pairs, at = code & 15, at + 1
        elif code < 0xA0:
            parts, at = code & 15, at + 1
        else:
            width = _TEXTS.get(code) or _ARRAYS.get(code) or _MAPS.get(code)
            if width is None:  # no answer has plain bytes or an extension
                return _NEVER
            length = int.from_bytes(body[at + 1 : at + 1 + width], "big")
            at += 1 + width
            if code in _TEXTS:
                values += 1
                rest += length * LETTER if length > 255 else 0
                at += length
            elif code in _ARRAYS:
                parts = length
            else:
                pairs = length
        rest += GROUP + (pairs * FIELD if pairs <= _FIELDS else 0)
        if parts + 2 * pairs > end - at:  # each part takes at least a byte
            return _NEVER
        # Numbers are most of a long message, and are skipped in one step.
        if parts and body[at : at + 9 * parts : 9] == bytes((_FLOAT,)) * parts:
            at += 9 * parts
            values += parts
        elif parts > 8 and not body[at : at + parts].translate(None, _SINGLE):
            at += parts
            values += parts
        if values * VALUE + rest > most:
            break
    return values * VALUE + rest
