"""Signatures before Twilio's own library, both ways.

usage: twilio_signatures.py CASES.json DOOR_URL
CASES: {"token", "public_url", "cases": [{"url", "form": [[name, value]], "signature"}]}, signed by us. Each must be valid
here and no longer when something is changed. Then a status report and an inbound message, signed here, are posted to the
doors at DOOR_URL; and one line `SIGNED url signature` a case says what the library would have signed.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from urllib.parse import urlparse

import twilio
from twilio.request_validator import RequestValidator, add_port, remove_port

from claims import claim, finish

given = json.load(open(sys.argv[1]))
doors = sys.argv[2]
validator = RequestValidator(given["token"])
print("twilio", twilio.__version__, flush=True)


class Form(dict):
    """A form whose names may come several times, as web frameworks give it to the library."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs

    def getlist(self, name):
        return [value for key, value in self.pairs if key == name]


valid = changed = 0
for case in given["cases"]:
    form = Form([tuple(pair) for pair in case["form"]])
    valid += validator.validate(case["url"], form, case["signature"])
    changed += validator.validate(case["url"] + "x", form, case["signature"])
    changed += validator.validate(case["url"], Form(form.pairs + [("zz", "1")]), case["signature"])
    changed += RequestValidator("other").validate(case["url"], form, case["signature"])
    address = urlparse(case["url"])
    for url in {case["url"], add_port(address), remove_port(address)}:
        print("SIGNED", case["url"], validator.compute_signature(url, form), flush=True)
claim("the library takes every signature of ours", valid == len(given["cases"]), (valid, len(given["cases"])))
claim("and none that was for something else", changed == 0, changed)


def post(path, form, signature=None, sign_with=given["token"]):
    """As Twilio posts: signed for the public address, sent to where the doors are."""
    pairs = Form(form)
    signed = RequestValidator(sign_with).compute_signature(given["public_url"] + path, pairs)
    request = urllib.request.Request(
        doors + path,
        urllib.parse.urlencode(form).encode(),
        {"X-Twilio-Signature": signature or signed, "Content-Type": "application/x-www-form-urlencoded"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


status = [
    ("AccountSid", "AC" + "0" * 32), ("ApiVersion", "2010-04-01"), ("From", "+15005550006"), ("MessageSid", "SM01"),
    ("MessageStatus", "delivered"), ("SmsSid", "SM01"), ("SmsStatus", "delivered"), ("To", "+34600123456"),
]
claim("a status report is taken", post("/webhooks/twilio/status?delivery=17", status) == 204)
inbound = [
    ("Body", "¡Hola! 100% + más & ñ = \"x\" 👍\r\nsecond line"), ("From", "+34600123456"), ("FromCity", ""), ("MessageSid", "SM02"),
    ("NumMedia", "0"), ("To", "+15005550006"),
]
claim("an inbound message is taken", post("/webhooks/twilio/inbound", inbound) == 200)
claim("a stop is taken", post("/webhooks/twilio/inbound", [("Body", "STOP")] + inbound[1:3] + [("MessageSid", "SM03")]) == 200)
claim("another account's is not", post("/webhooks/twilio/inbound", inbound, sign_with="other") == 403)
claim("nor one without a signature", post("/webhooks/twilio/inbound", inbound, signature="x") == 403)
finish()
