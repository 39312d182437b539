"""Exact sets of addresses, computed without svctag: what tests on real releases compare it with."""

import ipaddress
import itertools


def ranges(prefixes, version):
    """Disjoint [first, last] as integers, in order"""
    merged = []
    for first, last in sorted((int(n[0]), int(n[-1])) for n in map(ipaddress.ip_network, prefixes)
                              if n.version == version):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return merged


def size(spans):
    return sum(last - first + 1 for first, last in spans)


def common(a, b):
    """How many addresses are in both?"""
    total = i = j = 0
    while i < len(a) and j < len(b):
        total += max(0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]) + 1)
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return total


def without(a, b):
    """What of a is not in b"""
    left = []
    i = 0
    for first, last in a:
        while i < len(b) and b[i][1] < first:
            i += 1
        for start, end in itertools.islice(b, i, None):
            if start > last:
                break
            if start > first:
                left.append([first, start - 1])
            first = end + 1
        if first <= last:
            left.append([first, last])
    return left
