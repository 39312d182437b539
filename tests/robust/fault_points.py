#!/usr/bin/env python3
"""Every way in which the system can fail an import, one after another.

A *point* is one system call of an import that changes a file (or makes one,
or maps one to be changed) and what happens there: the process is killed
before it (kill -9), or the call fails with ENOSPC or EIO. strace does it.
After each the database has to hold the old release or the new one, sound and
answering as that one, and the same import has to succeed when it is run again.

usage: fault_points.py [OPTION…] [OLD NEW]     releases as files; default: the sample
  --every N   only every N-th point, chosen by --seed
  --seed S    (default 1)
  --jobs N    at once (default 2)

Needs $SVCTAG_BIN and strace with the right to trace. Exit 0 all hold, 1 one
does not, 77 nothing can be traced here.
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SVCTAG_BIN", str(ROOT / "build" / "dev" / "cli" / "svctag"))
SAMPLE = sorted((ROOT / "schema" / "sample").glob("*.json"))

WRITERS = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "fsync", "fdatasync", "sync_file_range", "ftruncate",
           "truncate", "fallocate", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "unlink", "unlinkat",
           "mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat", "fchown", "msync", "copy_file_range", "sendfile")
OPENERS = ("open", "openat", "creat")
MOST_TOLD = 10
ACTIONS = {"KILL": "signal=KILL", "ENOSPC": "error=ENOSPC", "EIO": "error=EIO"}

# The leak checker cannot work in a traced process.
TRACED = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class Wrong(Exception):
    """What does not hold after a point."""


def can_trace():
    """Why nothing can be traced here; None if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"],
                           capture_output=True, text=True)
    return None if tried.returncode == 0 else f"strace: {tried.stderr.strip()}"


