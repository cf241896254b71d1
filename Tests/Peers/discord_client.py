"""An unmodified discord.py as a client of the fake Discord: only the addresses are set, as for any other server.

usage: discord_client.py API_URL TOKEN WEBHOOK_ID WEBHOOK_TOKEN
"""

import asyncio
import json
import sys
import time
import urllib.request

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from claims import Door, claim, finish, until

api, token, webhook_id, webhook_token = sys.argv[1:5]
fake = Door(api.removesuffix("/api/v10"))
Route.BASE = api
with urllib.request.urlopen(api + "/gateway") as answer:
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(json.load(answer)["url"])
discord.utils.setup_logging()
print("discord.py", discord.__version__, flush=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="Change", custom_id="change")
    async def change(self, interaction, button):
        await interaction.response.edit_message(content="changed at once", view=self)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction, button):
        await interaction.response.defer()
        await interaction.edit_original_response(content="changed later")

    @discord.ui.button(label="Aside", custom_id="aside")
    async def aside(self, interaction, button):
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("only for you", ephemeral=True)


class Client(discord.Client):
    def __init__(self):
        # Beats come every 400 ms here; eight seconds without a word are a dead connection. Before it identifies anew the
        # library waits five.
        super().__init__(intents=discord.Intents(dm_messages=True), heartbeat_timeout=8)
        self.tree = app_commands.CommandTree(self)
        self.ready = asyncio.Event()
        self.readies = self.resumes = self.said = 0
        self.heard = []
        self.failures = []
        self.tree.on_error = self.on_command_error

    async def on_command_error(self, interaction, error):
        self.failures.append(getattr(error, "original", error))

    async def on_ready(self):
        self.readies += 1
        self.ready.set()

    async def on_resumed(self):
        self.resumes += 1

    async def on_message(self, message):
        if message.author.id != self.user.id:
            self.said += 1

    async def on_error(self, event, *args, **kwargs):
        self.failures.append((event, sys.exc_info()[1]))


def with_commands(client):
    @client.tree.command(name="price", description="the price")
    @app_commands.describe(symbol="a symbol", count="how many")
    async def price(interaction, symbol: str, count: app_commands.Range[int, 1, 9] = 1):
        client.heard.append(symbol)
        await interaction.response.send_message(f"price of {symbol}", ephemeral=True)

    @price.autocomplete("symbol")
    async def symbols(interaction, current):
        return [app_commands.Choice(name=f"{current.upper()} coin", value=current.upper())]

    @client.tree.command(name="predict", description="a forecast")
    async def predict(interaction):
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")
        first = await interaction.followup.send("and more", wait=True)
        await first.edit(content="and much more")
        second = await interaction.followup.send("a slip", ephemeral=True, wait=True)
        await second.delete()
        original = await interaction.original_response()
        client.heard.append(original.content)

    @client.tree.command(name="panel", description="buttons")
    async def panel(interaction):
        answer = await interaction.response.send_message("as it was", view=Buttons(timeout=None))
        client.heard.append(answer.message_id)

    @client.tree.command(name="slow", description="too late")
    async def slow(interaction):
        await asyncio.sleep(0.3)
        await interaction.response.send_message("too late")


def entries(journal, word):
    return sum(1 for entry in journal["gateway"] if entry.split()[0] == word)


async def commands(client):
    synced = await client.tree.sync()
    claim("overwrites the commands in bulk", sorted(c.name for c in synced) == ["panel", "predict", "price", "slow"])
    known = await client.tree.fetch_commands()
    claim("reads them back with ids", {c.id for c in known} == {c.id for c in synced})
    try:
        await client.http.bulk_upsert_global_commands(client.application_id, [{"name": "No Name", "description": "x"}])
        claim("a bad command is refused", False)
    except discord.HTTPException as error:
        claim("a bad command is refused", error.status == 400 and error.code == 50035)


