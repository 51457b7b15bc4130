#!/usr/bin/python3
"""The fake Bot API under aiogram: its client drives the fake, its types judge what comes back."""

import asyncio
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parents[2] / "build" / "tools" / "aiogram" / "bin" / "python"
TOKEN, NUMBER, PERSON = "700:" + "a" * 35, 700, 42

try:
    import aiogram
    from aiogram import exceptions, types
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
except ImportError:
    aiogram = None


@unittest.skipIf(aiogram is None, "no aiogram; ci/test installs it")
class FakeBotApi(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([sys.executable, "-B", HERE / "server.py"], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.server.stdout.close)
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.kill)
        cls.port, cls.judged = re.match(r"listening on (\d+)( judged)?", cls.server.stdout.readline()).groups()

    async def asyncSetUp(self):
        self.assertTrue(self.judged)
        self.url = f"http://127.0.0.1:{self.port}"
        self.bot = self.bot_with(TOKEN)
        await self.control("forget", {})
        await self.control("bots", [TOKEN])

    async def asyncTearDown(self):
        session = self.bot.session
        async with (await session.create_session()).get(self.url + "/control/verdict") as answer:
            self.assertEqual(await answer.json(content_type=None), [])
        await session.close()

    def bot_with(self, token):
        return aiogram.Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(self.url)))

    async def control(self, what, body):
        session = await self.bot.session.create_session()
        async with session.put(f"{self.url}/control/{what}", json=body) as answer:
            self.assertEqual(answer.status, 200)
            return await answer.json(content_type=None)

    async def test_a_bot_knows_itself(self):
        self.assertEqual((await self.bot.get_me()).id, NUMBER)

    async def test_every_kind_of_update_is_one_that_aiogram_knows(self):
        await self.control("say", {"bot": NUMBER, "from": PERSON, "text": "/start"})
        await self.control("press", {"bot": NUMBER, "from": PERSON, "data": "yes", "id": "p"})
        await self.control("contents", {"bot": NUMBER, "from": PERSON})
        await self.control("samples", {"bot": NUMBER, "from": PERSON})
        updates = await self.bot.get_updates()
        kinds = {update.event_type for update in updates}
        self.assertEqual(kinds, set(types.Update.model_fields) - {"update_id"})
        for update in updates:
            self.assertIsNotNone(update.event)

    async def test_what_was_confirmed_does_not_come_again(self):
        first = await self.control("say", {"bot": NUMBER, "from": PERSON, "text": "one"})
        await self.control("say", {"bot": NUMBER, "from": PERSON, "text": "two"})
        self.assertEqual(len(await self.bot.get_updates()), 2)
        self.assertEqual(len(await self.bot.get_updates()), 2)
        rest = await self.bot.get_updates(offset=first["update_id"] + 1)
        self.assertEqual([update.message.text for update in rest], ["two"])
        self.assertEqual(len(await self.bot.get_updates(offset=first["update_id"] + 2, timeout=0)), 0)

    async def test_a_second_poller_ends_the_first(self):
        first = asyncio.ensure_future(self.bot.get_updates(timeout=30))
        await asyncio.sleep(0)
        while True:  # until both calls are under way
            second = asyncio.ensure_future(self.bot.get_updates(timeout=1))
            await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
            if first.done():
                break
            await second
        with self.assertRaises(exceptions.TelegramConflictError):
            await first
        await second
        await self.control("webhooks", [NUMBER])
        with self.assertRaises(exceptions.TelegramConflictError):
            await self.bot.get_updates()

    async def test_a_message_is_sent_and_edited(self):
        bold = types.MessageEntity(type="bold", offset=0, length=2)
        sent = await self.bot.send_message(PERSON, "😀 hello", entities=[bold])
        self.assertEqual((sent.chat.id, sent.text), (PERSON, "😀 hello"))
        self.assertEqual([(one.type, one.offset, one.length) for one in sent.entities], [("bold", 0, 2)])
        edited = await self.bot.edit_message_text("bye", chat_id=PERSON, message_id=sent.message_id)
        self.assertEqual(edited.text, "bye")
        for wrong in (" \n", "x" * 4097, "😀" * 2049):
            with self.assertRaises(exceptions.TelegramBadRequest):
                await self.bot.send_message(PERSON, wrong)
        await self.bot.send_message(PERSON, "😀" * 2048)
        half = types.MessageEntity(type="bold", offset=0, length=1)
        with self.assertRaises(exceptions.TelegramBadRequest):
            await self.bot.send_message(PERSON, "😀", entities=[half])
        await self.control("delete", {"bot": NUMBER, "chat": PERSON, "message_id": sent.message_id})
        with self.assertRaises(exceptions.TelegramBadRequest):
            await self.bot.edit_message_text("x", chat_id=PERSON, message_id=sent.message_id)

    async def test_a_press_is_answered_once(self):
        await self.control("press", {"bot": NUMBER, "from": PERSON, "data": "yes", "id": "p"})
        self.assertTrue(await self.bot.answer_callback_query("p"))
        with self.assertRaises(exceptions.TelegramBadRequest):
            await self.bot.answer_callback_query("p")

    async def test_every_refusal_is_the_one_that_aiogram_knows(self):
        await self.control("blocked", [7])
        with self.assertRaises(exceptions.TelegramForbiddenError):
            await self.bot.send_message(7, "x")
        await self.control("faults", {"flood": {"times": 1, "retry_after": 3}})
        with self.assertRaises(exceptions.TelegramRetryAfter) as flood:
            await self.bot.send_message(PERSON, "x")
        self.assertEqual(flood.exception.retry_after, 3)
        await self.control("faults", {"fail": {"times": 1, "status": 502}})
        with self.assertRaises(exceptions.TelegramServerError):
            await self.bot.send_message(PERSON, "x")
        await self.control("faults", {"truncate": {"times": 1}})
        with self.assertRaises(exceptions.TelegramNetworkError):
            await self.bot.send_message(PERSON, "x")
        stranger = self.bot_with("701:" + "b" * 35)
        with self.assertRaises(exceptions.TelegramUnauthorizedError):
            await stranger.get_me()
        await stranger.session.close()


if __name__ == "__main__":
    # The tests run with aiogram's own Python, if it is installed.
    if aiogram is None and PYTHON.exists():
        sys.exit(subprocess.run([PYTHON, "-B", __file__, *sys.argv[1:]]).returncode)
    unittest.main()
