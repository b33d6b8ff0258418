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


def words_of(text):
    return set(re.findall(r"\b[a-z]{4,20}\b", text.lower()))


def questions_about(notes, first, last):
    """For some of notes[first:last], spread evenly: words that together stand in few other notes."""
    places = collections.defaultdict(set)
    for index, note in enumerate(notes):
        for word in words_of(note):
            places[word].add(index)
    found = []
    for index in range(first, last, max(1, (last - first) // (4 * QUESTIONS))):
        words = sorted(words_of(notes[index]), key=lambda word: (len(places[word]), word))[:3]
        if len(words) == 3 and len(set.intersection(*(places[word] for word in words))) <= 5:
            found.append({"q": " ".join(words), "note": index - first})
    return found[:: max(1, len(found) // QUESTIONS)]


class Clients(unittest.TestCase):
    def test_ten_thousand_real_notes_are_stored_and_found(self):
        box = Box.login()
        units = Units(box)
        self.addCleanup(units.systemctl, "stop", "mayla.socket", "mayla.service", check=False)
        modules = Path(os.environ["MAYLA_NPM"], "clients/node_modules")
        notes = real_notes(NOTES)

        share = NOTES // len(MODES)
        for number, (mode, era) in enumerate(MODES.items()):
            first, last = number * share, (number + 1) * share
            part, questions = notes[first:last], questions_about(notes, first, last)
            self.assertGreaterEqual(len(questions), QUESTIONS, "too few notes with words of their own")
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
