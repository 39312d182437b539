"""A network security group, evaluated: rules as `az network nsg rule list` prints them against packets.

Also what any such rules have to obey, and a grammar of the commands of az that svctag writes.
"""

import bisect
import ipaddress
import re
import shlex

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?\Z")
PORT = re.compile(r"(\*|[0-9]{1,5}(-[0-9]{1,5})?)\Z")
PLATFORM_TAGS = {"VirtualNetwork", "AzureLoadBalancer", "Internet"}
MOST_PREFIXES = 4000


def sides(rule, side):
    """What one side matches: the singular value, or the plural ones."""
    one, several = rule[f"{side}AddressPrefix"], rule[f"{side}AddressPrefixes"]
    assert (one is None) == bool(several), rule
    return several or [one]


def ports(rule):
    one, several = rule["destinationPortRange"], rule["destinationPortRanges"]
    assert (one is None) == bool(several), rule
    return several or [one]


def is_address(text):
    return bool(re.match(r"[0-9a-fA-F:.]+(/\d+)?\Z", text)) and text != "*"


def check(rules, tags):
    """Whatever the platform demands of a group's rules. `tags`: the names there are."""
    names, priorities = set(), set()
    for rule in rules:
        assert NAME.match(rule["name"]), rule["name"]
        assert rule["name"].lower() not in names, rule["name"]
        names.add(rule["name"].lower())
        assert 100 <= rule["priority"] <= 4096, rule
        assert (rule["direction"], rule["priority"]) not in priorities, rule
        priorities.add((rule["direction"], rule["priority"]))
        assert rule["direction"] in ("Inbound", "Outbound") and rule["access"] in ("Allow", "Deny"), rule
        assert rule["protocol"] in ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*"), rule
        assert len(rule["description"]) <= 140 and rule["description"].isprintable(), rule
        assert all(PORT.match(port) for port in ports(rule)), rule
        families = set()
        for side in ("source", "destination"):
            values = sides(rule, side)
            assert len(values) <= MOST_PREFIXES
            for value in values:
                if is_address(value):
                    families.add(ipaddress.ip_network(value).version)
                elif value != "*":
                    assert len(values) == 1, f"a tag in the plural list: {rule}"
                    assert value in tags or value in PLATFORM_TAGS, value
        assert len(families) <= 1, f"IPv4 and IPv6 in one rule: {rule}"


class Ranges:
    """Addresses of some networks, for asking often."""

    def __init__(self, networks):
        self.starts, self.ends = {4: [], 6: []}, {4: [], 6: []}
        for network in sorted(networks, key=lambda n: (n.version, int(n[0]))):
            starts, ends = self.starts[network.version], self.ends[network.version]
            if ends and int(network[0]) <= ends[-1]:
                ends[-1] = max(ends[-1], int(network[-1]))
            else:
                starts.append(int(network[0]))
                ends.append(int(network[-1]))

    def __contains__(self, address):
        i = bisect.bisect_right(self.starts[address.version], int(address)) - 1
        return i >= 0 and int(address) <= self.ends[address.version][i]


class Everything:
    def __contains__(self, address):
        return True


class Group:
    def __init__(self, rules, tags):
        """tags: {name: [networks]}; VirtualNetwork is 10.0.0.0/8 here."""
        tags = dict(tags, VirtualNetwork=[ipaddress.ip_network("10.0.0.0/8")])
        self.rules = [(rule, {side: self.peer(sides(rule, side), tags) for side in ("source", "destination")})
                      for rule in sorted(rules, key=lambda rule: rule["priority"])]

    @staticmethod
    def peer(values, tags):
        if "*" in values or "Internet" in values:
            return Everything()
        return Ranges([n for value in values for n in
                       ([ipaddress.ip_network(value)] if is_address(value) else tags[value])])

    def allows(self, direction, remote, local="10.1.2.3", protocol="Tcp", port=443):
        """The first rule that matches decides; none: denied, as by DenyAll at the end."""
        remote, local = ipaddress.ip_address(remote), ipaddress.ip_address(local)
        source, destination = (remote, local) if direction == "Inbound" else (local, remote)
        for rule, peers in self.rules:
            if (rule["direction"] == direction and rule["protocol"] in ("*", protocol) and
                    any(value == "*" or within(port, value) for value in ports(rule)) and
                    source in peers["source"] and destination in peers["destination"]):
                return rule["access"] == "Allow"
        return False


def within(port, text):
    first, _, last = text.partition("-")
    return int(first) <= port <= int(last or first)