def scratch():
    """A new folder, in memory where there is such a place."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None
    return tempfile.TemporaryDirectory(prefix="svctag-faults-", dir=os.environ.get("TMPDIR", memory))


def svctag(database, *arguments, stdin=None):
    return subprocess.run([PROGRAM, "--db", str(database), *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, encoding="utf-8", timeout=300)


def strace(log, options, database, release):
    """An import under strace."""
    return subprocess.run(["strace", "-f", "-qq", "-y", "-o", str(log), *options, PROGRAM, "--db", str(database), "import",
                           str(release)], capture_output=True, text=True, env=TRACED, timeout=300)


def files_of(database):
    return [pathlib.Path(str(database) + suffix) for suffix in ("", "-wal", "-shm")]


def integrity(database):
    """What SQLite says of a database, without changing it; "ok" where there is none yet."""
    if not database.exists() or database.stat().st_size == 0:
        return "ok"
    journal = pathlib.Path(f"{database}-journal")
    if journal.exists():  # of the time before WAL mode: SQLite has to undo it first
        copy = database.with_name("copy.db")
        shutil.copyfile(database, copy)
        shutil.copyfile(journal, f"{copy}-journal")
        database = copy
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode={'rw' if journal.exists() else 'ro'}", uri=True)) as connection:
        return "; ".join(str(row[0]) for row in connection.execute("PRAGMA integrity_check"))


def prefixes(path):
    """{(tag, prefix)} of a release file"""
    document = json.loads(pathlib.Path(path).read_bytes())
    return {(value["name"], prefix) for value in document["values"]
            for prefix in value["properties"]["addressPrefixes"]}


def queries(old, new, choose):
    """What both releases hold, and what only one of them does: first addresses, and prefixes."""
    a, b = prefixes(old) if old else set(), prefixes(new)
    asked = set()
    for group in (a - b, b - a, a & b):
        chosen = choose.sample(sorted(group), min(len(group), 24))
        asked |= {prefix for _, prefix in chosen[::2]} | {prefix.split("/")[0] for _, prefix in chosen[1::2]}
    return "\n".join([*sorted(asked), "192.0.2.1", "2001:db8:ffff::1"]) + "\n"


class State:
    """What a database shows: its list of releases and its answers."""

    def __init__(self, database, asked):
        listed = svctag(database, "--cloud", "all", "--format", "json", "releases")
        if listed.returncode == 2 and re.search("no such database|import a release first|the next import undoes it",
                                                listed.stderr):
            self.releases, self.answers = [], None
            return
        if listed.returncode not in (0, 1) or listed.stderr:
            raise Wrong(f"releases: exit {listed.returncode}: {listed.stderr.strip()}")
        self.releases = json.loads(listed.stdout)["releases"]
        for release in self.releases:
            del release["importedAt"]
        if not self.releases:
            self.answers = None
            return
        looked_up = svctag(database, "--format", "json", "lookup", "-", stdin=asked)
        if looked_up.returncode not in (0, 1) or looked_up.stderr:
            raise Wrong(f"lookup: exit {looked_up.returncode}: {looked_up.stderr.strip()}")
        self.answers = looked_up.stdout

    def __eq__(self, other):
        return (self.releases, self.answers) == (other.releases, other.answers)


class Scenario:
    """An import of `new` into a database that holds `old` (None: that does not exist yet)."""

    def __init__(self, folder, old, new, seed=1):
        self.name = f"{pathlib.Path(new).name} after {pathlib.Path(old).name if old else 'nothing'}"
        self.folder, self.old_file, self.new_file = pathlib.Path(folder), old, new
        self.folder.mkdir(parents=True)
        self.asked = queries(old, new, random.Random(seed))
        self.base = self.folder / "old" / "svctag.db"
        if old:
            self.must(svctag(self.base, "import", old))
        self.old = State(self.base, self.asked)
        after = self.folder / "new" / "svctag.db"
        self.calls = self.trace(after)
        self.new = State(after, self.asked)
        if self.old == self.new:
            raise Wrong("the two releases do not differ")
        self.seen = set()  # hashes of states that have been looked at
        self.lock = threading.Lock()

    @staticmethod
    def must(done):
        if done.returncode != 0:
            raise Wrong(f"{' '.join(done.args[:8])}: exit {done.returncode}: {done.stderr.strip()}")

    def place(self, database):
        """A copy of the old state."""
        if not self.old_file:
            return  # its folder has to be made, too
        database.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.base, database)

    def trace(self, database):
        """[(system call, the how manyth of its name, the line)] that change something."""
        log = self.folder / "calls"
        self.place(database)
        self.must(strace(log, ["-e", "trace=?" + ",?".join([*WRITERS, *OPENERS, "mmap"])], database, self.new_file))
        counts, calls = {}, []
        for line in log.read_text(errors="replace").splitlines():
            match = re.match(r"\d+\s+(\w+)\((.*)", line)
            if match is None:
                continue
            name, rest = match.groups()
            counts[name] = counts.get(name, 0) + 1
            if (name in OPENERS and "O_CREAT" not in rest and "O_TRUNC" not in rest) or \
               (name == "mmap" and not ("MAP_SHARED" in rest and "PROT_WRITE" in rest)):
                continue
            calls.append((name, counts[name], line.split(None, 1)[1].replace(str(database.parent), "")))
        return calls

    def points(self):
        return [(*call, action) for call in self.calls for action in ACTIONS]

    def run(self, point, database):
        """Let it happen; returns how the import ended."""
        name, number, line, action = point
        log = database.parent.parent / (database.parent.name + ".log")
        shutil.rmtree(database.parent, ignore_errors=True)
        self.place(database)
        options = ["-e", f"trace={name}", "-e", f"inject={name}:{ACTIONS[action]}:when={number}"]
        if action != "KILL":
            options.append("--seccomp-bpf")  # faster; strace 6.1 injects no signals with it
        done = strace(log, options, database, self.new_file)
        # strace ends as what it traced.
        reached = done.returncode in (-9, 137) if action == "KILL" else "(INJECTED)" in log.read_text(errors="replace")
        if not reached:
            raise Wrong("the point was not reached: the import takes another course each time")
        if action != "KILL" and (done.returncode not in (0, 2) or (done.returncode == 2 and not done.stderr)):
            raise Wrong(f"exit {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done

    def is_known(self, database):
        """Has this very state, byte for byte, been looked at? (-shm is made anew from the others.)"""
        state = hashlib.sha256()
        for path in files_of(database)[:2]:
            data = path.read_bytes() if path.exists() else b"none"
            state.update(len(data).to_bytes(8, "big") + data)
        with self.lock:
            known = state.digest() in self.seen
            self.seen.add(state.digest())
        return known

    def look(self, database):
        """Old or new, sound, and never a mixture."""
        state = State(database, self.asked)
        if state not in (self.old, self.new):
            raise Wrong(f"neither the old nor the new release answers: {state.releases}")
        if state.releases:
            self.must(svctag(database, "--cloud", "all", "verify"))
        if integrity(database) != "ok":
            raise Wrong(f"integrity_check: {integrity(database)}")
        return state

    def again(self, database):
        """The next run succeeds."""
        self.must(svctag(database, "import", self.new_file))
        if State(database, self.asked) != self.new:
            raise Wrong("the next import does not lead to the new release")
        if integrity(database) != "ok":
            raise Wrong(f"integrity_check after the next import: {integrity(database)}")

    def check(self, point, worker):
        """One point from beginning to end; raises Wrong. Returns what was left: "old" or "new"."""
        database = self.folder / f"worker-{worker}" / "svctag.db"
        try:
            done = self.run(point, database)
            succeeded = point[3] != "KILL" and done.returncode == 0
            if self.is_known(database) and not succeeded:
                return "known"
            state = self.look(database)
            if succeeded and state != self.new:
                raise Wrong("the import succeeds and the new release is not there")
            self.again(database)
            return "new" if state == self.new else "old"
        except (Wrong, subprocess.TimeoutExpired, OSError, ValueError, sqlite3.Error) as error:
            raise Wrong(f"{point[3]} at {point[0]} number {point[1]}, {point[2][:120]}: {error}") from error


def choose_points(points, every, seed):
    """Every n-th, from each system call some: sorted by name, so that rare ones are not passed over."""
    if every == 1:
        return points
    choose = random.Random(seed)
    rare = [p for p in points if sum(q[0] == p[0] for q in points) <= 30]
    common = [p for p in points if p not in set(rare)]
    return choose.sample(rare, -(-len(rare) // every)) + choose.sample(common, -(-len(common) // every))


def run_points(scenario, points, jobs=2, tell=sys.stderr):
    """Check them all; returns ({what was left: how often}, [what is wrong])."""
    left, wrong, began = {}, [], time.monotonic()
    workers = threading.local()
    numbers = iter(range(jobs))

    def check(point):
        if not hasattr(workers, "number"):
            workers.number = next(numbers)
        return scenario.check(point, workers.number)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(check, point) for point in points]
        for done, future in enumerate(concurrent.futures.as_completed(waiting), 1):
            try:
                result = future.result()
                left[result] = left.get(result, 0) + 1
            except Wrong as error:
                wrong.append(str(error))
                if len(wrong) <= MOST_TOLD:
                    print(f"\nWRONG: {error}", file=tell, flush=True)
            if tell.isatty() or done % 200 == 0 or done == len(points):
                seconds = time.monotonic() - began
                print(f"\r{done} of {len(points)} points, {seconds:.0f} s, {len(wrong)} wrong", file=tell, flush=True,
                      end="" if tell.isatty() and done < len(points) else "\n")
    return left, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("files", nargs="*", metavar="OLD NEW")
    options = parser.parse_args()
    if len(options.files) not in (0, 2):
        parser.error("two releases, the old and the new one")
    reason = can_trace()
    if reason is not None:
        print(f"skipped: no system call can be traced here ({reason})")
        return SKIPPED
    old, new = options.files or SAMPLE[-2:]
    bad = 0
    with scratch() as folder:
        for number, pair in enumerate(((old, new), (None, SAMPLE[0]))):
            scenario = Scenario(pathlib.Path(folder) / str(number), *pair, seed=options.seed)
            points = choose_points(scenario.points(), options.every, options.seed)
            began = time.monotonic()
            left, wrong = run_points(scenario, points, options.jobs)
            bad += len(wrong)
            print(f"{scenario.name}: {len(points)} points at {len(scenario.calls)} system calls, "
                  f"{time.monotonic() - began:.0f} s; left {left}; {len(wrong)} wrong", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
