"""What the scripts of this folder share: claims that are printed, and the side door of a fake.

A script prints one line a claim and ends with 1 if one of them did not hold, or none was made.
"""

import json
import sys
import time
import urllib.request

_held = {}


def claim(name, holds, detail=None):
    _held[name] = bool(holds)
    print(("ok      " if holds else "FAILED  ") + name + ("" if holds or detail is None else f": {detail!r}"), flush=True)
    return holds


def finish():
    failed = [name for name, holds in _held.items() if not holds]
    print(f"{len(_held)} claims, {len(failed)} failed", flush=True)
    sys.exit(0 if _held and not failed else 1)


class Door:
    """`/fake/…` of a fake."""

    def __init__(self, base):
        self.base = base

    def post(self, path, **body):
        request = urllib.request.Request(
            self.base + "/fake/" + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def journal(self):
        with urllib.request.urlopen(self.base + "/fake/journal", timeout=30) as answer:
            return json.load(answer)


async def until(find, within=15):
    """Asks again and again until `find` gives something true; its last answer otherwise."""
    import asyncio

    end = time.monotonic() + within
    while True:
        found = find()
        if asyncio.iscoroutine(found):
            found = await found
        if found or time.monotonic() > end:
            return found
        await asyncio.sleep(0.05)
