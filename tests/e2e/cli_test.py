"""`mayla` as a person meets it: without a daemon, without a service manager, with a daemon, and with the command
line of Claude Code, for which a stand-in records what it is asked (the real one is in claude_code_test.py)."""

import json
import os
import pty
import shutil
import stat
import subprocess
import unittest

from harness import SOURCE, Box, program, seconds, until

NEEDS_DAEMON = (["status"], ["memory", "list"], ["memory", "show", "1"], ["memory", "search", "x"],
                ["memory", "add", "x"], ["memory", "forget", "1"], ["memory", "export", "--format", "jsonl"])

CLAUDE = """#!/bin/sh
# Records each argument of each call, and answers as Claude Code does.
printf '%s\\n' "$#" "$@" >> "$HOME/claude.calls"
entry="$HOME/claude.entry"
case "$2" in
get)
    [ -f "$entry" ] || { echo 'No MCP server named "mayla". Run `claude mcp add` to add one.' >&2; exit 1; }
    printf 'mayla:\\n  Scope: %s\\n  Status: - Failed to connect\\n  Type: stdio\\n' \\
        "$(cat "$HOME/claude.scope" 2>/dev/null || echo 'User config (available in all your projects)')"
    printf '  Command: %s\\n  Args: %s\\n  Environment:\\n\\n' "$(sed -n 1p "$entry")" "$(sed -n 2p "$entry")" ;;
add)
    [ ! -f "$entry" ] || { echo "MCP server mayla already exists in user config" >&2; exit 1; }
    shift 6
    printf '%s\\n' "$@" > "$entry" ;;
remove)
    [ -f "$entry" ] || { echo 'No MCP server named "mayla" in user scope' >&2; exit 1; }
    rm "$entry" ;;
esac
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.mayla_path = program("mayla")

    def install(self):
        self.mayla_path = self.box.install() / "mayla"

    def mayla(self, *arguments, **options):
        return self.box.run(self.mayla_path, *arguments, **options)

    def good(self, *arguments, **options):
        done = self.mayla(*arguments, **options)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def rows(self, *arguments):
        return [json.loads(line) for line in self.good("memory", "export", "--format", "jsonl", *arguments).splitlines()]


class WithoutDaemon(Case):
    def test_usage_errors_are_told_apart_from_failures(self):
        for arguments in (["nonsense"], ["memory"], ["memory", "add"], ["memory", "list", "--limit", "x"],
                          ["memory", "export", "--format", "xml"], ["status", "--nonsense"]):
            self.assertEqual(2, self.mayla(*arguments).returncode, arguments)

    def test_help_and_version_succeed(self):
        self.assertIn("memory", self.good("--help"))
        self.assertRegex(self.good("--version"), r"^mayla \d+\.\d+\.\d+\n$")

    def test_each_command_says_one_sentence_and_the_command_that_mends_it(self):
        for arguments in NEEDS_DAEMON:
            done = self.mayla(*arguments)
            self.assertEqual((1, ""), (done.returncode, done.stdout), arguments)
            self.assertRegex(done.stderr, r"^mayla: .*Run: mayla setup\n$")

    def test_a_socket_that_does_not_listen_is_started_not_set_up(self):
        units = self.box.home / ".config/systemd/user"
        units.mkdir(parents=True)
        shutil.copy(SOURCE / "units/mayla.socket", units)
        self.box.socket.parent.mkdir()
        done = self.mayla("status")
        self.assertEqual(1, done.returncode)
        self.assertIn("systemctl --user restart mayla.socket", done.stderr)

    def test_status_as_json_is_json_also_when_there_is_nothing(self):
        done = self.mayla("status", "--json")
        self.assertEqual(1, done.returncode)
        answer = json.loads(done.stdout)
        self.assertIs(answer["running"], False)
        self.assertIn("mayla setup", answer["error"])

    def test_doctor_names_a_command_for_each_fault(self):
        done = self.mayla("doctor", "--json")
        self.assertEqual(1, done.returncode)
        report = json.loads(done.stdout)
        self.assertIs(report["ok"], False)
        faults = [check for check in report["checks"] if check["state"] == "fail"]
        self.assertIn("daemon", [check["name"] for check in faults])
        for check in faults:
            self.assertTrue(check["remedy"], check)

    def test_doctor_sees_a_runtime_folder_of_somebody_else_and_an_open_data_folder(self):
        self.box.data.mkdir(parents=True)
        self.box.data.chmod(0o755)
        self.box.env["XDG_RUNTIME_DIR"] = "/nowhere"
        report = json.loads(self.mayla("doctor", "--json").stdout)
        found = {check["name"]: check for check in report["checks"]}
        self.assertEqual("fail", found["XDG_RUNTIME_DIR"]["state"])
        self.assertIn("chmod 700", found["data folder"]["remedy"])

    def test_a_socket_path_that_is_too_long_is_named(self):
        long = self.box.folder / ("r" * 100)
        long.mkdir(mode=0o700)
        self.box.env["XDG_RUNTIME_DIR"] = str(long)
        report = json.loads(self.mayla("doctor", "--json").stdout)
        self.assertIn("107", next(c["detail"] for c in report["checks"] if c["name"] == "socket path"))

    def test_logs_say_that_there_are_none(self):
        done = self.mayla("logs")
        self.assertEqual(1, done.returncode)
        self.assertIn("no log", done.stderr)

    def test_logs_go_back_through_rotated_files(self):
        self.box.log.parent.mkdir(parents=True)
        for name, numbers in (("daemon.2.log", "1 2"), ("daemon.1.log", "3 4"), ("daemon.log", "5 6")):
            (self.box.log.parent / name).write_text("".join(f"line {n}\n" for n in numbers.split()))
        self.assertEqual("line 4\nline 5\nline 6\n", self.good("logs", "-n", "3"))
        self.assertEqual([f"line {n}" for n in range(1, 7)], self.good("logs", "-n", "0").splitlines())

    def test_logs_follow_what_is_written_and_what_is_rotated(self):
        self.box.log.parent.mkdir(parents=True)
        self.box.log.write_text("old\n")
        with subprocess.Popen([self.mayla_path, "logs", "-f", "-n", "1"], env=self.box.env, stdout=subprocess.PIPE) as tail:
            try:
                self.assertEqual(b"old\n", tail.stdout.readline())
                with open(self.box.log, "a") as log:
                    log.write("new\n")
                self.assertEqual(b"new\n", tail.stdout.readline())
                self.box.log.rename(self.box.log.parent / "daemon.1.log")
                self.box.log.write_text("rotated\n")
                self.assertEqual(b"rotated\n", tail.stdout.readline())
            finally:
                tail.kill()


class WithoutServiceManager(Case):
    def setUp(self):
        super().setUp()
        self.install()
        self.mark = self.box.data / "unmanaged"

    def test_a_dry_run_changes_nothing(self):
        before = sorted(self.box.home.rglob("*"))
        text = self.good("setup", "--dry-run")
        self.assertIn("would write", text)
        self.assertEqual(before, sorted(self.box.home.rglob("*")))
        self.assertEqual([], self.box.daemons())

    def test_setup_says_so_and_the_daemon_answers_all_the_same(self):
        text = self.good("setup")
        self.assertIn("No service manager", text)
        self.assertIn("mode unmanaged", text)
        self.assertEqual(0o600, stat.S_IMODE(self.mark.stat().st_mode))
        self.assertEqual(1, len(self.box.daemons()))
        self.assertIn("unchanged", self.good("setup"))
        status = json.loads(self.good("status", "--json"))
        self.assertEqual(("unmanaged", True), (status["mode"], status["running"]))
        self.assertIn("no service manager", self.good("status"))

    def test_a_command_starts_the_daemon_again_when_it_has_gone(self):
        self.good("setup")
        self.good("memory", "add", "the harbour closes at nine")
        for pid in self.box.daemons():
            os.kill(pid, 9)
        until(lambda: not self.box.daemons(), "the daemon ends")
        self.assertIn("harbour", self.good("memory", "list"))

    def test_unsetup_takes_it_back_and_keeps_the_memories(self):
        self.good("setup")
        self.good("memory", "add", "keep me")
        text = self.good("unsetup")
        self.assertIn(".local/share/mayla", text)
        self.assertFalse(self.mark.exists())
        self.assertTrue((self.box.data / "memory.db").exists())
        until(lambda: not self.box.daemons(), "the daemon ends")
        self.assertEqual(1, self.mayla("memory", "list").returncode)

    def test_setup_names_a_program_that_is_missing(self):
        (self.mayla_path.parent / "mayla-daemon").unlink()
        done = self.mayla("setup")
        self.assertEqual(1, done.returncode)
        self.assertIn("mayla-daemon is not there", done.stderr)

    def test_without_arguments_and_without_a_terminal_it_is_the_mcp_server(self):
        request = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
        with subprocess.Popen([self.mayla_path], env=self.box.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            server.stdin.write(json.dumps(request).encode() + b"\n")
            server.stdin.flush()
            self.assertEqual(7, json.loads(server.stdout.readline())["id"])


class ClaudeCode(Case):
    def setUp(self):
        super().setUp()
        self.install()
        self.claude = self.mayla_path.parent / "claude"
        self.claude.write_text(CLAUDE)
        self.claude.chmod(0o755)
        self.shim = str(self.mayla_path.parent / "mayla-shim")
        self.entry = self.box.home / "claude.entry"

    def calls(self):
        """Each call's arguments since the last time that this was asked."""
        file = self.box.home / "claude.calls"
        words = iter(file.read_text().splitlines())
        file.unlink()
        return [[next(words) for _ in range(int(count))] for count in words]

    def test_setup_registers_once(self):
        self.good("setup")
        self.assertEqual([["mcp", "get", "mayla"], ["mcp", "add", "-s", "user", "mayla", "--", self.shim, "mcp"]],
                         self.calls())
        self.assertIn("registered already", self.good("setup"))
        self.assertEqual([["mcp", "get", "mayla"]], self.calls())

    def test_an_entry_that_differs_is_replaced_and_reported(self):
        self.entry.write_text("/old/place/mayla\n\n")
        self.assertIn("/old/place/mayla", self.good("setup"))
        self.assertEqual(["get", "add", "remove", "add"], [call[1] for call in self.calls()])
        self.assertEqual([self.shim, "mcp"], self.entry.read_text().splitlines())

    def test_no_claude_means_that_it_is_not_called(self):
        self.good("setup", "--no-claude")
        self.good("unsetup", "--no-claude")
        self.assertFalse((self.box.home / "claude.calls").exists())

    def test_without_claude_the_command_for_later_is_printed(self):
        self.claude.unlink()
        self.assertIn(f"claude mcp add -s user mayla -- {self.shim} mcp", self.good("setup"))

    def test_unsetup_removes_our_entry_and_leaves_that_of_another_program(self):
        self.good("setup")
        self.good("unsetup")
        self.assertFalse(self.entry.exists())
        self.entry.write_text("/opt/other/memory-server\n--stdio\n")
        self.assertIn("left alone", self.good("unsetup"))
        self.assertTrue(self.entry.exists())

    def test_doctor_sees_a_registration_that_points_nowhere(self):
        self.entry.write_text("/old/place/mayla-shim\nmcp\n")
        report = json.loads(self.mayla("doctor", "--json").stdout)
        check = next(check for check in report["checks"] if check["name"] == "Claude Code")
        self.assertEqual(("fail", "mayla setup"), (check["state"], check["remedy"]))


