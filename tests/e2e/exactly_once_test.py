"""kill -9 while writes are in flight: every acknowledged write is there exactly once, and no other one twice.

Below tests/support/user-manager the service manager starts the next daemon; elsewhere the test does.
"""

import os
import signal
import threading
import unittest

from harness import Box, Session, Units, seconds, until

SESSIONS = 4
ROUNDS = 10 if os.environ.get("MAYLA_LONG") else 1
WRITES = 300 * ROUNDS  # of each session
KILLS = 25 * ROUNDS


class ByTheManager:
    def __init__(self):
        self.box = Box.login()
        self.units = Units(self.box)

    def kill(self):
        until(self.killed, "a daemon to kill")

    def killed(self):
        pid = self.units.main_pid()
        try:
            if pid != 0:
                os.kill(pid, signal.SIGKILL)
            return pid != 0
        except ProcessLookupError:
            return False  # the manager is about to start the next one

    def close(self):
        self.units.systemctl("stop", "mayla.socket", "mayla.service", check=False)


class ByHand:
    def __init__(self):
        self.box = Box()
        self.daemon = self.box.listen()

    def kill(self):
        self.daemon.kill()
        self.daemon = self.box.listen()

    def close(self):
        self.daemon.stop()
        self.box.close()


class ExactlyOnce(unittest.TestCase):
    def setUp(self):
        self.keeper = ByTheManager() if "MAYLA_USER_MANAGER" in os.environ else ByHand()
        self.addCleanup(self.keeper.close)
        self.box = self.keeper.box

    def test_writes_in_flight_survive_kills(self):
        sessions = [Session(self.box) for _ in range(SESSIONS)]
        texts = {}  # (session, id) -> text
        acknowledged, refused = set(), {}
        progress = threading.Condition()

        def drive(number, session):
            """Keeps 16 writes in flight."""
            open_calls = []
            for write in range(WRITES):
                text = f"write {write} of session {number}"
                id = session.call("remember", text=text)
                texts[number, id] = text
                open_calls.append(id)
                if len(open_calls) >= 16:
                    collect(number, session, open_calls.pop(0))
            for id in open_calls:
                collect(number, session, id)

        def collect(number, session, id):
            reply = session.reply(id, deadline=60)
            text = texts[number, id]
            with progress:
                if "result" in reply and not reply["result"].get("isError"):
                    acknowledged.add(text)
                    said = reply["result"]["content"][0]["text"]
                    self.assertNotIn("already", said, "the same write ran a second time")
                else:
                    refused[text] = reply
                progress.notify_all()

        failures = []

        def guarded(*arguments):
            try:
                drive(*arguments)
            except BaseException as failure:  # shown by the main thread
                failures.append(failure)
                with progress:
                    progress.notify_all()

        for session in sessions:
            session.initialize()
        threads = [threading.Thread(target=guarded, args=pair) for pair in enumerate(sessions)]
        for thread in threads:
            thread.start()
        total = SESSIONS * WRITES
        for kill in range(1, KILLS + 1):
            # Writes are in flight: kills are spread over the answers, not over time.
            goal = total * kill // (KILLS + 1)
            with progress:
                progress.wait_for(lambda: failures or len(acknowledged) + len(refused) >= goal, seconds(120))
            self.assertEqual([], failures)
            self.keeper.kill()
        for thread in threads:
            thread.join(seconds(120))
        self.assertEqual([], failures)
        for session in sessions:
            self.assertEqual(0, session.close())

        stored = [row["text"] for row in self.box.memories()]
        doubled = sorted({text for text in stored if stored.count(text) > 1})
        self.assertEqual([], doubled)
        self.assertEqual(set(), acknowledged - set(stored), "acknowledged, but not stored")
        self.assertEqual(total, len(acknowledged) + len(refused))
        for text, reply in refused.items():
            # A call that met three lost daemons is given up: it may be there, but only if it was not denied.
            words = str(reply)
            self.assertRegex(words, "unknown|not sent", text)
            if "not sent" in words:
                self.assertNotIn(text, stored)
        self.assertGreater(len(acknowledged), total * 3 // 4)


if __name__ == "__main__":
    unittest.main()
