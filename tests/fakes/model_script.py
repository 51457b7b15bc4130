"""The rules of the scripted model, and where in a conversation a request stands."""

import json
import pathlib
import re

ROLE_LINE = re.compile(r"(?m)^\s*Role:\s*(po|developer|tester)\b")
ROUND_LINE = re.compile(r"(?m)^\s*Round:\s*(\d+)")
URL = re.compile(r"https?://[^\s\"'<>]*[^\s\"'<>.,;:!?)]")
DIRECTORY_LINE = re.compile(r"(?m)^\s*-?\s*(?:Primary )?[Ww]orking directory:\s*(\S+)")
RULE_KEYS = {"name", "match", "turns"}
MATCH_KEYS = {"prompt", "system", "role", "round"}
TURN_KEYS = {"text", "tools", "usage", "fail", "stall", "slow_ms", "cut_after"}


class ScriptError(Exception):
    pass


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])


def text_of(content):
    return "\n".join(
        block.get("text", "") for block in blocks_of(content) if block.get("type") == "text"
    )


def is_reminder(text):
    return text.lstrip().startswith("<system-reminder>")


class Conversation:
    """What one request says about where its conversation stands."""

    def __init__(self, request):
        self.model = request.get("model", "")
        messages = request.get("messages", [])
        position = self.prompt_position(messages)
        spoken = (
            [
                block.get("text", "")
                for block in blocks_of(messages[position]["content"])
                if block.get("type") == "text"
            ]
            if position is not None
            else []
        )
        own_words = [text for text in spoken if not is_reminder(text)]
        self.prompt = own_words[-1] if own_words else ""
        named = URL.findall(self.prompt)
        self.url = named[-1] if named else ""
        self.earlier = list(self.prompts_of(messages[:position]))
        after = messages[position + 1 :] if position is not None else []
        self.turn = sum(message.get("role") == "assistant" for message in after)
        self.frame = "\n".join([text_of(request.get("system")), *self.framing(messages, spoken)])
        self.output = self.last_output(after)
        found = ROUND_LINE.search(self.prompt)
        self.round = int(found.group(1)) if found else 1
        role = ROLE_LINE.search(self.prompt) or ROLE_LINE.search(self.frame)
        self.role = role.group(1) if role else "developer" if found else "po"
        directory = DIRECTORY_LINE.search(self.frame)
        self.directory = directory.group(1) if directory else ""

    @staticmethod
    def prompt_position(messages):
        for position in range(len(messages) - 1, -1, -1):
            blocks = blocks_of(messages[position].get("content"))
            if messages[position].get("role") == "user" and not any(
                block.get("type") == "tool_result" for block in blocks
            ):
                return position
        return None

    @staticmethod
    def prompts_of(messages):
        """What the user said in them, without reminders and the results of tools."""
        for message in messages:
            if message.get("role") == "user":
                for block in blocks_of(message.get("content")):
                    if block.get("type") == "text" and not is_reminder(block.get("text", "")):
                        yield block["text"]

    @staticmethod
    def framing(messages, spoken):
        yield from (
            text_of(message.get("content"))
            for message in messages
            if message.get("role") == "system"
        )
        yield from (text for text in spoken if is_reminder(text))

    @staticmethod
    def last_output(messages):
        output = ""
        for message in messages:
            for block in blocks_of(message.get("content")):
                if block.get("type") == "tool_result":
                    output = text_of(block.get("content"))
        return output.strip()


class Script:
    def __init__(self, paths):
        self.rules = []
        for path in paths:
            try:
                content = json.loads(pathlib.Path(path).read_text())
                rules = content["rules"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ScriptError(f"{path}: not a script: {error!r}") from error
            for number, rule in enumerate(rules):
                self.check(f"{path}: rules[{number}]", rule)
            self.rules += rules

    @staticmethod
    def check(where, rule):
        places = [(where, rule, RULE_KEYS), (f"{where}.match", rule.get("match", {}), MATCH_KEYS)]
        places += [
            (f"{where}.turns[{number}]", turn, TURN_KEYS)
            for number, turn in enumerate(rule.get("turns", []))
        ]
        for place, value, known in places:
            unknown = sorted(set(value) - known)
            if unknown:
                raise ScriptError(
                    f"{place}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}"
                )
        if not rule.get("turns"):
            raise ScriptError(f"{where}: turns is missing or empty")
        for key in ("prompt", "system"):
            try:
                re.compile(rule.get("match", {}).get(key, ""))
            except re.error as error:
                raise ScriptError(f"{where}.match.{key}: {error}") from error

    def rule_for(self, conversation):
        for rule in self.rules:
            if self.holds(rule.get("match", {}), conversation):
                return rule
        return None

    @staticmethod
    def holds(match, conversation):
        rounds = match.get("round")
        if isinstance(rounds, int) and rounds != conversation.round:
            return False
        if isinstance(rounds, list) and conversation.round not in rounds:
            return False
        if isinstance(rounds, dict) and conversation.round < rounds.get("from", 1):
            return False
        return (
            match.get("role", conversation.role) == conversation.role
            and re.search(match.get("prompt", ""), conversation.prompt) is not None
            and re.search(match.get("system", ""), conversation.frame) is not None
        )


def filled(value, words):
    """The value with {{name}} replaced in every string of it."""
    if isinstance(value, str):
        return re.sub(
            r"\{\{(\w+)\}\}", lambda found: words.get(found.group(1), found.group(0)), value
        )
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    return value
