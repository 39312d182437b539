"""What the page must show of real releases, computed from the files as they were published, without svctag."""

import functools
import ipaddress
import json
import random
import re

import real
from spans import common, ranges, size, without

ENTRIES = 120  # of the list; less than the rows that the report's tables show
OUTSIDE = "192.0.2.7"  # in no release
FAMILIES = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}


@functools.lru_cache(maxsize=None)
def block(prefix):
    """-> version, length, first address as a number"""
    network = ipaddress.ip_network(prefix)
    return network.version, network.prefixlen, int(network[0])


class Release:
    def __init__(self, path):
        document = json.loads(path.read_bytes())
        self.number = document["changeNumber"]
        self.day = real.day_of(path)
        self.tags = {value["name"]: value["properties"] for value in document["values"]}
        self.prefix_count = sum(len(p["addressPrefixes"]) for p in self.tags.values())
        self.blocks = {}  # version and length -> first address -> [(tag, prefix)]
        self.sizes = {}
        for name, properties in self.tags.items():
            for prefix in properties["addressPrefixes"]:
                version, length, first = block(prefix)
                self.blocks.setdefault((version, length), {}).setdefault(first, []).append((name, prefix))

    def prefixes(self, tag):
        return self.tags[tag]["addressPrefixes"] if tag in self.tags else []

    def size(self, tag):
        """Addresses of both families"""
        if tag not in self.sizes:
            self.sizes[tag] = sum(size(ranges(self.prefixes(tag), version)) for version in FAMILIES)
        return self.sizes[tag]

    def holding(self, address):
        """{(tag, prefix)} with the address in the prefix"""
        address = ipaddress.ip_address(address)
        found = set()
        for (version, length), blocks in self.blocks.items():
            if version == address.version:
                rest = address.max_prefixlen - length
                found.update(blocks.get(int(address) >> rest << rest, ()))
        return found

    def tags_of(self, address):
        """The tags in the order of the answer: by the longest prefix, the fewest addresses, the name."""
        longest = {}
        for tag, prefix in self.holding(address):
            longest[tag] = max(longest.get(tag, -1), block(prefix)[1])
        return sorted(longest, key=lambda tag: (-longest[tag], self.size(tag), tag))

    def narrowest(self, address):
        return min({tag for tag, _ in self.holding(address)}, key=lambda tag: (self.size(tag), tag), default=None)

    def region(self, address):
        """Of the one AzureCloud.<region> that has it, or None where that is not so simple"""
        regions = {self.tags[tag]["region"] for tag, _ in self.holding(address) if tag.startswith("AzureCloud.")}
        return regions.pop() if len(regions) == 1 else None

    def fitting(self, part):
        """Tags with it in name, service or region"""
        part = part.lower()
        return [name for name, p in sorted(self.tags.items())
                if any(part in text.lower() for text in (name, p["systemService"], p["region"]))]


def spans(releases, address):
    """When which prefix of which tag held it: [tag, prefix, first day, last day or "now"]"""
    found = []
    open_spans = {}
    for i, release in enumerate(releases):
        holding = release.holding(address)
        for key in [key for key in open_spans if key not in holding]:
            found.append([*key, open_spans.pop(key), releases[i - 1].day])
        for key in holding:
            open_spans.setdefault(key, release.day)
    return sorted(found + [[*key, first, "now"] for key, first in open_spans.items()])


@functools.lru_cache(maxsize=None)
def left_their_tag(old, new, version):
    """First addresses of prefixes that a tag of a region had in the old release and has no more"""
    found = set()
    for tag, properties in old.tags.items():
        if properties["region"] and not tag.startswith("AzureCloud") and new.prefixes(tag) != old.prefixes(tag):
            for first, _ in without(ranges(old.prefixes(tag), version), ranges(new.prefixes(tag), version)):
                found.add(first)
    return [str(FAMILIES[version](first)) for first in sorted(found)]


def address_of_many_spans(releases, version):
    """An address of the newest release with a region whose history has the most to tell"""
    fits = [a for a in left_their_tag(releases[0], releases[-1], version) if releases[-1].region(a)]
    return max(fits, key=lambda address: (len(spans(releases, address)), address))


def lookup(releases, version):
    address = address_of_many_spans(releases, version)
    return {"address": address, "region": releases[-1].region(address), "tags": releases[-1].tags_of(address),
            "then": releases[0].tags_of(address), "timeline": spans(releases, address)}


