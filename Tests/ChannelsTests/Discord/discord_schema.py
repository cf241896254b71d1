"""Judges the requests that reached the fake by Discord's own OpenAPI description.

usage: discord_schema.py API_URL SPEC.json.gz; prints one line a request that does not fit, and a count.
"""

import gzip
import json
import re
import sys
import urllib.request

from jsonschema import Draft202012Validator

api, spec_path = sys.argv[1], sys.argv[2]
spec = json.load(gzip.open(spec_path))
with urllib.request.urlopen(api.removesuffix("/api/v10") + "/fake/journal") as answer:
    requests = json.load(answer)["requests"]


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
