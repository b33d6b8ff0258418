"""Where there is no service manager: `mayla setup` says so, and then the sessions themselves start the one daemon."""

import os
import shutil
import signal
import unittest

from harness import Box, Session, until, wait_end

SESSIONS = 20


class Unmanaged(unittest.TestCase):
    def setUp(self):
        self.box = Box()  # its runtime folder holds no manager's socket
        self.addCleanup(self.box.close)
        self.bin = self.box.install()

    def setup_box(self):
        done = self.box.run(self.bin / "mayla", "setup")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertTrue((self.box.data / "unmanaged").exists(), done.stdout)
        return done.stdout

    def session(self):
        session = self.enterContext(Session(self.box, path=self.bin / "mayla-shim"))
        session.initialize()
        return session

    def test_setup_says_in_which_mode(self):
        self.assertIn("service manager", self.setup_box())

    def test_without_setup_nobody_starts_a_daemon(self):
        session = self.session()
        reply = session.reply(session.call("remember", text="x"), deadline=30)
        self.assertIn("mayla setup", str(reply))
        self.assertEqual([], self.box.daemons())

    def test_sessions_at_one_instant_get_one_daemon(self):
        self.setup_box()
        sessions = [self.session() for _ in range(SESSIONS)]
        calls = [session.call("remember", text=f"number {number}") for number, session in enumerate(sessions)]
        for session, call in zip(sessions, calls):
            self.assertFalse(session.reply(call, deadline=30)["result"]["isError"])
        # The others have found the lock taken and are on their way out.
        until(lambda: len(self.box.daemons()) == 1, "one daemon is left")
        self.assertEqual(SESSIONS, len(self.box.memories()))

    def test_a_removed_socket_folder_costs_nobody_the_daemon(self):
        self.setup_box()
        old = self.session()
        self.assertTrue(old.tool("remember", text="from the old session").ok)
        first = self.box.daemons()
        shutil.rmtree(self.box.socket.parent)
        new = self.session()
        self.assertTrue(new.tool("remember", text="from the new session", deadline=30).ok)
        self.assertTrue(old.tool("remember", text="from the old one again", deadline=30).ok)
        until(lambda: len(self.box.daemons()) == 1, "one daemon is left")
        self.assertNotEqual(first, self.box.daemons())
        self.assertEqual(3, len(self.box.memories()))

    def test_a_database_that_is_moved_away_makes_room_for_an_empty_one(self):
        self.setup_box()
        session = self.session()
        self.assertTrue(session.tool("remember", text="in the old file").ok)
        for file in self.box.data.glob("memory.db*"):
            file.rename(self.box.folder / file.name)
        self.assertIn("0 memories", session.tool("recall", q="old").text)
        self.assertTrue(session.tool("remember", text="in the new file").ok)
        self.assertEqual(["in the new file"], [row["text"] for row in self.box.memories()])

    def test_a_killed_daemon_is_started_again_and_outlives_its_session(self):
        self.setup_box()
        session = self.session()
        self.assertTrue(session.tool("remember", text="before").ok)
        first = until(self.box.daemons, "a daemon")[0]
        os.kill(first, signal.SIGKILL)
        wait_end(first)
        self.assertTrue(session.tool("remember", text="after").ok)
        second = self.box.daemons()
        self.assertEqual(1, len(second))
        self.assertEqual(0, session.close())
        self.assertEqual(second, self.box.daemons(), "the daemon went with the session that had started it")
        self.assertEqual({"before", "after"}, {row["text"] for row in self.box.memories()})


if __name__ == "__main__":
    unittest.main()
