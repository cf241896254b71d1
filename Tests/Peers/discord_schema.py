"""Judges requests that reached the fake Discord by Discord's own OpenAPI description.

usage: discord_schema.py SPEC.json.gz API_URL | FILE...
Requests come from a running fake or from files with one JSON document a line (`VIGIA_DISCORD_JOURNAL`). Prints one line a
request that does not fit, and a count.
"""

import gzip
import json
import re
import sys
import urllib.request

from jsonschema import Draft202012Validator

spec = json.load(gzip.open(sys.argv[1]))
requests = []
for source in sys.argv[2:]:
    if source.startswith("http"):
        with urllib.request.urlopen(source.removesuffix("/api/v10") + "/fake/journal") as answer:
            requests += json.load(answer)["requests"]
    else:
        with open(source) as lines:
            requests += [json.loads(line) for line in lines]


def operation(route):
    method, path = route.split(" ", 1)
    for template, methods in spec["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in methods:
            return methods[method.lower()]
    return None


checked, bad, unknown = {}, 0, set()
for request in requests:
    if request["status"] >= 300:
        continue
    found = operation(request["route"])
    if found is None:
        unknown.add(request["route"])
        continue
    body = found.get("requestBody", {}).get("content", {}).get("application/json")
    checked[request["route"]] = checked.get(request["route"], 0) + 1
    if body is None:
        continue
    schema = dict(body["schema"], components=spec["components"])
    for error in sorted(Draft202012Validator(schema).iter_errors(request["body"]), key=str):
        bad += 1
        detail = "; ".join(e.message[:160] for e in (error.context or [])[:6])
        print(f"BAD {request['route']} {error.json_path}: {error.message[:200]} [{detail}]")
for route in sorted(checked):
    print(f"{checked[route]:4} {route}")
print(f"{sum(checked.values())} requests, {bad} faults, routes not described: {sorted(unknown)}")
sys.exit(1 if bad or not checked or unknown else 0)
