#!/usr/bin/env python3
"""Mixed load on svctagd for a while, and whether its memory and descriptors stay what they are.

usage: soak.py [--minutes N]     default: 15

Meanwhile releases are imported and taken out, the database is replaced by copies of itself and by rubbish, and the
daemon is told to load it anew. Releases are made up, or are those of the folder $SVCTAG_REAL_DATA. Exit 0 when
every request was answered as it should be and nothing grew, 1 when not, 2 for wrong arguments.
"""

import argparse
import glob
import http.client
import json
import os
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "functional"))
from clients import Clients  # noqa: E402
from releases import write_releases  # noqa: E402
from test_daemon import Daemon, svctag, wait_for  # noqa: E402

RELEASES = 16
#: The newest ones come and go; the others stay.
MOVING = 4
PATIENCE = 120
MIB = 1 << 20
#: What may be between the medians of the last two thirds of the time: a part of it, and so much besides.
GROWTH, GROWTH_BYTES = 0.01, 1 * MIB
#: And this in a run that is over before everything is warm.
WARM_MINUTES, WARM_BYTES = 10, 2 * MIB
#: What older releases that are kept ready may have.
ARCHIVE = 64 * MIB
#: Descriptors of a thread that has the database open: how many threads have is a matter of the moment.
DATABASES = 2 * 3