async def interactions(client):
    def messages(way):
        return [m for m in fake.journal()["messages"] if m["way"] == way]

    fake.post("command", name="price", options={"symbol": "BTC", "count": 2}, user="7")
    await until(lambda: client.heard)
    found = await until(lambda: messages("answer"))
    claim("answers a command, for one reader", found and found[0]["text"] == "price of BTC" and found[0]["ephemeral"])

    fake.post("type", name="price", option="symbol", text="sol", user="7")
    found = await until(lambda: [c for c in fake.journal()["callbacks"] if c["type"] == 8])
    claim("suggests while somebody types", found and found[0]["data"]["choices"] == [{"name": "SOL coin", "value": "SOL"}])

    fake.post("command", name="predict", user="7", channel="500", guild="77")
    await until(lambda: "later" in client.heard)
    claim("an answer that was promised is edited in", [m["text"] for m in messages("answer")][-1:] == ["later"])
    follow = messages("followup")
    claim("follows up and changes it", [m["text"] for m in follow[:1]] == ["and much more"] and follow[0]["edits"] == 1)
    claim("follows up and deletes it", len(follow) == 2 and follow[1]["deleted"] and follow[1]["ephemeral"])

    fake.post("command", name="panel", user="7", channel="500", guild="77")
    await until(lambda: isinstance(client.heard[-1], int))
    panel = [m for m in messages("answer") if m["text"] == "as it was"][-1]
    claim("is told which message its answer became", str(client.heard[-1]) == panel["id"])
    claim("buttons arrive", [b["custom_id"] for b in panel["buttons"]] == ["change", "later", "aside"])

    def text_of_panel():
        return [m for m in fake.journal()["messages"] if m["id"] == panel["id"]][0]["text"]

    fake.post("press", custom_id="change", message=panel["id"], user="7")
    claim("a pressed button changes its message", await until(lambda: text_of_panel() == "changed at once"))
    fake.post("press", custom_id="later", message=panel["id"], user="7")
    claim("or promises to and does", await until(lambda: text_of_panel() == "changed later"))
    fake.post("press", custom_id="aside", message=panel["id"], user="7")
    found = await until(lambda: [m for m in messages("followup") if m["text"] == "only for you"])
    claim("or answers whoever pressed it alone", found and found[0]["ephemeral"])

    fake.post("life", milliseconds=100)
    fake.post("command", name="slow", user="7")
    await until(lambda: client.failures)
    late = client.failures.pop() if client.failures else None
    claim("an answer that comes too late is refused", isinstance(late, discord.NotFound) and late.code == 10062, late)
    fake.post("life", milliseconds=3000)
    fake.post("say", text="hello bot", user="7")
    claim("hears a direct message", await until(lambda: client.said == 1))


async def messages(client):
    fake.post("channel", id="100")
    channel = client.get_partial_messageable(100)
    embed = discord.Embed(title="BTC", description="up", colour=discord.Colour.green())
    embed.set_footer(text="not advice")
    message = await channel.send("hello", embed=embed, nonce="n1", silent=True)
    claim("sends a message with an embed", message.content == "hello" and message.embeds[0].title == "BTC")
    again = await channel.send("hello", nonce="n1")
    claim("the same nonce gives the same message", again.id == message.id)
    edited = await message.edit(content="changed", embed=None)
    claim("edits it", edited.content == "changed" and not edited.embeds and edited.edited_at is not None)
    claim("reads it back", (await channel.fetch_message(message.id)).content == "changed")
    await message.delete()
    try:
        await message.edit(content="x")
        claim("a deleted message is unknown", False)
    except discord.NotFound as error:
        claim("a deleted message is unknown", error.code == 10008)
    user = await client.create_dm(discord.Object(id=7))
    direct = await user.send("psst")
    claim("opens a private channel", direct.content == "psst")
    claim("fetches a channel", (await client.fetch_channel(user.id)).id == user.id)
    for name, code, call in [
        ("an unknown channel is unknown", 10003, client.get_partial_messageable(999).send("x")),
        ("an empty message is refused", 50006, channel.send("")),
        ("a long message is refused", 50035, channel.send("x" * 2001)),
        ("a large embed is refused", 50035, channel.send(embed=discord.Embed(description="x" * 4097))),
    ]:
        try:
            await call
            claim(name, False)
        except discord.HTTPException as error:
            claim(name, error.code == code, error)


async def limits(client):
    channel = client.get_partial_messageable(100)
    fake.post("limit", count=2)
    begin = time.monotonic()
    for number in range(5):
        await channel.send(f"paced {number}")
    claim("waits as the headers of the bucket ask", fake.journal()["limited"] == 0 and time.monotonic() - begin > 1)
    fake.post("limit")
    for scope in ["user", "shared", "global"]:
        fake.post("refuse", scope=scope)
        claim(f"waits for its turn after a 429 ({scope})", (await channel.send("after 429")).content == "after 429")
    claim("three times it was refused", fake.journal()["limited"] == 3)


