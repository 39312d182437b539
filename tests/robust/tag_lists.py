"""The lists of `tag.properties` and `tag.prefixes`, read and written by other means than the program's.

Numbers are little-endian; the first 8 bytes of a list are XXH64 of all that
follow (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). Then
come four numbers of 32 bits, and all positions that spans begin or end at, in
order: the first in 64 bits, and how far after it each lies in 32. A span names
each of its ends by its place among them (16 bits; 65535: it still holds).

  prefixes    the numbers of positions, IPv4 spans, IPv6 spans, and 0; spans of
              address (4 or 16 bytes), length (1 byte), first, until
  properties  the numbers of positions, spans, values, and bytes of all values;
              spans of first, until, number of the value (16 bits), change
              number (64 bits); values, each once, of flags (1 byte), region id
              (64 bits), and texts that a NUL ends: region, platform if flag 2,
              system service, network features if flag 4; flag 1: there is a
              region id

An empty list is NULL.
"""

import struct
from typing import NamedTuple, Optional

OPEN = (1 << 63) - 1
OPEN_PLACE = 65535
NOWHERE = OPEN + 1  # the position at a place that is not in the list: after all
HEAD = 24
SPAN_SIZE = 14
FAMILIES = {4: 4, 6: 16}  # bytes of an address

MASK = (1 << 64) - 1
PRIMES = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


class Unreadable(Exception):
    """Nothing can be read out of the list: checksum, size, or the order of positions."""


class Prefix(NamedTuple):
    """A span of a prefix."""
    family: int
    address: bytes
    length: int
    first: int
    until: int

    @property
    def key(self):
        return self[:3]


class Properties(NamedTuple):
    """A span of the tag itself; `value` is None where it cannot be read."""
    first: int
    until: int
    change_number: int
    value: Optional["Value"]


class Value(NamedTuple):
    """All properties but the change number; texts are bytes."""
    region: bytes
    region_id: Optional[int]
    platform: Optional[bytes]
    system_service: bytes
    network_features: Optional[bytes]


def rotated(number, bits):
    return (number << bits | number >> 64 - bits) & MASK


def xxh64_round(lane, number):
    return rotated(lane + number * PRIMES[1] & MASK, 31) * PRIMES[0] & MASK


def xxh64(data, seed=0):
    """XXH64, step by step as it is specified."""
    stripes = len(data) // 32 * 32
    if stripes:
        a, b, c, d = ((seed + start) & MASK for start in (PRIMES[0] + PRIMES[1], PRIMES[1], 0, -PRIMES[0]))
        for numbers in struct.iter_unpack("<4Q", data[:stripes]):
            a, b, c, d = (xxh64_round(*lane) for lane in zip((a, b, c, d), numbers))
        digest = sum(rotated(lane, bits) for lane, bits in ((a, 1), (b, 7), (c, 12), (d, 18))) & MASK
        for lane in (a, b, c, d):
            digest = ((digest ^ xxh64_round(0, lane)) * PRIMES[0] + PRIMES[3]) & MASK
    else:
        digest = seed + PRIMES[4] & MASK
    digest = digest + len(data) & MASK
    rest = data[stripes:]
    while len(rest) >= 8:
        digest ^= xxh64_round(0, int.from_bytes(rest[:8], "little"))
        digest = (rotated(digest, 27) * PRIMES[0] + PRIMES[3]) & MASK
        rest = rest[8:]
    if len(rest) >= 4:
        digest ^= int.from_bytes(rest[:4], "little") * PRIMES[0] & MASK
        digest = (rotated(digest, 23) * PRIMES[1] + PRIMES[2]) & MASK
        rest = rest[4:]
    for byte in rest:
        digest ^= byte * PRIMES[4] & MASK
        digest = rotated(digest, 11) * PRIMES[0] & MASK
    for shift, factor in ((33, PRIMES[1]), (29, PRIMES[2]), (32, 1)):
        digest = (digest ^ digest >> shift) * factor & MASK
    return digest


def sealed(body):
    """A list of what follows the checksum; also of one that was changed."""
    return struct.pack("<Q", xxh64(body)) + body


def opened(data, sizes):
    """The four numbers at the head, and the positions; `sizes`: what each number takes, after the positions."""
    if len(data) < HEAD or xxh64(data[8:]) != int.from_bytes(data[:8], "little"):
        raise Unreadable("checksum")
    counts = struct.unpack_from("<4I", data, 8)
    if len(data) != HEAD + table_size(counts[0]) + sum(n * size for n, size in zip(counts[1:], sizes)):
        raise Unreadable("size")
    first, = struct.unpack_from("<q", data, HEAD)
    positions = [first + after for after in struct.unpack_from(f"<{counts[0]}I", data, HEAD + 8)]
    if len(positions) > OPEN_PLACE or any(a >= b for a, b in zip(positions, positions[1:])) \
            or max(positions, default=0) >= OPEN:
        raise Unreadable("positions")
    return counts, positions


