"""An unmodified python-telegram-bot as a client of the fake Bot API: only the base address is set.

usage: telegram_client.py API_URL TOKEN
"""

import asyncio
import io
import logging
import sys

import telegram
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    Update,
)
from telegram.constants import ChatAction, ChatMemberStatus, ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from claims import Door, claim, finish, until

api, token = sys.argv[1:3]
fake = Door(api)
logging.basicConfig(level=logging.WARNING)
print("python-telegram-bot", telegram.__version__, "for Bot API", telegram.__bot_api_version__, flush=True)


def build(key=token):
    builder = ApplicationBuilder().token(key).base_url(api + "/bot").base_file_url(api + "/file/bot")
    return builder.read_timeout(3).get_updates_read_timeout(5).build()


async def refused(name, kind, call, holds=lambda error: True):
    try:
        await call
        claim(name, False, "no error")
    except telegram.error.TelegramError as error:
        claim(name, type(error) is kind and holds(error), error)


async def profile(bot):
    me = await bot.get_me()
    claim("knows itself", me.is_bot and me.username == "vigia_test_bot" and me.can_join_groups)
    price, precio = BotCommand("price", "the price"), BotCommand("price", "el precio")
    scope = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([price])
    await bot.set_my_commands([price, BotCommand("top", "the best")], scope=scope)
    await bot.set_my_commands([precio], scope=scope, language_code="es")
    await bot.set_my_commands([BotCommand("bind", "here")], scope=BotCommandScopeAllGroupChats())
    await bot.set_my_commands([BotCommand("ops", "operate")], scope=BotCommandScopeChat(7))
    claim("a menu for everybody", await bot.get_my_commands() == (price,))
    spanish = await bot.get_my_commands(scope=scope, language_code="es")
    claim("one in another language", [c.description for c in spanish] == ["el precio"])
    claim("one for a chat", [c.command for c in await bot.get_my_commands(scope=BotCommandScopeChat(7))] == ["ops"])
    await bot.delete_my_commands(scope=BotCommandScopeChat(7))
    claim("and none after it was deleted", await bot.get_my_commands(scope=BotCommandScopeChat(7)) == ())
    await refused(
        "a bad command is refused", BadRequest, bot.set_my_commands([BotCommand("No Name", "x")]),
        lambda error: "BOT_COMMAND_INVALID" in error.message.upper(),
    )


async def messages(bot):
    fake.post("says", text="hi", user=7)
    keyboard = InlineKeyboardMarkup(
        [[InlineKeyboardButton("More", callback_data="/more"), InlineKeyboardButton("Venue", url="https://example.org/?a=1")]]
    )
    sent = await bot.send_message(
        7, "👍 <b>BTC</b> &lt; <a href=\"https://example.org/?a=1&amp;b=2\">70k</a>", parse_mode=ParseMode.HTML,
        reply_markup=keyboard, disable_notification=True, link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    claim("HTML becomes text with entities", sent.text == "👍 BTC < 70k" and len(sent.entities) == 2, sent.text)
    claim("counted in UTF-16", sent.parse_entity(sent.entities[0]) == "BTC", sent.entities)
    claim("links are read", sent.entities[1].url == "https://example.org/?a=1&b=2", sent.entities)
    claim("buttons come back", sent.reply_markup == keyboard, sent.reply_markup)
    claim("silence is noted", fake.journal()["sent"][-1]["silent"])
    text = "👍 one two"
    marks = MessageEntity.adjust_message_entities_to_utf_16(
        text, [MessageEntity("bold", 2, 3), MessageEntity("text_link", 6, 3, url="https://example.org")]
    )
    listed = await bot.send_message(7, text, entities=marks)
    claim("entities beside the text are taken", list(listed.parse_entities().values()) == ["one", "two"], listed.entities)
    await refused(
        "entities beyond the text are refused", BadRequest, bot.send_message(7, "x", entities=[MessageEntity("bold", 0, 9)])
    )
    edited = await bot.edit_message_text("<i>later</i>", 7, sent.message_id, parse_mode=ParseMode.HTML)
    claim("an edit changes the message", edited.message_id == sent.message_id and edited.text == "later" and edited.edit_date)
    same = bot.edit_message_text("<i>later</i>", 7, sent.message_id, parse_mode=ParseMode.HTML)
    await refused("the same edit again is refused", BadRequest, same, lambda e: "not modified" in e.message.lower())
    await refused(
        "an unknown message cannot be edited", BadRequest, bot.edit_message_text("x", 7, 99_999),
        lambda e: "message to edit not found" in e.message.lower(),
    )
    document = await bot.send_document(7, io.BytesIO(b"a,b\n1,2\n"), filename="rules.csv", caption="yours")
    claim("a file is sent", document.document.file_name == "rules.csv" and document.document.file_size == 8)
    claim("somebody types", await bot.send_chat_action(7, ChatAction.TYPING))
    for name, call, words in [
        ("broken HTML is refused", bot.send_message(7, "<b>x", parse_mode="HTML"), "can't find end tag"),
        ("an empty text is refused", bot.send_message(7, " "), "text is empty"),
        ("a long text is refused", bot.send_message(7, "x" * 4097), "too long"),
        ("an unknown chat is refused", bot.send_message(4242, "x"), "chat not found"),
    ]:
        await refused(name, BadRequest, call, lambda error: words in error.message.lower())
    long = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="y" * 65)]])
    await refused("long button data is refused", BadRequest, bot.send_message(7, "x", reply_markup=long))


