#!/usr/bin/env python3
"""Writes the first corpora of fuzz_address, fuzz_index and fuzz_tag_lists.

    seeds.py [FOLDER]    default: the folder corpus beside this file

Inputs that a fuzzer found later are kept beside these; nothing is removed.
"""
import ipaddress
import pathlib
import struct
import sys

ADDRESSES = {
    "ipv4": b"13.82.88.226", "ipv4_zero": b"0.0.0.0", "ipv4_last": b"255.255.255.255",
    "ipv4_octal": b"010.0.0.1", "ipv4_short": b"127.1", "ipv4_number": b"2130706433",
    "ipv4_hex": b"0x0d.64.1.1", "ipv4_blank": b" 1.2.3.4", "ipv4_nul": b"1.2.3.4\0evil",
    "ipv6": b"2603:1030:20c:9::a:b", "ipv6_any": b"::", "ipv6_full": b"1:2:3:4:5:6:7:8",
    "ipv6_tail": b"1:2:3:4:5:6:7::", "ipv6_head": b"::2:3:4:5:6:7:8", "ipv6_upper": b"2001:DB8::ABCD",
    "ipv6_mapped": b"::ffff:13.82.88.226", "ipv6_compatible": b"::1.2.3.4", "ipv6_dotted": b"1::2:3.4.5.6",
    "ipv6_two_gaps": b"1::2::3", "ipv6_zone": b"fe80::1%eth0", "ipv6_brackets": b"[::1]",
    "ipv6_long": b"0000:0000:0000:0000:0000:ffff:255.255.255.255", "ipv6_empty_gap": b"1:2:3:4::5:6:7:8",
    "prefix": b"10.0.0.0/8", "prefix_all": b"0.0.0.0/0", "prefix_host": b"192.0.2.1/32",
    "prefix_host_bits": b"10.0.0.1/8", "prefix_33": b"1.2.3.0/33", "prefix_zero": b"192.0.2.0/024",
    "prefix_sign": b"192.0.2.0/+4", "prefix_tail": b"192.0.2.0/24x", "prefix_huge": b"192.0.2.0/18446744073709551640",
    "prefix_ipv6": b"2603:1030::/45", "prefix_ipv6_all": b"::/0", "prefix_mapped": b"::ffff:10.0.0.0/104",
    "prefix_mapped_all": b"::ffff:0:0/96", "prefix_129": b"::/129",
    "range": b"10.0.0.1-10.0.0.9", "range_one": b"10.0.0.1-10.0.0.1", "range_back": b"10.0.0.9-10.0.0.1",
    "range_mixed": b"10.0.0.1-::1", "range_ipv6": b"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "range_mapped": b"::ffff:10.0.0.1-::ffff:10.0.0.9", "range_partly_mapped": b"::fffe:ffff:ffff-::ffff:1.2.3.4",
    "range_three": b"1.2.3.4-1.2.3.5-1.2.3.6",
    "count": b"340282366920938463463374607431768211456", "count_zero": b"0",
    "count_last": b"6277101735386680763835789423207666416102355444464034512895",
    "count_over": b"6277101735386680763835789423207666416102355444464034512896",
    "empty": b"", "dash": b"-", "slash": b"/", "colon": b":", "name": b"Storage.EastUS",
}


def prefix(text, tag=2, before=None):
    """One prefix of a recipe; its bytes past the first three need the one before it."""
    network = ipaddress.ip_network(text)
    packed = network.network_address.packed
    keep = 0
    if before is not None:
        other = ipaddress.ip_network(before).network_address.packed
        while keep < min(15, len(packed)) and keep < len(other) and other[keep] == packed[keep]:
            keep += 1
    fresh = packed[keep:keep + 3].ljust(3, b"\0")
    assert not any(packed[keep + 3:]), (text, before)
    return bytes([(network.version == 6) << 7 | tag << 4 | keep, network.prefixlen]) + fresh


def recipe(*lines, damage=b"", without=0):
    """Lines are (prefix, tag); each keeps what it shares with the one before."""
    parts, before = [], None
    for text, tag in lines:
        parts.append(prefix(text, tag, before))
        before = text
    return bytes([without, len(parts)]) + b"".join(parts) + damage


def hurt(section, operation, word, value):
    number = SECTIONS.index(section)
    return struct.pack(">BHH", number << 3 | operation, word, value)


AZURE = [("13.64.0.0/11", 0), ("13.68.128.0/17", 1), ("13.68.165.0/24", 2), ("13.68.165.64/28", 3), ("20.0.0.0/11", 0),
         ("20.38.98.0/24", 2), ("40.64.0.0/10", 0), ("2603:1000::/24", 0), ("2603:1030::/32", 1),
         ("2603:1030:20c::/47", 2), ("2603:1030:20c:9::/64", 3), ("2603:1030:20c:9::/128", 5)]