class WithDaemon(Case):
    def setUp(self):
        super().setUp()
        self.install()
        daemon = self.box.listen()
        self.addCleanup(daemon.stop)

    def test_a_memory_from_its_first_to_its_last_day(self):
        self.good("memory", "add", "the harbour closes at nine", "--title", "Harbour", "--kind", "fact", "--tag", "sea",
                  "--tag", "hours")
        row, = self.rows()
        self.assertEqual(("the harbour closes at nine", "Harbour", "fact", ["hours", "sea"]),
                         (row["text"], row["title"], row["kind"], sorted(row["tags"])))
        for member in ("id", "project", "created", "updated"):
            self.assertTrue(row[member], member)
        self.assertIn("Harbour", self.good("memory", "list"))
        self.assertIn("Harbour", self.good("memory", "list", "--tag", "sea", "--kind", "fact"))
        self.assertIn("No memories", self.good("memory", "list", "--tag", "mountain"))
        self.assertIn("closes at nine", self.good("memory", "show", row["id"]))
        self.assertIn("closes at nine", self.good("memory", "show", row["id"].lstrip("#")))
        self.assertIn("nine", self.good("memory", "search", "harbour", "closes"))
        self.good("memory", "forget", row["id"], "--reason", "it is open all night")
        self.assertEqual([], self.rows())
        self.assertIn("Harbour", self.good("memory", "list", "--deleted"))
        self.assertIn("open all night", self.good("memory", "show", row["id"]))

    def test_text_comes_from_standard_input_byte_for_byte(self):
        text = "first line\n\n  third, with \"quotes\", a tab\t, 漢字 and a backslash \\ at the end\\"
        self.mayla_with_input(text + "\n", "memory", "add", "-")
        self.assertEqual(text, self.rows()[0]["text"])

    def mayla_with_input(self, text, *arguments):
        done = subprocess.run([self.mayla_path, *arguments], input=text.encode(), env=self.box.env, cwd=self.box.home,
                              capture_output=True, timeout=seconds(30))
        self.assertEqual(0, done.returncode, done.stderr)

    def test_text_that_is_not_utf8_is_refused_with_a_way_out(self):
        done = subprocess.run([self.mayla_path, "memory", "add", b"caf\xe9"], env=self.box.env, cwd=self.box.home,
                              capture_output=True, timeout=seconds(30))
        self.assertEqual(1, done.returncode)
        self.assertIn(b"iconv", done.stderr)

    def test_what_the_daemon_refuses_is_said_and_fails(self):
        done = self.mayla("memory", "show", "4711")
        self.assertEqual(1, done.returncode)
        self.assertIn("4711", done.stderr)
        self.assertEqual(1, self.mayla("memory", "add", "").returncode)

    def test_every_page_is_exported_and_a_file_appears_whole(self):
        for number in range(30):
            self.good("memory", "add", f"note number {number} " + "x" * 50, "--scope", "user")
        target = self.box.home / "all.jsonl"
        target.write_text("old content")
        self.good("memory", "export", "--format", "jsonl", str(target))
        rows = [json.loads(line) for line in target.read_text().splitlines()]
        self.assertEqual({f"note number {n}" for n in range(30)}, {r["text"].rsplit(" ", 1)[0] for r in rows})
        self.assertEqual([target.name], [p.name for p in self.box.home.glob("all.jsonl*")])
        self.assertEqual(30, self.good("memory", "export", "--format", "md", "-").count("\n## "))
        self.assertEqual(1, self.mayla("memory", "export", "/nowhere/at/all").returncode)

    def test_a_reader_that_leaves_early_is_no_error(self):
        for number in range(20):
            self.good("memory", "add", f"number {number} " + "long " * 2000, "--scope", "user")
        command = f"'{self.mayla_path}' memory export | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}"
        done = self.box.run("bash", "-c", command)
        self.assertEqual(("0\n", ""), (done.stdout, done.stderr))

    def test_a_full_output_is_an_error(self):
        self.good("memory", "add", "something", "--scope", "user")
        with open("/dev/full", "w") as full:
            done = subprocess.run([self.mayla_path, "memory", "list"], env=self.box.env, stdout=full, stderr=subprocess.PIPE,
                                  cwd=self.box.home, timeout=seconds(30))
        self.assertEqual(1, done.returncode)

    def test_a_narrow_terminal_gets_whole_characters_and_colour_only_if_it_wants(self):
        self.good("memory", "add", "漢字" * 60, "--scope", "user")
        lines = self.on_terminal("memory", "list")
        self.assertTrue(any("…" in line for line in lines), lines)
        self.assertTrue(any("\033[" in line for line in lines), lines)
        self.assertFalse(any("\033[" in line for line in self.on_terminal("memory", "list", NO_COLOR="1")))
        self.assertNotIn("\033[", self.good("memory", "list"))

    def on_terminal(self, *arguments, **variables):
        """The lines that a terminal of 80 columns gets; decoding fails if a character was broken."""
        primary, secondary = pty.openpty()
        env = dict(self.box.env, TERM="xterm", **variables)
        with subprocess.Popen([self.mayla_path, *arguments], env=env, cwd=self.box.home, stdin=secondary, stdout=secondary):
            os.close(secondary)
            data = b""
            try:
                while chunk := os.read(primary, 4096):
                    data += chunk
            except OSError:
                pass  # the last writer has closed the terminal
            os.close(primary)
        return data.decode().splitlines()

    def test_escape_sequences_in_a_memory_do_not_reach_the_terminal(self):
        self.good("memory", "add", "before \x1b]0;owned\x07 after", "--scope", "user")
        row_id = self.rows()[0]["id"]
        for arguments in (["list"], ["show", row_id], ["search", "before"]):
            self.assertFalse(any("\x1b]0" in line for line in self.on_terminal("memory", *arguments)), arguments)

    def test_status_shows_the_daemon_and_what_is_in_it(self):
        self.good("memory", "add", "something", "--scope", "user")
        status = json.loads(self.good("status", "--json"))
        self.assertIn(status["pid"], self.box.daemons())
        self.assertEqual((1, "open"), (status["memories"], status["databases"][0]["state"]))
        text = self.good("status")
        for word in (str(status["pid"]), "memory.db", "daemon.sock", "daemon.log"):
            self.assertIn(word, text)

    def test_doctor_sees_the_daemon_its_lock_and_its_database(self):
        report = json.loads(self.mayla("doctor", "--json").stdout)
        state = {check["name"]: check["state"] for check in report["checks"]}
        for name in ("daemon", "data lock", "memory.db", "disk", "data folder", "mayla-shim", "mayla-daemon"):
            self.assertEqual("ok", state.get(name), report)

    def test_the_log_is_there(self):
        self.assertTrue(self.good("logs", "-n", "5").strip())


if __name__ == "__main__":
    unittest.main(verbosity=2)
