#!/usr/bin/env python3
"""What the load checks on real releases hold answers against is right itself, and a mixed answer is seen."""

import copy
import glob
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "functional"))
from command_line import EVERYWHERE, NOWHERE, SAMPLE, Release  # noqa: E402
from real_releases import compare, contents, holders, moved, moving_addresses, scan  # noqa: E402


class RealReleases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.paths = sorted(map(pathlib.Path, glob.glob(os.path.join(SAMPLE, "ServiceTags_Sample_*.json"))))
        cls.contents = contents(cls.paths)

    def test_moved(self):
        before = {"A": ["192.0.2.0/24"], "B": ["2001:db8::/32", "192.0.2.0/25"], "Gone": ["198.51.100.0/24"]}
        now = {"A": before["A"], "B": ["192.0.2.0/25", "203.0.113.0/24"]}
        self.assertEqual(moved(before, now), ["198.51.100.0/24", "2001:db8::/32", "203.0.113.0/24"])
        self.assertEqual(moving_addresses([before, before]), [])
        self.assertIn(moving_addresses([before, now]), (["198.51.100.0"], ["2001:db8::"], ["203.0.113.0"]))

    def test_scan_as_every_prefix_tried(self):
        addresses = moving_addresses(self.contents) + [EVERYWHERE, NOWHERE, "2001:db8::1"] + [
            prefixes[-1].split("/")[0] for prefixes in self.contents[0].values() if prefixes]
        held = holders(addresses)
        for path, content in zip(self.paths, self.contents):
            found, release = scan(content, held), Release(path)
            for address in addresses:
                self.assertEqual(found.get(address, {}), release.scan(address), (path, address))

    def test_a_mixed_answer_is_seen(self):
        older, newer = ({EVERYWHERE: {tag: "198.18.16.0/24"}} for tag in ("A", "B"))
        found = {"2025-01-01": older, "2025-01-08": newer}
        match = {"tag": "A", "prefix": "198.18.16.0/24"}
        right = {"query": EVERYWHERE, "release": {"published": "2025-01-01"}, "matches": [match]}
        mixed = copy.deepcopy(right)
        mixed["release"]["published"] = "2025-01-08"
        for answer in (right, mixed):
            result = {"query": answer["query"], "matches": answer["matches"]}
            several = {"release": answer["release"], "results": [result, {"query": NOWHERE, "matches": []}]}
            wrong = compare([json.dumps(answer).encode(), json.dumps(several).encode(), b'{"tags":[]}'], found)
            self.assertEqual((wrong[0], len(wrong[1])), (3, 0 if answer is right else 2))


if __name__ == "__main__":
    unittest.main()