class Gauge(threading.Thread):
    """Looks at the process once a second.

    Older releases are kept ready in up to 64 MiB: how much of that there is depends on which days were asked for
    last, and the daemon tells it. What grows has to be sought in the rest.
    """

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.pid = daemon.process.pid
        self.served = daemon
        self.archive = 0
        self.stop_now = threading.Event()
        self.samples = []  # (time, resident bytes but for the archive, sockets, other descriptors, the archive's bytes)
        self.start()

    def look(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        return time.monotonic(), resident - self.archive, *self.descriptors(), self.archive

    def look_at_archive(self):
        """Before a look at the rest; as it was where the daemon has too much to do to tell."""
        try:
            metrics = self.served.ask("/metrics")[2].decode()
        except (OSError, http.client.HTTPException):
            return
        found = re.search(r"^svctagd_archive_bytes (\S+)$", metrics, re.M)
        self.archive = int(float(found.group(1))) if found else self.archive

    def descriptors(self):
        """-> sockets, others"""
        sockets = others = 0
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                if os.readlink(f"/proc/{self.pid}/fd/{name}").startswith("socket:"):
                    sockets += 1
                else:
                    others += 1
            except OSError:
                pass  # closed meanwhile
        return sockets, others

    def sockets(self):
        return self.descriptors()[0]

    def run(self):
        while not self.stop_now.wait(1):
            self.look_at_archive()
            self.samples.append(self.look())

    def stop(self):
        self.stop_now.set()
        self.join()


class Disturber:
    """Changes the database in every way in which it changes."""

    def __init__(self, daemon, db, files):
        self.daemon, self.db, self.files = daemon, db, files
        self.loaded = len(files)
        self.turns = {}

    def release(self):
        """Take the newest out, or put it back."""
        if self.loaded > len(self.files) - MOVING and (self.loaded == len(self.files) or random.random() < 0.5):
            svctag("forget", "latest", db=self.db)
            self.loaded -= 1
        else:
            svctag("import", "--force", self.files[self.loaded], db=self.db)
            self.loaded += 1

    def hang_up(self):
        self.daemon.process.send_signal(signal.SIGHUP)

    def copy(self):
        """-> an immutable copy of what is there"""
        path = self.db + ".copy"
        if os.path.exists(path):
            os.unlink(path)
        svctag("snapshot", path, db=self.db)
        os.unlink(path + ".sha256")
        return path

    def put(self, path):
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.db + suffix):
                os.unlink(self.db + suffix)
        os.replace(path, self.db)

    def reload_is(self, ok):
        wait_for(lambda: self.daemon.json("/readyz")["reload"]["ok"] == ok, PATIENCE, f"reload.ok = {ok}")

    def replace(self):
        self.put(self.copy())

    def spoil(self):
        good = self.copy()
        bad = self.db + ".bad"
        shutil.copy(good, bad)
        os.truncate(bad, random.randrange(os.path.getsize(bad) // 2))
        self.put(bad)
        self.reload_is(False)
        self.put(good)
        self.reload_is(True)

    def turn(self):
        what = random.choices((self.release, self.hang_up, self.replace, self.spoil), (6, 3, 2, 1))[0]
        what()
        self.turns[what.__name__] = self.turns.get(what.__name__, 0) + 1


def release_files(folder):
    real = os.environ.get("SVCTAG_REAL_DATA")
    if real:
        return sorted(glob.glob(os.path.join(real, "public", "ServiceTags_Public_*.json")))[-RELEASES:]
    return [path for path, _, _ in write_releases(folder, RELEASES)]


def catalogue(daemon):
    """-> tags that are always there, addresses, references to releases that stay"""
    releases = daemon.json("/v1/releases")["releases"]
    staying = [r["published"] for r in releases[:-MOVING]]
    everywhere = [{t["name"] for t in daemon.json("/v1/tags?at=" + r["published"])["tags"] if t["prefixCount"]["ipv4"]}
                  for r in releases]
    tags = sorted(set.intersection(*everywhere))
    addresses = [p.split("/")[0] for tag in random.sample(tags, min(30, len(tags)))
                 for p in daemon.json(f"/v1/tags/{tag}")["prefixes"][:20]]
    return tags, addresses, staying


def routes_not_asked(daemon):
    """The daemon counts itself what it was asked."""
    counted = set(re.findall(r'^svctagd_requests_total\{route="([^"]+)",method="([A-Z]+)"',
                             daemon.ask("/metrics")[2].decode(), re.M))
    described = json.loads(daemon.ask("/openapi.json")[2])["paths"]
    return sorted(f"{method.upper()} {path}" for path, methods in described.items() for method in methods
                  if method in ("get", "post") and (path, method.upper()) not in counted)


def thirds(samples, column):
    """-> the medians of the last two thirds: the first is for getting warm"""
    third = len(samples) // 3
    return [statistics.median(s[column] for s in samples[i * third:(i + 1) * third]) for i in (1, 2)]


def course(samples, column, parts=10):
    """-> the median of each part of the time"""
    edges = [i * len(samples) // parts for i in range(parts + 1)]
    return [statistics.median(s[column] for s in samples[a:b]) for a, b in zip(edges, edges[1:])]


def slope(samples, column):
    """Per hour, by least squares over the last two thirds."""
    kept = samples[len(samples) // 3:]
    return statistics.linear_regression([s[0] for s in kept], [s[column] for s in kept]).slope * 3600


def grew(samples):
    """Did the memory?"""
    before, after = thirds(samples, 1)
    warming = WARM_BYTES if samples[-1][0] - samples[0][0] < (WARM_MINUTES - 0.5) * 60 else 0
    return after - before > GROWTH * before + GROWTH_BYTES + warming


def judge(gauge, clients, idle, quiet):
    """-> what is wrong, as sentences"""
    wrong = [f"answered wrongly: {p}" for p in clients.problems]
    before, after = thirds(gauge.samples, 1)
    if grew(gauge.samples):
        wrong.append(f"memory grew from {before / MIB:.1f} to {after / MIB:.1f} MiB")
    if max(s[4] for s in gauge.samples) > ARCHIVE:
        wrong.append(f"more than {ARCHIVE / MIB:.0f} MiB of older releases are kept ready")
    before, after = thirds(gauge.samples, 3)
    if after - before > DATABASES:
        wrong.append(f"descriptors of files grew from {before:.0f} to {after:.0f}")
    if quiet != idle:
        wrong.append(f"{quiet} sockets are open when nobody is connected; there were {idle}")
    if clients.counts["later"] * 20 > clients.counts["good"]:
        wrong.append(f"{clients.counts['later']} requests were put off, of {clients.counts['good']}")
    return wrong


def report(gauge, clients, disturber, minutes):
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(clients.counts.items()))
    turns = ", ".join(f"{count} {what}" for what, count in sorted(disturber.turns.items()))
    before, after = thirds(gauge.samples, 1)
    archive = thirds(gauge.samples, 4)
    tenths = " ".join(f"{resident / MIB:.1f}" for resident in course(gauge.samples, 1))
    print(f"{minutes:g} minutes: {said}\n"
          f"database: {turns}\n"
          f"memory but for the archive: {gauge.samples[0][1] / MIB:.1f} MiB at first, "
          f"median {before / MIB:.1f} of the second third, {after / MIB:.1f} of the last, "
          f"at most {max(s[1] for s in gauge.samples) / MIB:.1f}; slope {slope(gauge.samples, 1) / MIB:+.2f} MiB an hour; "
          f"tenth by tenth {tenths}\n"
          f"archive: median {archive[0] / MIB:.1f} MiB of the second third, {archive[1] / MIB:.1f} of the last, "
          f"at most {max(s[4] for s in gauge.samples) / MIB:.1f}; with it at most "
          f"{max(s[1] + s[4] for s in gauge.samples) / MIB:.1f}\n"
          "descriptors: " + ", ".join(
              "{} median {:.0f} and {:.0f}, at most {}".format(
                  what, *thirds(gauge.samples, column), max(s[column] for s in gauge.samples))
              for what, column in (("sockets", 2), ("others", 3))), flush=True)


def soak(daemon, db, files, minutes):
    """-> exit code"""
    gauge = Gauge(daemon)
    idle = gauge.sockets()
    disturber = Disturber(daemon, db, files)
    clients = Clients(daemon.port, catalogue(daemon))
    until = time.monotonic() + minutes * 60
    try:
        while time.monotonic() < until:
            disturber.turn()
            time.sleep(random.uniform(0.5, 3))
    finally:
        clients.stop()
        gauge.stop()
    wrong = [f"never asked: {route}" for route in routes_not_asked(daemon) if "/assets/" not in route]
    deadline = time.monotonic() + PATIENCE  # those that were left half-way are cut after a while
    while gauge.sockets() != idle and time.monotonic() < deadline:
        time.sleep(0.5)
    wrong += judge(gauge, clients, idle, gauge.sockets())
    report(gauge, clients, disturber, minutes)
    for sentence in wrong:
        print(f"wrong: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(prog="soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15, metavar="N")
    minutes = parser.parse_args().minutes
    if not 0.2 <= minutes <= 10000:
        parser.error("--minutes is from 0.2 to 10000")
    folder = tempfile.mkdtemp(prefix="svctag-soak-")
    try:
        db = os.path.join(folder, "svctag.db")
        files = release_files(os.path.join(folder, "releases"))
        svctag("import", "--force", *files, db=db)
        daemon = Daemon(db)
        try:
            status = soak(daemon, db, files, minutes)
        finally:
            daemon.stop()
        return status
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
