#!/usr/bin/env python3
"""Connections whose look-ups the library does not get to see are kept as long as others: it would take them for idle.

Takes 80 seconds: only with `ctest -C Long`. Environment: as test_daemon.py.
"""

import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_daemon import ADDRESS  # noqa: E402
from test_daemon_prepared import WithClients, look_up  # noqa: E402

STEADY_SECONDS = 80  # more than anybody is kept who asks for nothing, by us or by the library
PAUSE_SECONDS = 58   # less than that
UNSEEN_SECONDS = 4.5  # so long the library sees nothing of what comes, at most, and a bit less


class Patience(WithClients):
    def setUp(self):
        self.data = look_up(ADDRESS)
        self.want = self.answers(self.data)[0]
        self.failures = []

    def ask(self, client, pause):
        time.sleep(pause)
        got = client.ask_raw(self.data)
        if got != self.want:
            raise AssertionError(got)

    def steadily(self):
        client = self.learned()
        for _ in range(STEADY_SECONDS):
            self.ask(client, 1)

    def after_a_pause(self):
        client = self.learned()
        self.ask(client, PAUSE_SECONDS)
        self.ask(client, 0)

    def after_a_pause_unseen(self):
        """When it begins the library has seen nothing for a while."""
        client = self.learned()
        for _ in range(9):
            self.ask(client, UNSEEN_SECONDS / 9)
        self.ask(client, PAUSE_SECONDS)
        self.ask(client, 0)

    def run_one(self, course):
        try:
            course()
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(f"{course.__name__}: {error!r}")

    def test_nobody_is_cut(self):
        courses = [self.steadily, self.after_a_pause, self.after_a_pause_unseen]
        threads = [threading.Thread(target=self.run_one, args=(course,)) for course in courses]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.failures, [])


if __name__ == "__main__":
    unittest.main()
