"""The sample: the generator writes the committed files byte for byte, and they are what they claim to be."""

import ipaddress
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "schema" / "sample"
RESERVED = {4: ipaddress.ip_network("198.18.0.0/15"), 6: ipaddress.ip_network("2001:db8::/32")}


def load():
    return [json.loads(path.read_bytes()) for path in sorted(SAMPLE.glob("*.json"))]


def networks(release):
    """The prefixes of each tag."""
    return {
        tag["name"]: [ipaddress.ip_network(text) for text in tag["properties"]["addressPrefixes"]]
        for tag in release["values"]
    }


def inside(network, others):
    return any(other.version == network.version and network.subnet_of(other) for other in others)


class Sample(unittest.TestCase):
    def test_generator_reproduces_the_files(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, ROOT / "scripts" / "make-sample", folder], check=True)
            made = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
        committed = {path.name: path.read_bytes() for path in SAMPLE.glob("*.json")}
        self.assertEqual(sorted(made), sorted(committed))
        for name, data in made.items():
            self.assertTrue(data == committed[name], f"{name} is not what scripts/make-sample writes")

    def test_numbers(self):
        self.assertEqual([release["changeNumber"] for release in load()], [101, 102, 102, 104])
        self.assertEqual({release["cloud"] for release in load()}, {"Sample"})

    def test_only_reserved_addresses(self):
        for release in load():
            for name, prefixes in networks(release).items():
                for network in prefixes:
                    self.assertTrue(network.subnet_of(RESERVED[network.version]), f"{name} {network}")

    def test_shape_of_real_releases(self):
        for release in load():
            tags = networks(release)
            clouds = [name for name in tags if name.startswith("AzureCloud.")]
            for name, prefixes in tags.items():
                self.assert_disjoint(prefixes, name)
            self.assert_disjoint([network for name in clouds for network in tags[name]], "AzureCloud.*")
            for tag in release["values"]:
                if tag["properties"]["region"]:
                    parent = tags[tag["name"].split(".")[0]]
                    self.assertTrue(all(inside(network, parent) for network in tags[tag["name"]]), tag["name"])
            self.assertFalse(inside(tags["AzureFrontDoor.FirstParty"][0], tags["AzureCloud"]))
            self.assertEqual(tags["AzureDevSpaces"], [])

    def assert_disjoint(self, prefixes, name):
        ordered = sorted(prefixes, key=lambda network: (network.version, network))
        for first, second in zip(ordered, ordered[1:]):
            self.assertFalse(first.version == second.version and first.overlaps(second), f"{name}: {first} {second}")

    def test_steps_are_plausible(self):
        """No step loses a fifth of the prefixes or a third of the tags."""
        releases = [networks(release) for release in load()]
        for before, after in zip(releases, releases[1:]):
            count = [sum(len(prefixes) for prefixes in tags.values()) for tags in (before, after)]
            self.assertGreater(count[1], count[0] * 0.8)
            self.assertGreater(len(after), len(before) * 2 / 3)
            self.assertNotEqual(before, after)


if __name__ == "__main__":
    unittest.main()
