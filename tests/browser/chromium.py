"""What the tests share that drive the page in a browser. Chromium is Debian's; playwright-core and axe-core are those
of package-lock.json, installed into the build folder. Without a browser, npm or a network a test says so and is skipped.
Screenshots are left in screenshots/ of the build folder.
"""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "functional"))
import node_packages  # noqa: E402

INSTEAD = "the page is checked by functional tests alone"
CHROMIUM = shutil.which("chromium")


def packages():
    """The folder of the packages; ends the test as skipped where something is missing."""
    if CHROMIUM is None:
        node_packages.skip("there is no chromium", INSTEAD)
    return node_packages.install(HERE, INSTEAD)


def drive(script, folder, *arguments, patience):
    """Run a script of this folder, print what it says. @return its exit code"""
    screenshots = (node_packages.BUILD / "screenshots").resolve()
    done = subprocess.run(["node", str(HERE / script), CHROMIUM, str(screenshots), *arguments], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=patience)
    print(done.stdout)
    return done.returncode
