"""Every real release: svctag's answers are those of a linear scan over the file.

usage: test_scan.py PART/PARTS      the releases are shared out among the parts

For each release linear_scan, which shares no code with libsvctag, makes up
addresses in both families (first and last of prefixes, one off them, inside,
near, anywhere) and finds their tags by comparing with every prefix. svctag is
asked the same addresses at that release. The two sets of (address, tag,
longest prefix) have to be equal.
"""

import csv
import io
import os
import subprocess
import sys
import time

import real

SCANNER = os.environ.get("SVCTAG_LINEAR_SCAN", str(real.BUILD / "tests" / "linear_scan"))
# Half of them in each family.
ADDRESSES = 20000


def scan(path, seed, addresses):
    """The sorted triples by linear scan; the queries are left in the file `addresses`."""
    done = subprocess.run(
        [SCANNER, str(path), str(ADDRESSES), str(seed), str(addresses)],
        check=True, capture_output=True, text=True)
    return sorted(done.stdout.splitlines())


def asked(cloud, release, addresses):
    """The sorted triples by svctag."""
    done = real.svctag("--cloud", cloud, "--at", f"id:{release['id']}", "--format", "csv", "lookup", "-",
                       stdin=addresses.read_text())
    rows = csv.reader(io.StringIO(done.stdout))
    header = next(rows)
    query, tag, prefix = (header.index(name) for name in ("query", "tag", "prefix"))
    return sorted(f"{row[query]},{row[tag]},{row[prefix]}" for row in rows if row[tag])


def compare(cloud, path, release, seed):
    """How many triples there are, and those that only one of the two has."""
    addresses = real.WORK / f"addresses-{os.getpid()}"
    try:
        want = scan(path, seed, addresses)
        if len(set(addresses.read_text().split())) < ADDRESSES // 4:
            sys.exit(f"{path.name}: hardly any different addresses: the test tests nothing")
        got = asked(cloud, release, addresses)
    finally:
        addresses.unlink(missing_ok=True)
    if got == want:
        return len(want), []
    differences = [f"only svctag: {row}" for row in sorted(set(got) - set(want))]
    differences += [f"only the scan: {row}" for row in sorted(set(want) - set(got))]
    return len(want), differences or [f"{len(got)} rows, not {len(want)}"]


def main():
    real.data_folder()
    part, parts = map(int, sys.argv[1].split("/"))
    began = time.monotonic()
    triples = count = 0
    differences = []
    for cloud in real.CLOUDS:
        known = {release["published"]: release for release in real.loaded(cloud)}
        for number, path in enumerate(real.releases(cloud)):
            if number % parts != part - 1:
                continue
            found, wrong = compare(cloud, path, known[real.day_of(path)], seed=1000 + number)
            triples += found
            count += 1
            differences += [f"{path.name}: {line}" for line in wrong]
    print("\n".join(differences[:40]))
    print(f"{count} releases, {count * ADDRESSES} addresses, {triples} triples, "
          f"{len(differences)} differences, {time.monotonic() - began:.1f} s")
    return 1 if differences or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
