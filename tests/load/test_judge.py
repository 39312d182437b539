#!/usr/bin/env python3
"""The soak's judgement of memory can fail: a leak is seen, and what settles is not taken for one."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from soak import MIB, grew  # noqa: E402


def course(minutes, resident):
    """A sample a second. @param resident: MiB after so many minutes"""
    return [(s, int(resident(s / 60) * MIB), 8, 12) for s in range(int(minutes * 60))]


class Judge(unittest.TestCase):
    def test_fifteen_minutes(self):
        self.assertFalse(grew(course(15, lambda t: 30)))
        self.assertFalse(grew(course(15, lambda t: 30 + min(t, 4) * 3)), "warm after four minutes")
        self.assertFalse(grew(course(15, lambda t: 30 + (int(t * 60) % 7) * 0.5)), "up and down")
        self.assertTrue(grew(course(15, lambda t: 30 + t / 3)), "20 MiB an hour")
        self.assertTrue(grew(course(15, lambda t: 100 + t / 2)), "30 MiB an hour")

    def test_one_minute(self):
        self.assertFalse(grew(course(1, lambda t: 30 + t * 6)), "still getting warm")
        self.assertTrue(grew(course(1, lambda t: 30 + t * 20)), "10 kB a request or so")


if __name__ == "__main__":
    unittest.main()
