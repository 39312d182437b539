"""Packages of npm that a test uses: those of package.json and package-lock.json beside the test, installed into the
build folder once. `npm ci` checks every package against the lock's digest.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from command_line import SKIPPED

BUILD = pathlib.Path(os.environ.get("SVCTAG_BUILD", "build/dev"))
PATIENCE = 120


def skip(why, instead):
    print(f"skipped: {why}; {instead}")
    sys.exit(SKIPPED)


def install(here, instead):
    """The folder with node_modules for the test in the folder `here`. Ends the test as skipped where there is no npm
    or no network; `instead` says what that means."""
    folder = BUILD / "tests" / here.name
    if shutil.which("npm") is None or shutil.which("node") is None:
        skip("there is no npm", instead)
    for name in ("package.json", "package-lock.json"):
        if not (folder / name).exists() or (folder / name).read_bytes() != (here / name).read_bytes():
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
    if (folder / "node_modules" / ".complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(here / name, folder / name)
    try:
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer"], cwd=folder,
                              capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        skip("npm does not get the packages in time", instead)
    if done.returncode != 0 and "EINTEGRITY" in done.stderr:
        sys.exit(f"a package is not the one that was locked:\n{done.stderr[-1000:]}")
    if done.returncode != 0:
        skip(f"npm cannot get the packages ({done.stderr.strip().splitlines()[-1:]})", instead)
    (folder / "node_modules" / ".complete").touch()
    return folder