async def webhooks(client):
    webhook = discord.Webhook.partial(int(webhook_id), webhook_token, client=client)
    posted = await webhook.send("by webhook", wait=True)
    claim("posts through a webhook", posted.content == "by webhook")
    claim("hears nothing when it does not wait", await webhook.send("unheard") is None)
    claim("edits what it posted", (await posted.edit(content="edited")).content == "edited")
    claim("reads it back", (await webhook.fetch_message(posted.id)).content == "edited")
    claim("knows its webhook", (await webhook.fetch()).name == "alerts")
    await posted.delete()
    try:
        await discord.Webhook.partial(int(webhook_id), "w" * 68, client=client).send("x")
        claim("another token is refused", False)
    except discord.HTTPException as error:
        claim("another token is refused", error.status == 401 and error.code == 50027)
    fake.post("webhook/delete", id=webhook_id)
    try:
        await webhook.send("x")
        claim("a deleted webhook is gone", False)
    except discord.NotFound as error:
        claim("a deleted webhook is gone", error.code == 10015)


async def gateway(client):
    """After each trouble a command is heard, and sessions are begun only where the last one is lost."""
    number = 0

    async def hears(name, sessions):
        nonlocal number
        number += 1
        fake.post("command", name="price", options={"symbol": f"S{number}"}, user="7")
        heard = await until(lambda: f"S{number}" in client.heard, within=25)
        begun = entries(fake.journal(), "identify")
        claim(name, heard and begun == sessions, (heard, begun, fake.journal()["gateway"][-8:]))

    async def resumed(count):
        return await until(lambda: client.resumes == count, within=25)

    claim("beats and is answered", await until(lambda: client.latency < 5 and entries(fake.journal(), "heartbeat") >= 2))
    await hears("one session at first", 1)
    fake.post("ask")
    beats = entries(fake.journal(), "heartbeat")
    claim("beats when asked", await until(lambda: entries(fake.journal(), "heartbeat") > beats, within=2))

    # What is said while nobody listens is heard after the resume.
    fake.post("drop")
    await hears("a broken connection is resumed, and what was missed is heard", 1)
    claim("says so", await resumed(1))
    claim("at the address that it was given", "connect /resume" in [e.rstrip("/") for e in fake.journal()["gateway"]])
    fake.post("drop", code=4000)
    await hears("a closed connection is resumed", 1)
    claim("says so again", await resumed(2))
    fake.post("reconnect")
    claim("resumes when asked to reconnect", await resumed(3))
    await hears("and hears", 1)
    before = entries(fake.journal(), "resume")
    fake.post("invalidate", resumable=True)
    claim("tries again when its session may be resumed", await resumed(4))
    claim("with two resumes", entries(fake.journal(), "resume") == before + 2)
    await hears("and hears after it", 1)
    fake.post("acknowledge", does=False)
    fell = await until(lambda: client.latency == float("inf") or entries(fake.journal(), "resume") > before + 2, 25)
    fake.post("acknowledge", does=True)
    claim("leaves a connection that does not answer beats, and resumes", fell and await resumed(5))
    await hears("and hears after that", 1)
    client.ready.clear()
    fake.post("invalidate", resumable=False)
    await asyncio.wait_for(client.ready.wait(), 30)
    await hears("begins a new session where the old one is lost", 2)
    claim("was made ready twice and resumed five times", (client.readies, client.resumes) == (2, 5))
    claim("nothing else went wrong", not client.failures, client.failures)


async def main():
    fake.post("heartbeat", milliseconds=400)
    client = Client()
    with_commands(client)
    task = asyncio.create_task(client.start(token))
    ready = asyncio.create_task(client.ready.wait())
    await asyncio.wait([task, ready], timeout=20, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    claim("logs in and is ready", client.is_ready() and client.user.name == "vigia")
    for part in [commands, interactions, messages, limits, webhooks, gateway]:
        await part(client)

    fake.post("revoke")
    fake.post("drop", code=4004)
    try:
        await asyncio.wait_for(task, 20)
        claim("a revoked token ends the connection for good", False)
    except discord.ConnectionClosed as error:
        claim("a revoked token ends the connection for good", error.code == 4004)
    try:
        async with Client() as other:
            await other.login(token)
        claim("and lets nobody in", False)
    except discord.LoginFailure:
        claim("and lets nobody in", True)
    await client.close()


asyncio.run(asyncio.wait_for(main(), 170))
finish()