# az COMMAND: {option: (how many values at least, at most, what they look like)}; all but those in OPTIONAL are wanted
ONE = (1, 1)
MANY = (1, MOST_PREFIXES)
PEER = re.compile(r"(\*|[0-9a-fA-F:.]+/\d+|[A-Za-z][A-Za-z0-9._-]*)\Z")
GRAMMAR = {
    "network nsg rule create": {
        "resource-group": ONE, "nsg-name": ONE, "name": ONE, "priority": ONE, "direction": ONE, "access": ONE,
        "protocol": ONE, "source-address-prefixes": MANY, "source-port-ranges": ONE,
        "destination-address-prefixes": MANY, "destination-port-ranges": MANY, "description": ONE},
    "network nsg rule delete": {"resource-group": ONE, "nsg-name": ONE, "name": ONE},
    "network route-table route create": {
        "resource-group": ONE, "route-table-name": ONE, "name": ONE, "address-prefix": ONE, "next-hop-type": ONE,
        "next-hop-ip-address": ONE},
    "network route-table route delete": {"resource-group": ONE, "route-table-name": ONE, "name": ONE},
    "network firewall network-rule create": {
        "resource-group": ONE, "firewall-name": ONE, "collection-name": ONE, "priority": ONE, "action": ONE,
        "name": ONE, "protocols": MANY, "source-addresses": MANY, "destination-addresses": MANY,
        "destination-ports": MANY, "description": ONE},
    "network firewall network-rule delete": {
        "resource-group": ONE, "firewall-name": ONE, "collection-name": ONE, "name": ONE},
}
OPTIONAL = {"description", "next-hop-ip-address", "priority", "action"}
WORDS = {
    "direction": {"Inbound", "Outbound"}, "access": {"Allow", "Deny"}, "action": {"Allow", "Deny"},
    "protocol": {"Tcp", "Udp", "Icmp", "Esp", "Ah", "*"}, "protocols": {"TCP", "UDP", "ICMP", "Any"},
    "next-hop-type": {"Internet", "None", "VirtualNetworkGateway", "VnetLocal", "VirtualAppliance"},
    "source-port-ranges": {"*"},
}
SHAPES = {
    "name": NAME, "priority": re.compile(r"[1-9][0-9]{2,4}\Z"), "destination-port-ranges": PORT,
    "destination-ports": PORT, "source-address-prefixes": PEER, "destination-address-prefixes": PEER,
    "source-addresses": PEER, "destination-addresses": PEER, "address-prefix": PEER,
    "next-hop-ip-address": re.compile(r"[0-9a-fA-F:.]+\Z"),
}


def az(line):
    """(command, {option: [values]}) of a line, or an AssertionError."""
    words = shlex.split(line)
    # As a shell sees it: what is not quoted has no character that means something to it.
    assert not re.search(r"[`$*?!;&|<>(){}\[\]#~\\\n]", re.sub(r"'[^']*'|\\'", "", line)), line
    assert words[0] == "az", line
    end = next(i for i, word in enumerate(words) if word.startswith("--"))
    command = " ".join(words[1:end])
    grammar = GRAMMAR[command]
    options = {}
    for word in words[end:]:
        if word.startswith("--"):
            assert word[2:] in grammar and word[2:] not in options, line
            values = options[word[2:]] = []
        else:
            values.append(word)
    for option, (least, most) in grammar.items():
        if option not in options:
            assert option in OPTIONAL, f"no --{option}: {line}"
            continue
        assert least <= len(options[option]) <= most, line
        for value in options[option]:
            assert value[:1] not in ("-", "@"), line
            assert option not in WORDS or value in WORDS[option], line
            assert option not in SHAPES or SHAPES[option].match(value), (option, value)
    return command, options


def rule_of(options):
    """The rule that `az network nsg rule create` makes, as it would be listed: one value goes to the singular."""
    rule = {"name": options["name"][0], "priority": int(options["priority"][0]),
            "description": options.get("description", [""])[0], "direction": options["direction"][0],
            "access": options["access"][0], "protocol": options["protocol"][0], "sourcePortRange": "*",
            "sourcePortRanges": []}
    for side in ("source", "destination"):
        values = options[f"{side}-address-prefixes"]
        rule[f"{side}AddressPrefix"] = values[0] if len(values) == 1 else None
        rule[f"{side}AddressPrefixes"] = values if len(values) > 1 else []
    values = options["destination-port-ranges"]
    rule["destinationPortRange"] = values[0] if len(values) == 1 else None
    rule["destinationPortRanges"] = values if len(values) > 1 else []
    return rule
