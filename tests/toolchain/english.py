#!/usr/bin/python3
"""Comments and texts in the code say things as English does: no headless "who", no "is no", one word for each thing.

docs/GLOSSARY.md has the words.
"""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# The folders whose code is checked.
READ = ["contracts", "cli", "control", "wrapper"]
# What is wrong, and what to write instead.
PATTERNS = {
    r"(?<![Tt]here )\b(is|are) no (?!longer|more|less|other)": '"is not a"',
    r"(?<![Tt]here )\b(is|are) none\b": '"is not one", "is missing"',
    r"(?:^|[.:;(] |\b(?:for|of|to|by|from|as|than) )[Ww]ho (?![^.]*\?)\w+": '"whoever", "a caller that", "the user who"',
    r"\bmay (less|more)\b": '"has fewer permissions"',
    r"\b(tells?|told) (of|us|that|how|what|whether|why|who|by)\b": '"report", "show", "say"',
    r"\b(tak(e|es|en|ing)|took) up\b": '"pick up"',
    r"\bfor ever\b": '"forever"',
    r"\bin vain\b": '"without success"',
    r"\bby halves\b": '"only in part"',
    r", too[.:;]": '"also", "as well"',
    r"\ball the same\b(?!\.)": '"still", "anyway"',
    r"\bwhat stands\b|\bstands? behind\b": '"follows", "comes after"',
    r"\bso many\b(?! \w+ (that|as))": 'the thing that is counted',
}
WORDS = {re.compile(pattern): instead for pattern, instead in PATTERNS.items()}
# A comment to its end, or a text with its escapes; a raw text is left alone.
PIECES = re.compile(r'R"(?P<mark>\w*)\(.*?\)(?P=mark)"|//(?P<comment>[^\n]*)|"(?P<text>(?:\\.|[^"\\\n])*)"', re.S)


def prose(code):
    """Runs of comment lines, and runs of adjacent texts, each as one piece with its line."""
    pieces = []
    for found in PIECES.finditer(code):
        kind = "comment" if found["comment"] is not None else "text" if found["text"] is not None else None
        if kind is None:
            continue
        line = code.count("\n", 0, found.start()) + 1
        if pieces and pieces[-1][0] == kind and not code[pieces[-1][3]:found.start()].strip():
            text = " " + found[kind].strip() if kind == "comment" else found[kind]
            pieces[-1] = (kind, pieces[-1][1], pieces[-1][2] + text, found.end())
        else:
            pieces.append((kind, line, found[kind].strip() if kind == "comment" else found[kind], found.end()))
    return [(line, text) for _, line, text, _ in pieces]


class English(unittest.TestCase):
    def test_the_patterns_find_what_they_are_for(self):
        for wrong in ("it is no number", "empty: it is none", "for who has a moment", "a token that may less", "tells that it ended",
                      "nobody takes up this task", "wait for ever", "the short ones, too.", "at most so many, 1 to 500"):
            self.assertTrue(any(word.search(wrong) for word in WORDS), wrong)
        for right in ("it is no longer there", "list who is signed in", "the user who waits", "there is no task yet", "as many as there are", "too many"):
            self.assertFalse([word.pattern for word in WORDS if word.search(right)], right)

    def test_comments_and_texts(self):
        files = subprocess.run(["git", "ls-files", *(f"{folder}/*.{kind}" for folder in READ for kind in ("h", "cpp"))], cwd=ROOT,
                               capture_output=True, text=True, check=True).stdout.split()
        self.assertTrue(files)
        faults = []
        for name in files:
            for line, text in prose((ROOT / name).read_text()):
                for word, instead in WORDS.items():
                    if found := word.search(text):
                        faults.append(f"{name}:{line}: “{found[0]}”; write {instead}: {text[:120]}")
        self.assertFalse(faults, "\n" + "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