def table_size(count):
    """The bytes of a table of so many positions."""
    return 8 + 4 * count


def position_at(positions, place):
    return OPEN if place == OPEN_PLACE else positions[place] if place < len(positions) else NOWHERE


def places_of(spans):
    """{position: its place}, and the bytes of all positions."""
    positions = sorted({end for span in spans for end in (span.first, span.until)} - {OPEN})
    base = positions[0] if positions else 0
    return {OPEN: OPEN_PLACE, **{position: place for place, position in enumerate(positions)}}, \
        struct.pack(f"<q{len(positions)}I", base, *(position - base for position in positions))


def unpack_prefixes(data):
    """The spans of `tag.prefixes` as they stand there; raises Unreadable."""
    if not data:
        return []
    counts, positions = opened(data, (9, 21, 0))
    if counts[3]:
        raise Unreadable("head")
    spans, at = [], HEAD + table_size(len(positions))
    for (family, size), count in zip(FAMILIES.items(), counts[1:]):
        end = at + count * (size + 5)
        for address, length, first, until in struct.iter_unpack(f"<{size}sBHH", data[at:end]):
            spans.append(Prefix(family, address, length, position_at(positions, first), position_at(positions, until)))
        at = end
    return spans


def pack_prefixes(spans):
    """The bytes of a list of any spans, also of one that could not be; IPv4 comes first."""
    if not spans:
        return None
    places, table = places_of(spans)
    rows = {family: [struct.pack(f"<{size}sBHH", s.address, s.length, places[s.first], places[s.until])
                     for s in spans if s.family == family] for family, size in FAMILIES.items()}
    return sealed(struct.pack("<4I", len(places) - 1, len(rows[4]), len(rows[6]), 0) + table
                  + b"".join(rows[4] + rows[6]))


def read_value(data):
    """(the value at the beginning of the bytes, the bytes after it); None: there is none."""
    if len(data) < 9:
        return None
    flags, region_id = struct.unpack_from("<Bq", data)
    if flags > 7 or not -1 << 31 <= region_id < 1 << 31 or (region_id != 0 and not flags & 1):
        return None
    rest, texts = data[9:], []
    for there in (True, flags & 2, True, flags & 4):
        text, nul, after = rest.partition(b"\0") if there else (None, b"\0", rest)
        if not nul:
            return None
        texts.append(text)
        rest = after
    return Value(texts[0], region_id if flags & 1 else None, *texts[1:]), rest


def write_value(value):
    texts = (value.region, value.platform, value.system_service, value.network_features)
    flags = (value.region_id is not None) + 2 * (value.platform is not None) + 4 * (value.network_features is not None)
    return struct.pack("<Bq", flags, value.region_id or 0) + b"".join(t + b"\0" for t in texts if t is not None)


def unpack_properties(data):
    """(the spans of `tag.properties` as they stand there, is every byte of the values one of so many values?)"""
    if not data:
        return [], True
    counts, positions = opened(data, (SPAN_SIZE, 0, 1))
    at = HEAD + table_size(len(positions))
    rest, values = data[at + SPAN_SIZE * counts[1]:], []
    while rest and (read := read_value(rest)):
        values.append(read[0])
        rest = read[1]
    spans = [Properties(position_at(positions, first), position_at(positions, until), change_number,
                        values[number] if number < len(values) else None)
             for first, until, number, change_number
             in struct.iter_unpack("<HHHq", data[at:at + SPAN_SIZE * counts[1]])]
    whole = not rest and len(values) == counts[2]
    return spans, whole


def pack_properties(spans):
    """The bytes of a list of any spans, also of one that could not be."""
    if not spans:
        return None
    places, table = places_of(spans)
    values = list(dict.fromkeys(span.value for span in spans))  # in the order of their first use
    rows = b"".join(struct.pack("<HHHq", places[s.first], places[s.until], values.index(s.value), s.change_number)
                    for s in spans)
    texts = b"".join(write_value(value) for value in values)
    return sealed(struct.pack("<4I", len(places) - 1, len(spans), len(values), len(texts)) + table + rows + texts)


def ends_are_sound(spans):
    return all(span.first < span.until <= OPEN for span in spans)


def prefixes_are_list(spans):
    """Each prefix is one, they are in order, and spans of one prefix do not touch."""
    for span in spans:
        bits = 8 * len(span.address)
        if span.length > bits or int.from_bytes(span.address, "big") & ((1 << bits - span.length) - 1):
            return False
    return ends_are_sound(spans) and all(a.key < b.key or (a.key == b.key and a.until < b.first)
                                         for a, b in zip(spans, spans[1:]))


def properties_are_list(spans):
    """They are in order, do not overlap, and where they touch they differ."""
    return ends_are_sound(spans) and all(span.value is not None for span in spans) and \
        all(a.until < b.first or (a.until == b.first and a[2:] != b[2:]) for a, b in zip(spans, spans[1:]))
