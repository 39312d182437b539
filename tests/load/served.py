"""What the daemon serves under load, and is asked: the sample, or the newest real releases."""

import collections
import functools
import ipaddress
import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "functional"), os.path.join(TESTS, "real")]
import real  # noqa: E402
from real_releases import contents  # noqa: E402
from test_daemon import ADDRESS, RELEASES  # noqa: E402

#: files: to be imported; address: one of the tag ActionGroup in all of them, as text; block: an IPv4 network in tags;
#: others: two more addresses; older: a reference to a release that is not the newest; wide: how many times a client
#: asks in one list for all addresses that there are; whole: how many MB the answer to that takes.
Served = collections.namedtuple("Served", "files address block others older wide whole")


def sample():
    return Served(files=RELEASES, address=ADDRESS, block=ipaddress.ip_network("198.18.0.0/15"),
                  others=("198.19.65.3", "2001:db8::1"), older="101", wide=100, whole=0)


@functools.lru_cache(maxsize=1)
def newest():
    """The two newest; ends the test as skipped without real releases. Few wide queries, as each takes 0.15 s."""
    files = real.releases("Public")[-2:]
    before, now = contents(files)
    address = first(p for p in now["ActionGroup"] if p in before["ActionGroup"] and ":" not in p)
    block = max(map(ipaddress.ip_network, (p for p in now["AzureCloud"] if ":" not in p)),
                key=lambda n: n.num_addresses)
    storage = first(p for p in now["Storage"] if ":" not in p), first(p for p in now["Storage"] if ":" in p)
    return Served(files=[str(f) for f in files], address=address, block=block, others=storage,
                  older=real.day_of(files[0]), wide=4, whole=2)


def first(prefixes):
    return next(iter(prefixes)).split("/")[0]


def asked(served):
    """What wrk asks, as (method, target, headers, body)."""
    other, sixth = served.others
    return [
        ("GET", f"/v1/lookup?q={served.address}", {}, None),
        ("GET", f"/v1/lookup?q={served.address}&q={served.block}&q={sixth}&q=nonsense", {}, None),
        ("GET", f"/v1/check?q={served.address}&tag=ActionGroup", {}, None),
        ("GET", "/v1/tags/Storage/prefixes", {"Accept": "text/plain"}, None),
        ("GET", "/v1/tags?match=Storage*", {}, None),
        ("GET", "/v1/tags/AzureCloud", {"Accept-Encoding": "gzip"}, None),
        ("POST", "/v1/lookup", {"Content-Type": "text/plain", "Accept": "application/x-ndjson"},
         f"{served.address}\n{other}\n{sixth}\n" * 20),
    ]


class OnSample:
    """For a test case: what it is about is in `served`. A test on real releases has another `what`."""

    what = staticmethod(sample)

    @classmethod
    def setUpClass(cls):
        cls.served = cls.what()
        cls.files = cls.served.files
        super().setUpClass()
