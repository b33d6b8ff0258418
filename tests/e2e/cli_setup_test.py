"""`mayla setup` where there is a service manager: below tests/support/user-manager."""

import json
import unittest

from harness import Box, need_manager, until


class WithServiceManager(unittest.TestCase):
    def setUp(self):
        need_manager()
        self.box = Box.login()
        self.path = self.box.install() / "mayla"
        self.units = self.box.home / ".config/systemd/user"
        self.addCleanup(self.box.run, self.path, "unsetup", "--no-claude")

    def good(self, *arguments):
        done = self.box.run(self.path, *arguments, deadline=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def systemctl(self, *arguments):
        return self.box.run("systemctl", "--user", *arguments).stdout.strip()

    def test_setup_starts_the_socket_and_proves_it(self):
        text = self.good("setup", "--no-claude")
        self.assertIn("mode systemd", text)
        self.assertEqual(("active", "enabled"), (self.systemctl("is-active", "mayla.socket"),
                                                 self.systemctl("is-enabled", "mayla.socket")))
        self.assertEqual("systemd", json.loads(self.good("status", "--json"))["mode"])
        report = self.box.run(self.path, "doctor", "--json")
        self.assertEqual(0, report.returncode, report.stdout)

    def test_setup_again_changes_nothing_and_keeps_the_daemon(self):
        self.good("setup", "--no-claude")
        before = self.box.daemons()
        files = {p: p.stat().st_mtime_ns for p in self.units.iterdir() if p.is_file()}
        self.assertIn("unchanged", self.good("setup", "--no-claude"))
        self.assertEqual(files, {p: p.stat().st_mtime_ns for p in self.units.iterdir() if p.is_file()})
        self.assertEqual(before, self.box.daemons())

    def test_a_unit_that_somebody_changed_is_kept_beside_ours(self):
        self.good("setup", "--no-claude")
        unit = self.units / "mayla.service"
        unit.write_text(unit.read_text() + "\n# mine\n")
        self.assertIn("mayla.service.old", self.good("setup", "--no-claude"))
        self.assertIn("# mine", (self.units / "mayla.service.old").read_text())
        self.assertNotIn("# mine", unit.read_text())

    def test_a_socket_file_that_was_removed_is_made_again(self):
        self.good("setup", "--no-claude")
        self.box.socket.unlink()
        done = self.box.run(self.path, "status")
        self.assertEqual(1, done.returncode)
        self.assertIn("systemctl --user restart mayla.socket", done.stderr)
        faults = [c for c in json.loads(self.box.run(self.path, "doctor", "--json").stdout)["checks"] if c["state"] == "fail"]
        self.assertIn("is gone", next(c["detail"] for c in faults if c["name"] == "socket"))
        self.good("setup", "--no-claude")
        self.good("status")

    def test_the_mark_of_a_time_without_a_manager_goes(self):
        self.box.data.mkdir(parents=True, exist_ok=True)
        mark = self.box.data / "unmanaged"
        mark.write_text("")
        self.good("setup", "--no-claude")
        self.assertFalse(mark.exists())

    def test_a_lost_variable_does_not_lose_the_manager(self):
        # su and cron leave XDG_RUNTIME_DIR out; /run/user/UID is where it always is.
        del self.box.env["XDG_RUNTIME_DIR"], self.box.env["DBUS_SESSION_BUS_ADDRESS"]
        self.assertIn("mode systemd", self.good("setup", "--no-claude"))

    def test_unsetup_leaves_nothing_but_the_memories(self):
        self.good("setup", "--no-claude")
        self.good("memory", "add", "keep me")
        self.good("unsetup", "--no-claude")
        until(lambda: not self.box.daemons(), "the daemon ends")
        self.assertEqual([], [p.name for p in self.units.rglob("mayla*") if not p.name.endswith(".old")])
        self.assertNotEqual("active", self.systemctl("is-active", "mayla.socket"))
        self.assertTrue((self.box.data / "memory.db").exists())
        self.good("setup", "--no-claude")
        self.assertIn("keep me", self.good("memory", "list"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
