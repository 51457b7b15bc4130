#!/usr/bin/python3
"""From a sentence in a chat to a URL that answers, and from a second one to the same URL with another page.

Real Claude Code as Product Owner and as developers, the real Copier, the scripted model; asserted from outside alone.
With containers on the engine that ORCH_TEST_DOCKER names, and without any.
"""

import os
import unittest

from house import House, Trouble, enter, page, wait_until

DONE = "The work on your task is done and its tests passed"
LIVE = "It is live: "


class Road(unittest.TestCase):
    def walk(self, runtime):
        house = enter(self, House(runtime))
        chat = house.chat()
        try:
            url = self.first_sentence(house, chat)
            self.second_sentence(house, chat, url)
        except (AssertionError, Trouble) as failure:
            failure.add_note("the chat:\n" + "\n".join(chat.lines()) + "\nthe daemon:\n" + house.log_tail())
            raise
        self.assertEqual(chat.close(), 0)
        self.assertEqual(house.stop(), 0)
        if runtime == "docker":
            self.assertEqual(house.containers(), [])

    def first_sentence(self, house, chat):
        chat.say("a page that greets my visitors")
        url = chat.hear(r"^It is live\. Have a look: (http://\S+)$")[1][1]
        self.assertEqual(page(url), (200, "Hello, world!"))
        self.assertEqual(chat.notices(), [self.done("A greeter with a test, served over HTTP"), LIVE + url])

        [project] = house.api("/api/projects")
        self.repository = os.path.basename(project["repository_url"]).removesuffix(".git")
        subjects = house.git(self.repository, "log", "--format=%s", "main").splitlines()
        self.assertEqual(subjects, ["Add a greeter", "Scaffold the project", "Begin the project"])
        self.assertIn("greeter.py", house.git(self.repository, "ls-tree", "--name-only", "main").splitlines())
        self.assertIn("AGENTS.md", house.git(self.repository, "ls-tree", "--name-only", "main~1").splitlines())
        self.assertEqual(self.merged(house), 1)
        self.check_deployment(house, project, url)
        self.owner = self.check_containers(house)
        return url

    def second_sentence(self, house, chat, url):
        heard = len(chat.heard)
        chat.say("greet in French")
        chat.hear(r"^It is live\. Have a look: " + url + "$", since=heard)
        self.assertEqual(page(url), (200, "Bonjour, le monde!"))
        self.assertEqual(chat.notices()[2:], [self.done("The page greets in French"), LIVE + url])

        [project] = house.api("/api/projects")
        self.assertEqual(house.git(self.repository, "log", "-1", "--format=%s", "main"), "Greet in French\n")
        self.assertEqual(self.merged(house), 2)
        self.check_deployment(house, project, url)
        tasks = house.api("/api/tasks")
        self.assertEqual(sorted((task["type"], task["status"]) for task in tasks),
                         [("deploy", "completed")] * 2 + [("engineering", "completed")] * 2)
        self.assertEqual(self.check_containers(house), self.owner)
        self.check_one_session(house)

    @staticmethod
    def done(summary):
        return f"{DONE}: {summary}. You can deploy the project now, or ask for changes."

    def merged(self, house):
        refs = house.git(self.repository, "for-each-ref", "--format=%(objectname)", "refs/merged").split()
        for commit in refs:
            house.git(self.repository, "merge-base", "--is-ancestor", commit, "main")
        return len(refs)

    def check_deployment(self, house, project, url):
        [deployment] = house.deployments()
        self.assertEqual((deployment["project_id"], deployment["url"], deployment["status"]),
                         (project["id"], url, "active"))
        self.assertEqual(deployment["commit"], house.git(self.repository, "rev-parse", "main").strip())

    def check_containers(self, house):
        """Nothing runs any more but what was deployed, and the Product Owner, who waits for the next sentence. His id."""
        workers = wait_until("one worker is left", lambda: len(left := house.workers()) == 1 and left)
        if house.runtime == "docker":
            expected = [f"worker-{workers[0]}"]
            names = wait_until("the containers that are no longer needed are gone", lambda: (
                len(found := [container["Names"] for container in house.containers()]) == 2 and found))
            self.assertEqual([name for name in names if name.startswith("worker-")], expected)
        return workers[0]

    def check_one_session(self, house):
        asked = [request for request in house.model_requests() if request.get("role") == "po"]
        self.assertEqual(len({request["headers"]["x-claude-code-session-id"] for request in asked}), 1)
        self.assertEqual({request["status"] for request in asked}, {200})
        self.assertIn("a page that greets my visitors", asked[-1]["earlier"])
        self.assertIn("greet in French", asked[-1]["earlier"])

    def test_in_containers(self):
        self.walk("docker")

    def test_without_containers(self):
        self.walk("process")


if __name__ == "__main__":
    unittest.main()