CHAIN4 = [(f"10.128.0.0/{n}", n % 8) for n in range(9, 33)]
CHAIN6 = [("2603::/16", 0)] + [(f"2603:1030::/{n}", n % 8) for n in range(28, 129)]
STRIDE = [("10.20.0.0/16", 0)] + [(f"10.20.{n}.0/24", n % 8) for n in range(1, 200, 3)]
PAIR = [("2603::/16", 1), ("2603:1030::/32", 2), ("2603:1030:0:1::/64", 3), ("2603:1030:0:1::1:0/112", 4)]

SECTIONS = ["header", "roots", "nodes", "filter_ipv6", "levels", "pilots", "bucket_tops", "entries", "lines",
            "address_ipv4", "address_ipv6", "length", "parent", "set", "set_first", "members", "tags", "strings"]


def index_seeds():
    yield "empty", b""
    yield "nothing", recipe()
    yield "everything", recipe(("0.0.0.0/0", 0), ("::/0", 0), ("255.0.0.0/8", 1), ("ff00::/8", 1))
    yield "azure", recipe(*AZURE)
    yield "chain_ipv4", recipe(*CHAIN4)
    yield "chain_ipv6", recipe(*CHAIN6)
    yield "stride", recipe(*STRIDE)
    yield "pair", recipe(*PAIR)
    for name in SECTIONS:
        for operation in range(8):
            damage = hurt(name, operation, 0, 1 + operation)
            yield f"hurt_{name}_{operation}", recipe(*AZURE, damage=damage)
    # 3: no hash tables, and all nodes of IPv4 have numbers, from 3 on.
    for operation in range(8):
        yield f"plain_{operation}", recipe(*AZURE, damage=hurt("nodes", operation, 6, 1 + operation), without=3)
    # Nodes of other kinds and places: the value's last four bits are the kind, the others the line.
    for kind in range(8):
        yield f"node_kind_{kind}", recipe(*STRIDE, damage=hurt("nodes", 6, 6, 5 << 4 | kind), without=2)
        yield f"entry_kind_{kind}", recipe(*AZURE, damage=hurt("entries", 6, 4, 2 << 4 | kind))
    yield "nodes_share_lines", recipe(*AZURE, damage=hurt("nodes", 6, 6, 0x70) + hurt("nodes", 6, 8, 0x70),
                                        without=2)
    yield "node_of_constants", recipe(*STRIDE, damage=hurt("nodes", 6, 6, 0x20), without=2)
    yield "base", recipe(*STRIDE, damage=hurt("nodes", 5, 7, 0), without=2)
    # The word of the roots of 10.20 and 10.21, and of 13.68 and 13.69.
    for value in range(8):
        yield f"root_{value}", recipe(*STRIDE, damage=hurt("roots", 3, 0x50a, value))
        yield f"root_of_another_{value}", recipe(*AZURE, damage=hurt("roots", 0, 0x6a2, value))
    yield "default_ipv6", recipe(*AZURE, damage=hurt("header", 0, 16, 3))
    yield "line_count", recipe(*AZURE, damage=hurt("header", 5, 17, 0))
    yield "prefix_counts", recipe(*AZURE, damage=hurt("header", 3, 18, 1) + hurt("header", 4, 19, 1))
    # Counts of the header: of levels, entries, pilots and tops.
    for word in (25, 26, 27, 30):
        yield f"count_{word}", recipe(*AZURE, damage=hurt("header", 3, word, 1))
        yield f"no_count_{word}", recipe(*AZURE, damage=hurt("header", 0, word, 0))
    yield "agreed", recipe(*AZURE, damage=hurt("levels", 5, 2, 0) + hurt("levels", 5, 4, 0))
    yield "level_depth", recipe(*AZURE, damage=hurt("levels", 0, 0, 127))
    yield "entry_ends", recipe(*AZURE, damage=hurt("entries", 5, 6, 0))
    yield "parent_of_itself", recipe(*CHAIN4, damage=hurt("parent", 0, 3, 3))
    yield "not_sorted", recipe(*STRIDE, damage=hurt("address_ipv4", 0, 3, 0) + hurt("address_ipv4", 5, 4, 0))
    # Line 3 is the top of the only node, 4 its first leaf.
    yield "ends_not_sorted", recipe(*STRIDE, damage=hurt("lines", 5, 64, 0))
    yield "tops_ends_not_sorted", recipe(*STRIDE, damage=hurt("lines", 5, 48, 0))


OPEN = 0xffff


def head(*counts):
    return struct.pack("<4I", *counts)


def positions(*numbers):
    """The first, and how far after it each lies, modulo 2^32."""
    first = numbers[0] if numbers else 0
    return struct.pack(f"<q{len(numbers)}I", first, *(number - first & 0xffffffff for number in numbers))


