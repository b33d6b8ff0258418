"""The socket that the service manager owns: one daemon whatever happens, and no session that notices.

Runs below tests/support/user-manager, with the units that `mayla setup` writes.
"""

import os
import shutil
import signal
import socket
import stat
import threading
import unittest
from pathlib import Path

from harness import Box, Link, Session, Units, need_manager, program, seconds, until, wait_end

SESSIONS = 20


def setUpModule():
    need_manager()
    global box, units
    box = Box.login()
    units = Units(box)
    unittest.addModuleCleanup(units.systemctl, "stop", "mayla.socket", "mayla.service", check=False)


def listening_inodes(path):
    """The inodes of the listening sockets that were bound to this path, as /proc/PID/fd shows them. One that was
    restarted may have left another behind, until the last daemon that had it is gone."""
    inodes = []
    for line in Path("/proc/net/unix").read_text().splitlines():
        fields = line.split()
        if fields[-1] == str(path) and fields[5] == "01":
            inodes.append(fields[6])
    return inodes


def holds(pid, inodes):
    """Whether the process has one of these sockets among its descriptors."""
    links = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(os.readlink(entry))
        except FileNotFoundError:
            continue  # closed since
    return any(f"socket:[{inode}]" in links for inode in inodes)


class Activation(unittest.TestCase):
    def setUp(self):
        units.systemctl("start", "mayla.socket")
        units.stop()
        self.assertEqual([], box.daemons())

    def only_daemon(self):
        """The one daemon there is, which is the service's."""
        pids = box.daemons()
        self.assertEqual(1, len(pids), f"daemons: {pids}")
        self.assertEqual(pids[0], units.main_pid())
        return pids[0]

    def remember(self, session, text):
        result = session.tool("remember", text=text, deadline=30)
        self.assertTrue(result.ok, result.reply)
        return result

    def test_the_socket_is_the_users_alone_and_waits_without_a_daemon(self):
        self.assertEqual("listening", units.show("SubState", "mayla.socket"))
        self.assertEqual(0o600, stat.S_IMODE(box.socket.stat().st_mode))
        self.assertEqual(0o700, stat.S_IMODE(box.socket.parent.stat().st_mode))

    def test_shims_that_start_at_one_instant_get_one_daemon(self):
        sessions = [Session(box) for _ in range(SESSIONS)]
        try:
            for session in sessions:
                session.initialize()
            self.assertEqual([], box.daemons(), "the handshake alone must not need the daemon")
            seen, done = set(), threading.Event()

            def watch():
                while not done.is_set():
                    seen.add(len(box.daemons()))

            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                calls = [session.call("remember", text=f"one of {SESSIONS}, number {number}")
                         for number, session in enumerate(sessions)]
                for session, call in zip(sessions, calls):
                    self.assertNotIn("error", session.reply(call, deadline=30))
            finally:
                done.set()
                watcher.join()
            self.assertLessEqual(max(seen), 1, f"daemons seen at a time: {seen}")
            self.only_daemon()
            self.assertEqual("0", units.show("NRestarts"))
        finally:
            for session in sessions:
                session.close()

    def test_every_connection_reaches_the_same_daemon(self):
        links = [Link(box.socket) for _ in range(SESSIONS)]
        self.assertEqual(1, len({link.hello["result"]["daemon"] for link in links}))
        for link in links:
            link.close()

    def test_a_killed_daemon_is_replaced_before_the_next_answer(self):
        with Session(box) as session:
            session.initialize()
            self.remember(session, "before the kill")
            first = self.only_daemon()
            os.kill(first, signal.SIGKILL)
            self.remember(session, "after the kill")
            self.assertNotEqual(first, self.only_daemon())

    def test_sigterm_is_a_clean_end_and_the_next_call_starts_another(self):
        with Session(box) as session:
            session.initialize()
            self.remember(session, "before the end")
            first = self.only_daemon()
            os.kill(first, signal.SIGTERM)
            wait_end(first)
            until(lambda: units.show("ActiveState") == "inactive", "the service is down")
            self.assertEqual(("0", "success"), (units.show("ExecMainStatus"), units.show("Result")))
            self.remember(session, "after the end")
            self.assertNotEqual(first, self.only_daemon())

    def test_restart_and_reload_of_the_manager_go_unnoticed(self):
        with Session(box) as session:
            session.initialize()
            self.remember(session, "before the restart")
            units.systemctl("restart", "mayla.service")
            self.remember(session, "after the restart")
            daemon = self.only_daemon()
            units.systemctl("daemon-reload")
            self.remember(session, "after the reload")
            self.assertEqual(daemon, self.only_daemon())
            units.systemctl("restart", "mayla.socket")
            self.remember(session, "after the restart of the socket")
            self.only_daemon()

    def test_the_manager_is_told_what_the_daemon_does(self):
        with Session(box) as session:
            session.initialize()
            self.remember(session, "something to be ready for")
            self.assertEqual(("active", "running"), (units.show("ActiveState"), units.show("SubState")))
            self.assertNotEqual("", units.show("StatusText"))
            self.assertNotEqual("0", units.show("WatchdogTimestampMonotonic"), "no WATCHDOG=1 was seen")

    def test_only_the_socket_named_mayla_is_served(self):
        # A stranger among the descriptors: the daemon closes it, and serves its own.
        stranger = box.runtime / "stranger.sock"
        folder = box.home / ".config/systemd/user"
        extra = folder / "mayla-stranger.socket"
        extra.write_text(f"[Socket]\nListenStream={stranger}\nFileDescriptorName=stranger\nService=mayla.service\n")
        self.addCleanup(units.systemctl, "daemon-reload")
        self.addCleanup(extra.unlink)
        self.addCleanup(units.systemctl, "stop", "mayla-stranger.socket", "mayla.service", check=False)
        units.systemctl("daemon-reload")
        units.systemctl("start", "mayla-stranger.socket")
        with Session(box) as session:
            session.initialize()
            self.remember(session, "served on the right socket")
            pid = self.only_daemon()
            names = Path(f"/proc/{pid}/environ").read_bytes()
            self.assertIn(b"stranger", names, "the manager did not pass the stranger at all")
            self.assertTrue(holds(pid, listening_inodes(box.socket)))
            self.assertNotEqual([], listening_inodes(stranger))
            self.assertFalse(holds(pid, listening_inodes(stranger)))

    def test_a_second_daemon_ends_and_says_who_holds_the_data(self):
        with Session(box) as session:
            session.initialize()
            self.remember(session, "the first has the data")
            holder = self.only_daemon()
            second = box.run(program("mayla-daemon"), "--listen", box.runtime / "second.sock")
            self.assertNotEqual(0, second.returncode)
            self.assertIn(str(holder), second.stderr)
            self.assertFalse((box.runtime / "second.sock").exists())
            self.assertEqual(holder, self.only_daemon())

    def test_a_service_takes_over_from_a_daemon_that_was_started_by_hand(self):
        units.systemctl("stop", "mayla.socket", "mayla.service")
        own = box.runtime / "own.sock"
        by_hand = box.start("--listen", own)
        try:
            until(own.exists, "the daemon started by hand listens")
            units.systemctl("start", "mayla.socket")
            with Session(box) as session:
                session.initialize()
                self.remember(session, "answered by the service")
                by_hand.wait(seconds(15))
                self.only_daemon()
        finally:
            by_hand.kill()
            by_hand.wait()

    def test_a_deleted_runtime_folder_heals_by_itself(self):
        shutil.rmtree(box.socket.parent)
        with Session(box) as session:
            session.initialize()
            self.remember(session, "the folder was gone")
            self.only_daemon()

    def test_a_deleted_runtime_folder_heals_under_a_running_daemon(self):
        with Session(box) as old, Session(box) as new:
            old.initialize()
            self.remember(old, "before the folder went")
            shutil.rmtree(box.socket.parent)
            new.initialize()
            self.remember(new, "after the folder went")
            self.remember(old, "and the old session goes on")
            self.only_daemon()

    def test_a_stopped_socket_is_started_again(self):
        units.systemctl("stop", "mayla.socket", "mayla.service")
        with self.assertRaises((ConnectionRefusedError, FileNotFoundError)):
            Link(box.socket)
        with Session(box) as session:
            session.initialize()
            self.remember(session, "the socket was stopped")
            self.only_daemon()

    def test_a_client_with_few_variables_finds_the_socket(self):
        env = {name: box.env[name] for name in ("HOME", "PATH")}
        with Session(box, env=env) as session:
            session.initialize()
            self.remember(session, "without XDG_RUNTIME_DIR")
            self.only_daemon()

    def test_a_new_build_is_taken_up_without_a_lost_call(self):
        with Session(box) as session:
            session.initialize()
            self.remember(session, "the old build")
            old = self.only_daemon()
            installed = units.bin / "mayla-daemon"
            shutil.copy2(installed, units.bin / "mayla-daemon.new")
            os.utime(units.bin / "mayla-daemon.new")
            os.rename(units.bin / "mayla-daemon.new", installed)
            calls = 0

            def replaced():
                nonlocal calls
                calls += 1
                with Session(box) as other:  # each hello is an occasion to look
                    other.initialize()
                    self.remember(other, f"call {calls} of a new session during the upgrade")
                self.remember(session, f"call {calls} of the old session during the upgrade")
                return units.main_pid() not in (0, old)

            until(replaced, "the new build serves", deadline=30)
            pid = self.only_daemon()
            self.assertEqual(installed.stat().st_ino, os.stat(f"/proc/{pid}/exe").st_ino)
            texts = [row["text"] for row in box.memories()]
            for number in range(1, calls + 1):
                for whose in ("a new", "the old"):
                    self.assertEqual(1, texts.count(f"call {number} of {whose} session during the upgrade"))


class Notifications(unittest.TestCase):
    """Word by word what the daemon tells its service manager."""

    def test_ready_status_watchdog_and_stopping(self):
        with Box() as own, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            path = own.folder / "notify"
            notify.bind(str(path))
            notify.settimeout(seconds(20))
            env = dict(own.env, NOTIFY_SOCKET=str(path), WATCHDOG_USEC="400000")
            daemon = own.start("--listen", own.socket, env=env)
            try:
                heard = {}
                while not {"READY", "STATUS", "WATCHDOG"} <= heard.keys():
                    heard.update(line.split("=", 1) for line in notify.recv(4096).decode().splitlines())
                self.assertEqual(("1", "1"), (heard["READY"], heard["WATCHDOG"]))
                with Link(own.socket) as link:
                    self.assertIn("result", link.hello)
                daemon.terminate()
                while "STOPPING" not in heard:
                    heard.update(line.split("=", 1) for line in notify.recv(4096).decode().splitlines())
                self.assertEqual(0, daemon.wait(seconds(20)))
            finally:
                daemon.kill()
                daemon.wait()


if __name__ == "__main__":
    unittest.main()
