"""The official MCP clients store 10,000 real notes through mayla-shim and find them again.

Runs below tests/support/user-manager, with MAYLA_NPM and MAYLA_NODE of `tests/support/npm-install clients`.
"""

import collections
import json
import os
import re
import tempfile
import unittest
from pathlib import Path

from harness import Box, Units, need_manager, program
from harness.notes import real_notes

MODES = {"sdk": "legacy", "legacy": "legacy", "auto": "modern", "2026-07-28": "modern"}
NOTES = 10_000
QUESTIONS = 40  # for each client


def setUpModule():
    need_manager()


def questions_about(notes, words_of, spread):
    """Words that together stand in this note and hardly anywhere else, for notes from all over."""
    found = []
    for index in range(0, len(notes), max(1, len(notes) // (2 * QUESTIONS))):
        words = sorted(words_of(notes[index]), key=lambda word: (spread[word], word))[:3]
        if len(words) == 3 and all(spread[word] <= 3 for word in words):
            found.append({"q": " ".join(words), "note": index})
    return found[:QUESTIONS]


class Clients(unittest.TestCase):
    def test_ten_thousand_real_notes_are_stored_and_found(self):
        box = Box.login()
        units = Units(box)
        self.addCleanup(units.systemctl, "stop", "mayla.socket", "mayla.service", check=False)
        modules = Path(os.environ["MAYLA_NPM"], "clients/node_modules")
        notes = real_notes(NOTES)

        def words_of(text):
            return set(re.findall(r"[a-z]{5,20}", text.lower()))

        spread = collections.Counter(word for note in notes for word in words_of(note))
        share = NOTES // len(MODES)
        for number, (mode, era) in enumerate(MODES.items()):
            part = notes[number * share : (number + 1) * share]
            questions = questions_about(part, words_of, spread)
            self.assertGreaterEqual(len(questions), QUESTIONS // 2, "too few notes with words of their own")
            with self.subTest(mode=mode), tempfile.NamedTemporaryFile("w", suffix=".json") as job:
                json.dump({"notes": part, "questions": questions}, job)
                job.flush()
                done = box.run(os.environ["MAYLA_NODE"], Path(__file__).with_name("clients.mjs"), mode, modules, job.name,
                               program("mayla-shim"), "mcp", deadline=120, cwd=box.home)
                self.assertEqual(0, done.returncode, done.stdout + done.stderr + box.log_tail())
                report = json.loads(done.stdout.splitlines()[-1])
                self.assertEqual(era, report["era"])
                self.assertLessEqual({"remember", "recall", "forget"}, set(report["tools"]))
                self.assertEqual([], report["failed"])
                self.assertEqual(len(part), report["stored"])
                self.assertEqual([], report["missing"])
        stored = [row["text"] for row in box.memories()]
        self.assertEqual(NOTES, len(stored))
        self.assertEqual(set(notes), set(stored))
        self.assertEqual(1, len(box.daemons()))


if __name__ == "__main__":
    unittest.main()