def span(text, first, until):
    """A row of a list of prefixes; the ends are places among the positions."""
    network = ipaddress.ip_network(text)
    return network.network_address.packed + struct.pack("<BHH", network.prefixlen, first, until)


def prefix_list(numbers, ipv4, ipv6, last=0):
    return b"\1" + head(len(numbers), len(ipv4), len(ipv6), last) + positions(*numbers) + b"".join(
        span(*row) for row in [*ipv4, *ipv6])


def value(region, platform, service, features, region_id=None):
    flags = (region_id is not None) | (platform is not None) << 1 | (features is not None) << 2
    texts = [text.encode() + b"\0" for text in (region, platform, service, features) if text is not None]
    return struct.pack("<Bq", flags, region_id or 0) + b"".join(texts)


def property_list(numbers, spans, values):
    """Spans are (first, until, value, change number)."""
    said = b"".join(values)
    return b"\0" + head(len(numbers), len(spans), len(values), len(said)) + positions(*numbers) + b"".join(
        struct.pack("<3Hq", *row) for row in spans) + said


def tag_list_seeds():
    ipv4 = [("0.0.0.0/0", 0, 1), ("10.0.0.0/24", 0, 1), ("10.0.0.0/24", 2, OPEN), ("192.0.2.1/32", 1, 2)]
    ipv6 = [("::/0", 0, OPEN), ("2603:1030::/45", 0, 1), ("2603:1030::/45", 2, OPEN), ("2603:1030::1/128", 2, OPEN)]
    yield "empty", b""
    for number in range(2):
        yield f"no_head_{number}", bytes([number])
        yield f"head_alone_{number}", bytes([number]) + head(0, 0, 0, 0)
        yield f"counts_{number}", bytes([number]) + head(1, 0xffffffff, 0xffffffff, 0xffffffff) + positions(7)
        yield f"too_many_positions_{number}", bytes([number]) + head(65536, 0, 0, 0)
    yield "prefixes", prefix_list((-4096, 0, 4096), ipv4, ipv6)
    yield "prefixes_ipv4", prefix_list((-4096, 0, 4096), ipv4, [])
    yield "prefixes_ipv6", prefix_list((-4096, 0, 4096), [], ipv6)
    yield "prefixes_last_of_head", prefix_list((-4096, 0, 4096), ipv4, ipv6, 1)
    yield "prefixes_at_the_end", prefix_list(((1 << 63) - 4, (1 << 63) - 3, (1 << 63) - 2), ipv4, ipv6)
    yield "prefixes_past_the_end", prefix_list(((1 << 63) - 3, (1 << 63) - 2, (1 << 63) - 1), ipv4, ipv6)
    yield "prefixes_farthest", prefix_list((-1 << 63, 0, (-1 << 63) + 0xffffffff), ipv4, ipv6)
    yield "prefixes_positions_back", prefix_list((4096, 0, -4096), ipv4, ipv6)
    yield "prefixes_no_place", prefix_list((0,), [("10.0.0.0/24", 1, OPEN), ("10.0.1.0/24", 0, 2)], [])
    yield "prefixes_touch", prefix_list((0, 1, 2), [("10.0.0.0/24", 0, 1), ("10.0.0.0/24", 1, 2)], [])
    yield "prefixes_back", prefix_list((0, 1, 2), [("10.0.1.0/24", 0, 1), ("10.0.0.0/24", 1, 2)], [])
    values = [value("", None, "", None), value("eastus", "Azure", "AzureStorage", "API,NSG", 32),
              value("", "", "", "", -1 << 31)]
    rows = [(0, 1, 0, 5), (1, 2, 0, 6), (2, 3, 1, 6), (4, OPEN, 2, -1)]
    numbers = (-4096, 0, 4096, 8192, 12288)
    yield "properties", property_list(numbers, rows, values)
    yield "properties_unused", property_list(numbers, rows[:2], values)
    yield "properties_twice", property_list(numbers, rows, [values[1]] * 3)
    yield "properties_no_value", property_list(numbers, rows, values[:2])
    yield "properties_no_end", property_list(numbers, rows, values)[:-1]
    yield "properties_region_id", property_list(numbers, rows, [*values[:2], value("", "", "", "", 1 << 31)])
    yield "properties_flags", property_list(numbers, rows, [b"\xff" + values[1][1:], *values[1:]])
    yield "properties_one", property_list(numbers, [rows[0], (1, 2, 0, 5)], values)
    yield "properties_overlap", property_list(numbers, [(0, 2, 0, 5), rows[1]], values)
    yield "properties_back", property_list(numbers, rows[::-1], values)


def main():
    corpus = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corpus"
    for folder, seeds in (("address", ADDRESSES.items()), ("index", index_seeds()),
                          ("tag_lists", tag_list_seeds())):
        (corpus / folder).mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (corpus / folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