def differs(old, new, tag):
    """In properties, or in prefixes in whatever order?"""
    def facts(release):
        properties = dict(release.tags[tag])
        features = properties.pop("networkFeatures") or []
        return properties | {"networkFeatures": sorted(features), "addressPrefixes": {
            block(prefix) for prefix in properties["addressPrefixes"]}}

    return tag not in old.tags or tag not in new.tags or facts(old) != facts(new)


def lost(old, new, tag):
    """The fewest prefixes of what it had and has no more"""
    return [str(network) for version, family in FAMILIES.items()
            for first, last in without(ranges(old.prefixes(tag), version), ranges(new.prefixes(tag), version))
            for network in ipaddress.summarize_address_range(family(first), family(last))]


def difference(old, new):
    tags = sorted(tag for tag in old.tags.keys() | new.tags.keys() if differs(old, new, tag))
    gained = dropped = 0
    for tag in tags:
        before, after = (ranges(release.prefixes(tag), 4) for release in (old, new))
        gained += size(after) - common(before, after)
        dropped += size(before) - common(before, after)
    losses = {tag: lost(old, new, tag) for tag in tags if tag in old.tags and tag in new.tags}
    shown = next(tag for tag, prefixes in losses.items() if 2 <= len(prefixes) <= 50)
    return {"tags": tags, "added": sorted(new.tags.keys() - old.tags.keys()),
            "removed": sorted(old.tags.keys() - new.tags.keys()), "gained": gained, "lost": dropped,
            "tag": shown, "lostOfTag": losses[shown]}


def first_broken(releases, entries):
    """The first release in which an entry is no more in the tag that was its narrowest in the first one"""
    intents = {entry: releases[0].narrowest(entry) for entry in entries}
    for release in releases[1:]:
        for entry, intent in intents.items():
            if intent is not None and intent not in {tag for tag, _ in release.holding(entry)}:
                return {"number": release.number, "day": release.day, "entry": entry, "from": intent,
                        "to": release.narrowest(entry)}
    return None


def hard_coded(releases):
    """A list such as people have: addresses of the oldest release, some of which have left their tags since, and one
    that is nobody's; with what the report must say."""
    chooser = random.Random(3)
    moved = left_their_tag(releases[0], releases[-1], 4)
    kept = sorted({p.split("/")[0] for tag, properties in releases[0].tags.items() if properties["region"]
                   for p in properties["addressPrefixes"] if "." in p and not tag.startswith("AzureCloud")})
    entries = chooser.sample(moved, min(len(moved), ENTRIES // 3))
    entries += chooser.sample([address for address in kept if address not in set(entries)], ENTRIES - 1 - len(entries))
    chooser.shuffle(entries)
    entries.append(OUTSIDE)
    newest = releases[-1]
    return {"entries": entries, "firstBroken": first_broken(releases, entries), "outside": OUTSIDE,
            "holders": {entry: newest.tags_of(entry) for entry in entries},
            "usable": [tag for tag, p in newest.tags.items() if "NSG" in (p["networkFeatures"] or ())]}


def misspelt(release):
    """A name with a letter left out, and the name"""
    name = next(name for name in sorted(release.tags) if re.fullmatch(r"Storage\.\w{8,}", name))
    return {"text": name[:-4] + name[-3:], "name": name}


def beside_a_prefix(release):
    """A prefix with a host bit set, and the prefix"""
    prefix = next(p for p in release.tags["AzureCloud"]["addressPrefixes"] if p.endswith("/24"))
    return {"text": prefix.replace(".0/24", ".1/24"), "prefix": prefix}


def expected(releases):
    """All of it, for real_page.js."""
    newest = releases[-1]
    largest = max(newest.tags, key=lambda tag: (len(newest.prefixes(tag)), tag))
    return {
        "releases": [{"day": r.day, "number": r.number, "tags": len(r.tags), "prefixes": r.prefix_count}
                     for r in releases],
        "lookup": lookup(releases, 4), "lookup6": lookup(releases, 6),
        "tags": sorted(newest.tags),
        "searches": {part: newest.fitting(part) for part in ("s", "storage", "storage.west", "WestEurope", "keyvault")},
        "largest": {"tag": largest, "prefixes": len(newest.prefixes(largest))},
        "difference": difference(releases[0], newest),
        "list": hard_coded(releases),
        "misspelt": misspelt(newest), "beside": beside_a_prefix(newest),
    }
