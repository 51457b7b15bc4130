#!/usr/bin/python3
"""A Product Owner outlives his worker: the next one goes on in the agent's own session, or is told what was said."""

import os
import re
import stat
import unittest

from house import House, enter, wait_until

TOLD, ASKED = "my name is Ada", "what is my name?"


class Memory(unittest.TestCase):
    def begin(self, runtime):
        self.house = enter(self, House(runtime, script="memory", ROLES="api,workers,chat"))
        self.chat = self.house.chat()
        self.converse(TOLD, "I shall remember it, Ada.")
        [self.worker] = self.house.workers()

    def converse(self, sentence, answer):
        heard = len(self.chat.heard)
        self.chat.say(sentence)
        self.chat.hear("^" + re.escape(answer), since=heard)

    def asked_of_model(self):
        return [request for request in self.house.model_requests() if "prompt" in request]

    def sessions(self):
        return {request["headers"]["x-claude-code-session-id"] for request in self.asked_of_model()}

    def kept_files(self):
        return [path for path in (self.house.data / "sessions").rglob("*") if path.is_file()]

    def lose_worker(self):
        self.house.kill_worker(self.worker)
        wait_until("the session is kept", self.kept_files)
        self.wait_for_nobody()

    def wait_for_nobody(self):
        def nobody_lives():
            heard = len(self.chat.heard)
            self.chat.say("/workers")
            _, found = self.chat.hear(r"^(No worker is running\.|[0-9a-f]+: po)", since=heard)
            return found[1].startswith("No worker")
        wait_until("the worker's end is known", nobody_lives)

    def expect_same_session(self):
        self.converse(ASKED, "Your name is Ada.")
        self.assertEqual(len(self.sessions()), 1)
        self.assertIn(TOLD, self.asked_of_model()[-1]["earlier"])
        self.assertNotIn(self.worker, self.house.workers())

    def expect_summary(self):
        """Another session, whose first prompt says what was said."""
        self.converse(ASKED, "Your name is Ada.")
        self.assertEqual(len(self.sessions()), 2)
        last = self.asked_of_model()[-1]
        self.assertEqual(last["earlier"], [])
        self.assertIn(f"- User: {TOLD}\n- You: I shall remember it, Ada.\n", last["prompt"])

    def check_modes(self):
        for path in [self.house.data / "sessions", *(self.house.data / "sessions").rglob("*")]:
            there = path.lstat()
            self.assertEqual(there.st_uid, os.geteuid(), path)
            self.assertEqual(stat.S_IMODE(there.st_mode), 0o600 if path.is_file() else 0o700, path)

    def check_transcript(self):
        lines = self.house.api(f"/api/workers/{self.worker}/transcript")
        self.assertEqual(lines[0]["who"], "prompt")
        self.assertIn(TOLD, lines[0]["text"])
        self.assertEqual((lines[-1]["who"], lines[-1]["text"]), ("agent", "I shall remember it, Ada."))

    def test_killed_in_a_container(self):
        self.begin("docker")
        self.lose_worker()
        self.check_modes()
        self.check_transcript()
        self.expect_same_session()

    def test_killed_without_containers(self):
        self.begin("process")
        self.lose_worker()
        self.check_modes()
        self.check_transcript()
        self.expect_same_session()
        self.assertTrue(all(self.house.daemon_log.read_text().find(word) < 0 for word in ("not kept", "not handed over")))

    def test_stopped_by_an_administrator(self):
        self.begin("process")
        self.chat.say(f"/kill {self.worker}")
        wait_until("the worker is gone", lambda: not self.house.workers())
        self.expect_same_session()

    def test_killed_in_the_middle_of_an_answer(self):
        self.begin("process")
        self.chat.say("take your time")
        wait_until("the agent works", lambda: self.asked_of_model()[-1]["prompt"].endswith("take your time"))
        self.house.kill_worker(self.worker)
        self.chat.hear(r"^! .*Send your message again")
        # A message before the worker's end is known goes to that worker; its user is warned once more.
        self.wait_for_nobody()
        self.house.release_model()
        self.expect_same_session()

    def test_a_damaged_session(self):
        self.begin("process")
        self.lose_worker()
        for path in self.kept_files():
            path.write_bytes(b"\0 not a session \xff\n" * 10)
        self.expect_summary()

    def test_a_lost_session(self):
        self.begin("process")
        self.lose_worker()
        for path in self.kept_files():
            path.unlink()
        self.expect_summary()

    def test_a_session_that_others_may_have_written(self):
        self.begin("process")
        self.lose_worker()
        [user] = (self.house.data / "sessions").iterdir()
        user.chmod(0o777)
        self.expect_summary()
        self.assertIn("not closed to others", self.house.daemon_log.read_text())

    def test_a_new_conversation_knows_nothing_of_the_old_one(self):
        self.begin("process")
        self.converse("/new", "A new conversation begins.")
        self.converse(ASKED, "Your name is Ada.")
        self.assertEqual(len(self.sessions()), 2)
        self.assertEqual(self.asked_of_model()[-1]["earlier"], [])
        self.assertNotIn(TOLD, self.asked_of_model()[-1]["prompt"])


if __name__ == "__main__":
    unittest.main()