async def troubles(bot):
    fake.post("fault", kind="rate_limited", number=3)
    await refused("429 says when to come again", RetryAfter, bot.send_message(7, "x"), lambda e: int(_seconds(e)) == 3)
    fake.post("limits", on=True)
    fake.post("says", text="hi", user=8)
    await bot.send_message(8, "one")
    await refused("so do limits", RetryAfter, bot.send_message(8, "two"), lambda e: 1 <= _seconds(e) <= 2)
    fake.post("limits", on=False)
    fake.post("block", user=8)
    blocked = bot.send_message(8, "x")
    await refused("a blocked bot is forbidden", Forbidden, blocked, lambda e: "blocked by the user" in e.message)
    fake.post("group", chat=-500)
    await bot.send_message(-500, "to a group")
    fake.post("migrate", chat=-500, to=-100500, user=7)
    await refused("a group moved", ChatMigrated, bot.send_message(-500, "x"), lambda e: e.new_chat_id == -100500)
    moved = await bot.send_message(-100500, "there")
    claim("and is found where it went", moved.chat.type == "supergroup")
    fake.post("fault", kind="html", number=502)
    await refused("a gateway's page is a trouble of the network", NetworkError, bot.send_message(7, "x"))
    fake.post("fault", kind="status", number=500)
    await refused("so is a failing server", NetworkError, bot.send_message(7, "x"))
    fake.post("fault", kind="hang")
    await refused("no answer is a time-out", TimedOut, bot.send_message(7, "x", read_timeout=0.5))
    await refused("a wrong token lets nobody in", InvalidToken, telegram.Bot("4711:wrong", base_url=api + "/bot").initialize())
    member = await bot.get_chat_member(-100500, 7)
    claim("a member is a member", member.status == ChatMemberStatus.MEMBER and member.user.id == 7)


def _seconds(error):
    after = error.retry_after
    return after.total_seconds() if hasattr(after, "total_seconds") else after


async def webhook(bot):
    await bot.set_webhook(
        "https://example.org/webhooks/telegram", secret_token="a-Secret_1", max_connections=40,
        allowed_updates=["message", "callback_query"],
    )
    info = await bot.get_webhook_info()
    claim("a webhook is set", info.url == "https://example.org/webhooks/telegram" and not info.has_custom_certificate)
    claim("with the kinds of update", set(info.allowed_updates) == {"message", "callback_query"})
    await refused("nothing is polled beside it", Conflict, bot.get_updates())
    for name, url in [("plain HTTP is refused", "http://example.org/x"), ("so is another port", "https://example.org:81/x")]:
        await refused(name, BadRequest, bot.set_webhook(url), lambda error: "webhook" in error.message.lower())
    await refused("and a strange secret", BadRequest, bot.set_webhook("https://example.org/x", secret_token="a b"))
    await bot.delete_webhook(drop_pending_updates=True)
    claim("it is deleted", (await bot.get_webhook_info()).url == "")
    claim("and nothing waits", await bot.get_updates() == ())


