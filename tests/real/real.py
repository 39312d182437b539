"""What the tests on real releases share: where the releases are, and how svctag is asked."""

import json
import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77
BUILD = pathlib.Path(os.environ.get("SVCTAG_BUILD", "build/dev"))
PROGRAM = os.environ.get("SVCTAG_BIN", str(BUILD / "cli" / "svctag"))
WORK = BUILD / "tests" / "real-data"
DATABASE = WORK / "history.db"
CLOUDS = {"Public": "public", "AzureGovernment": "gov", "China": "china"}


def data_folder():
    """The folder of real releases; ends the test as skipped where there is none."""
    folder = os.environ.get("SVCTAG_REAL_DATA", "")
    if not folder:
        print("skipped: SVCTAG_REAL_DATA is not set")
        sys.exit(SKIPPED)
    path = pathlib.Path(folder)
    if not (path / "public").is_dir():
        sys.exit(f"SVCTAG_REAL_DATA={folder}: no folder `public` in it")
    return path


def releases(cloud):
    """The cloud's files in order; every n-th where the tests are to be short."""
    files = sorted((data_folder() / CLOUDS[cloud]).glob("*.json"))
    every = int(os.environ.get("SVCTAG_REAL_EVERY", "1"))
    return files[::every]


def complete():
    return os.environ.get("SVCTAG_REAL_EVERY", "1") == "1"


def day_of(path):
    year, month, day = re.search(r"(\d{4})(\d{2})(\d{2})\.json$", path.name).groups()
    return f"{year}-{month}-{day}"


def svctag(*arguments, database=DATABASE, expect=(0,), stdin=None):
    """Run it; returns the finished process. An exit code that is not expected is an error."""
    command = [PROGRAM, "--db", str(database), *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, encoding="utf-8")
    if done.returncode not in expect:
        raise AssertionError(
            f"{' '.join(command[:12])} …: exit {done.returncode}, not {expect}\n"
            f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
    return done


def ask(*arguments, **options):
    """As svctag(), with the JSON answer decoded."""
    return json.loads(svctag("--format", "json", *arguments, **options).stdout)


def loaded(cloud, database=DATABASE):
    return ask("--cloud", cloud, "releases", database=database)["releases"]


def remove_database(path):
    for suffix in ("", "-wal", "-shm"):
        pathlib.Path(str(path) + suffix).unlink(missing_ok=True)
