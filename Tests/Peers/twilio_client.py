"""Twilio's own client library against the fake Twilio. The library builds addresses of api.twilio.com; an HTTP client of
its own kind, which it is made to be given, leads them to the fake.

usage: twilio_client.py API_URL ACCOUNT TOKEN
"""

import sys
from datetime import datetime, timedelta, timezone

import twilio
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from claims import Door, claim, finish

api, account, token = sys.argv[1:4]
fake = Door(api)
print("twilio", twilio.__version__, flush=True)


class Diverted(TwilioHttpClient):
    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", api), *args, **kwargs)


def client(key=token):
    return Client(account, key, http_client=Diverted(timeout=5))


def refused(name, code, status, call):
    try:
        call()
        claim(name, False, "no error")
    except TwilioRestException as error:
        claim(name, (error.code, error.status) == (code, status), (error.code, error.status, error.msg))


twilio_client = client()
claim("the account is active", twilio_client.api.accounts(account).fetch().status == "active")
sent = twilio_client.messages.create(
    to="+34600123456",
    from_="+15005550006",
    body="Vigía: BTC > 70k + más, 100% & ¿ya?",
    status_callback="https://vigia.example.org/webhooks/twilio/status?delivery=17",
    validity_period=600,
)
claim("a message is taken", sent.status == "queued" and sent.sid.startswith("SM") and len(sent.sid) == 34)
claim("as it was written", sent.body == "Vigía: BTC > 70k + más, 100% & ¿ya?" and sent.to == "+34600123456")
age = datetime.now(timezone.utc) - sent.date_created
claim("with its time", timedelta(seconds=-2) < age < timedelta(minutes=1), sent.date_created)
claim("and is found by its id", twilio_client.messages(sent.sid).fetch().body == sent.body)
fake.post("report", sid=sent.sid, status="undelivered", error_code=30005)
again = sent.fetch()
claim("its end is told", again.status == "undelivered" and again.error_code == 30005)
service = twilio_client.messages.create(to="+34600123456", messaging_service_sid="MG" + "0" * 32, body="by service")
claim("a messaging service sends", service.messaging_service_sid == "MG" + "0" * 32 and service.from_ is None)

for number in range(70):
    twilio_client.messages.create(to="+34600999999", from_="+15005550006", body=f"n{number}")
listed = twilio_client.messages.list(to="+34600999999")
claim("a list is read over its pages, newest first", [m.body for m in listed] == [f"n{n}" for n in range(69, -1, -1)])
claim("others are not in it", [m.sid for m in twilio_client.messages.list(to="+34600123456")] == [service.sid, sent.sid])
claim("a list may be cut", len(twilio_client.messages.list(to="+34600999999", limit=3)) == 3)
claim("nobody's list is empty", twilio_client.messages.list(to="+34000000000") == [])


def send(to="+34600123456", **more):
    return twilio_client.messages.create(**({"to": to, "from_": "+15005550006", "body": "x"} | more))


refused("a bad number is 21211", 21211, 400, lambda: send("0034"))
fake.post("optout", number="+34600777777")
refused("one that said STOP is 21610", 21610, 400, lambda: send("+34600777777"))
refused("no text is 21602", 21602, 400, lambda: send(body=""))
refused("a long text is 21617", 21617, 400, lambda: send(body="x" * 1601))
refused("no sender is 21603", 21603, 400, lambda: twilio_client.messages.create(to="+34600123456", body="x"))
refused("a wrong token is 20003", 20003, 401, lambda: client("wrong").messages.create(to="+34600123456", from_="+1", body="x"))
refused("an unknown message is 20404", 20404, 404, lambda: twilio_client.messages("SM" + "f" * 32).fetch())
fake.post("limit", count=0)
refused("too many are 20429", 20429, 429, send)
fake.post("limit", count=None)
fake.post("fault", status=400, code=21614)
refused("a landline is 21614", 21614, 400, send)
claim("and afterwards it sends", send().status == "queued")
finish()