async def polling():
    """The whole application, as its users run it: polling, handlers, buttons, groups with topics."""
    application = build()
    heard = []

    async def price(update: Update, context):
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Again", callback_data="again:1")]])
        await update.effective_message.reply_html(f"<b>{context.args[0]}</b> 70k", reply_markup=keyboard)
        heard.append(("command", context.args, update.effective_message.message_thread_id))

    async def again(update: Update, context):
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("ETH 4k")
        heard.append(("press", update.callback_query.data, update.effective_user.id))

    async def words(update: Update, context):
        heard.append(("words", update.effective_message.text, update.effective_user.language_code))

    async def member(update: Update, context):
        heard.append(("member", update.my_chat_member.new_chat_member.status, update.effective_chat.id))

    async def moved(update: Update, context):
        heard.append(("moved", update.effective_message.migrate_to_chat_id, update.effective_chat.id))

    async def wrong(update, context):
        heard.append(("error", repr(context.error)))

    application.add_handler(CommandHandler("price", price))
    application.add_handler(CallbackQueryHandler(again))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, moved))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, words))
    application.add_handler(ChatMemberHandler(member))
    application.add_error_handler(wrong)
    async with application:
        await application.start()
        await application.updater.start_polling(
            timeout=2, poll_interval=0, allowed_updates=["message", "callback_query", "my_chat_member"]
        )

        async def hears(name, *what):
            claim(name, await until(lambda: what in heard), heard[-3:])

        fake.post("says", text="/price@vigia_test_bot ETH", user=7)
        await hears("a command arrives with its argument", "command", ["ETH"], None)
        claim("and is answered", fake.journal()["sent"][-1]["text"] == "ETH 70k")
        fake.post("says", text="/price@other_bot ETH", user=7)
        fake.post("press", label="Again", user=7)
        await hears("a pressed button arrives", "press", "again:1", 7)
        claim("and changes its message", fake.journal()["sent"][-1]["text"] == "ETH 4k")
        claim("every press is answered", fake.journal()["answered_queries"] == 1)
        claim("a command to another bot is not heard", sum(1 for entry in heard if entry[0] == "command") == 1)
        fake.post("says", text="¿cuánto vale BTC? 👍", user=9, language="es")
        await hears("words arrive as they were written", "words", "¿cuánto vale BTC? 👍", "es")
        fake.post("group", chat=-600, forum=True)
        fake.post("says", text="/price SOL", user=9, chat=-600, topic=5)
        await hears("a command in a topic", "command", ["SOL"], 5)
        claim("is answered there", fake.journal()["sent"][-1]["thread"] == 5)
        fake.post("block", user=9)
        await hears("a bot that is blocked is told", "member", "kicked", 9)
        fake.post("group", chat=-700)
        fake.post("migrate", chat=-700, to=-100700, user=7)
        await hears("a group that moves says where to", "moved", -100700, -700)
        for number in range(250):
            fake.post("says", text=f"n{number}", user=7)
        await until(lambda: sum(1 for entry in heard if entry[1].__class__ is str and entry[1][:1] == "n") == 250)
        numbers = [entry[1] for entry in heard if entry[0] == "words" and entry[1][:1] == "n"]
        claim("many updates come once each and in order", numbers == [f"n{number}" for number in range(250)], numbers[-3:])
        other = telegram.Bot(token, base_url=api + "/bot")
        async with other:
            try:
                await other.get_updates(timeout=2)
            except Conflict:
                pass  # The application came back and won.
        fake.post("says", text="after the conflict", user=7)
        await hears("after a second poller it goes on", "words", "after the conflict", "en")
        claim("no handler failed", not [entry for entry in heard if entry[0] == "error"], heard)
        await application.updater.stop()
        await application.stop()


async def main():
    async with build().bot as bot:
        for part in [profile, messages, troubles, webhook]:
            await part(bot)
    await polling()
    claim("the fake found nothing to object to", fake.journal()["violations"] == [], fake.journal()["violations"])


asyncio.run(asyncio.wait_for(main(), 120))
finish()
