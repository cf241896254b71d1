"""An unmodified discord.py as a client of the fake. Only the base of its routes is set, as for any other server.

usage: discord_py_client.py API_URL TOKEN; prints one line a claim and ends with 1 if one of them failed.
"""

import asyncio
import json
import sys
import urllib.request

import discord
from discord import app_commands
from discord.http import Route

api, token = sys.argv[1], sys.argv[2]
control = api.removesuffix("/api/v10")
Route.BASE = api
claims = {}
discord.utils.setup_logging()


def claim(name, holds):
    claims[name] = bool(holds)
    print(("ok      " if holds else "FAILED  ") + name, flush=True)


def post(path, body):
    request = urllib.request.Request(control + path, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def journal():
    with urllib.request.urlopen(control + "/fake/journal") as answer:
        return json.load(answer)


async def ask(path, body):
    return await asyncio.to_thread(post, path, body)


class Client(discord.AutoShardedClient):
    def __init__(self):
        super().__init__(intents=discord.Intents(dm_messages=True))
        self.tree = app_commands.CommandTree(self)
        self.readies = asyncio.Event()
        self.resumes = 0
        self.interactions = asyncio.Queue()

    async def on_ready(self):
        self.readies.set()

    async def on_resumed(self):
        self.resumes += 1

    async def on_interaction(self, interaction):
        await self.interactions.put(interaction)


async def main():
    client = Client()

    @client.tree.command(name="price", description="the price")
    @app_commands.describe(symbol="a symbol")
    async def price(interaction, symbol: str):
        await interaction.response.send_message(f"price of {symbol}", ephemeral=True)

    @client.tree.command(name="predict", description="a forecast")
    async def predict(interaction):
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    task = asyncio.create_task(client.start(token))
    ready = asyncio.create_task(client.readies.wait())
    await asyncio.wait([task, ready], timeout=20, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    claim("logs in and is ready", client.user.name == "vigia")
    synced = await client.tree.sync()
    claim("registers its commands", sorted(c.name for c in synced) == ["predict", "price"])

    post("/fake/channel", {"id": "100"})
    channel = client.get_partial_messageable(100)
    embed = discord.Embed(title="BTC", description="up", colour=discord.Colour.green())
    message = await channel.send("hello", embed=embed, nonce="n1", silent=True)
    claim("sends a message with an embed", message.content == "hello" and message.embeds[0].title == "BTC")
    edited = await message.edit(content="changed", embed=None)
    claim("edits it", edited.content == "changed")
    user = await client.create_dm(discord.Object(id=7))
    direct = await user.send("psst")
    claim("opens a private channel", direct.content == "psst")
    fetched = await client.fetch_channel(user.id)
    claim("fetches a channel", fetched.id == user.id)
    try:
        await client.get_partial_messageable(999).send("x")
        claim("hears that a channel is unknown", False)
    except discord.NotFound as error:
        claim("hears that a channel is unknown", error.code == 10003)

    await ask("/fake/command", {"name": "price", "options": {"symbol": "BTC"}, "user": "7"})
    await asyncio.wait_for(client.interactions.get(), 10)
    await ask("/fake/command", {"name": "predict", "user": "7"})
    await asyncio.wait_for(client.interactions.get(), 10)
    for _ in range(200):
        texts = [m["text"] for m in journal()["messages"] if m["way"] == "answer"]
        if len(texts) == 2:
            break
        await asyncio.sleep(0.05)
    claim("answers commands, one at once and one deferred", texts == ["price of BTC", "later"])

    await ask("/fake/reconnect", {})
    for _ in range(400):
        if client.resumes:
            break
        await asyncio.sleep(0.05)
    claim("resumes when asked to reconnect", client.resumes == 1)
    await ask("/fake/command", {"name": "price", "options": {"symbol": "ETH"}, "user": "7"})
    await asyncio.wait_for(client.interactions.get(), 10)
    claim("hears events after the resume", True)

    # A webhook client of its own, without a bot.
    webhook = discord.Webhook.from_url(sys.argv[3].replace(api, "https://discord.com/api"), client=client)
    posted = await webhook.send("by webhook", wait=True)
    claim("posts through a channel webhook", posted.content == "by webhook")
    await client.close()
    await asyncio.wait_for(task, 10)


asyncio.run(asyncio.wait_for(main(), 90))
sys.exit(0 if claims and all(claims.values()) else 1)
