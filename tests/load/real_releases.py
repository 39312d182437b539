"""Real releases, read by other means than the program's own: what is in them, what changed, who holds an address."""

import collections
import ipaddress
import json
import random


def contents(files):
    """-> [{tag: prefixes}], a file each; what is the same in the next is there once"""
    texts, releases = {}, [{}]
    for path in files:
        before, now = releases[-1], {}
        for value in json.loads(path.read_bytes())["values"]:
            prefixes = [texts.setdefault(p, p) for p in value["properties"]["addressPrefixes"]]
            name = value["name"]
            now[name] = before[name] if before.get(name) == prefixes else prefixes
        releases.append(now)
    return releases[1:]


def moved(before, now):
    """-> the prefixes that some tag has in one of the two alone, in order"""
    names = [name for name in before.keys() | now.keys() if before.get(name) is not now.get(name)]
    return sorted(set().union(*(set(before.get(name, ())) ^ set(now.get(name, ())) for name in names)))


def moving_addresses(releases, seed=100):
    """-> an address out of what changed in each step, where something did"""
    chooser = random.Random(seed)
    steps = filter(None, map(moved, releases, releases[1:]))
    return list(dict.fromkeys(chooser.choice(prefixes).split("/")[0] for prefixes in steps))


def holders(addresses):
    """-> {the text of a prefix: those of the addresses that are in it}, for every prefix that holds one"""
    found = collections.defaultdict(list)
    for address in addresses:
        host = ipaddress.ip_network(address)
        for length in range(host.max_prefixlen + 1):
            found[str(host.supernet(new_prefix=length))].append(address)
    return found


def scan(release, held):
    """-> {address: {tag: its longest prefix that holds the address}}. @param held: of holders()"""
    found = collections.defaultdict(dict)
    for tag, prefixes in release.items():
        for prefix in prefixes:
            for address in held.get(prefix, ()):
                known = found[address].get(tag)
                if known is None or length_of(prefix) > length_of(known):
                    found[address][tag] = prefix
    return found


def compare(bodies, found):
    """The look-ups among the answers with the releases that they name.

    @param found: {day: what scan() has found}
    @return: how many look-ups there were, those that say something else than their release
    """
    checked, wrong = 0, []
    for body in bodies:
        answer = json.loads(body)
        for result in answer.get("results", [answer]):
            if "matches" in result:
                tags = {match["tag"]: match["prefix"] for match in result["matches"]}
                checked += 1
                if tags != found[answer["release"]["published"]].get(result["query"], {}):
                    wrong.append((answer["release"], result))
    return checked, wrong


def length_of(prefix):
    return int(prefix.split("/")[1])
