"""A seeded tenth of the points of fault_points.py, on the sample.

scripts/verify goes through all of them on real releases.
"""

import os
import pathlib
import sys
import unittest

import fault_points

EVERY = 10
SEED = int(os.environ.get("SVCTAG_TEST_SEED", "1"))


class Crash(unittest.TestCase):
    def try_points(self, old, new):
        with fault_points.scratch() as folder:
            scenario = fault_points.Scenario(pathlib.Path(folder) / "points", old, new, SEED)
            points = fault_points.choose_points(scenario.points(), EVERY, SEED)
            left, wrong = fault_points.run_points(scenario, points)
            print(f"{scenario.name}: {len(points)} of {len(scenario.points())} points, seed {SEED}, left {left}",
                  file=sys.stderr)
            self.assertEqual(wrong, [])

    def test_next_release(self):
        """Into a database that holds the release before: what the nightly import does."""
        self.try_points(*fault_points.SAMPLE[-2:])

    def test_first_release(self):
        """Where neither the database nor its folder exists."""
        self.try_points(None, fault_points.SAMPLE[0])


if __name__ == "__main__":
    reason = fault_points.can_trace()
    if "thread" in os.environ.get("SVCTAG_SANITIZE", ""):
        reason = "ThreadSanitizer's runtime does not bear it"
    if reason is not None:
        print(f"skipped: no system call can be traced here ({reason})")
        sys.exit(fault_points.SKIPPED)
    unittest.main()
