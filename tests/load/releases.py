"""As many releases as a test wants, week after week, made from the newest of the sample."""

import datetime
import glob
import ipaddress
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NEWEST = sorted(glob.glob(os.path.join(ROOT, "schema", "sample", "*.json")))[-1]
#: Free in the sample: one /28 after another is Storage's for four weeks.
FREE = ipaddress.ip_network("198.19.64.0/18")


def marks(week):
    """Prefixes of this week: some are new, some were there before."""
    blocks = list(FREE.subnets(new_prefix=28))
    return [str(blocks[(week + i) % len(blocks)]) for i in range(4)]


def document(week):
    """No two weeks have the same prefixes or properties in any tag that is asked for."""
    with open(NEWEST, encoding="ascii") as file:
        release = json.load(file)
    release["changeNumber"] += 1 + week
    for value in release["values"]:
        value["properties"]["changeNumber"] += 1 + week
        if value["name"] in ("Storage", "AzureCloud"):
            value["properties"]["addressPrefixes"] += marks(week)
    return release


def write_releases(folder, count):
    """-> [(path, day, change number)], oldest first"""
    os.makedirs(folder)
    written = []
    for week in range(count):
        day = datetime.date(2025, 4, 7) + datetime.timedelta(weeks=week)
        path = os.path.join(folder, f"ServiceTags_Sample_{day:%Y%m%d}.json")
        release = document(week)
        with open(path, "w", encoding="ascii") as file:
            json.dump(release, file)
        written.append((path, day.isoformat(), release["changeNumber"]))
    return written
