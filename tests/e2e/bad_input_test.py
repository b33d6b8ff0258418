"""What a client, a disk or an environment can do wrong, end to end. All the while another session is served.

Runs in mounts of its own (as root, or in a user namespace), so that it can have full and read-only disks.
"""

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import unittest
import unittest.mock
from pathlib import Path

from harness import Box, Link, Session, program, seconds

MIB = 1 << 20
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
OTHER_UID = 4243


def own_mounts():
    """Gives this process mounts of its own; False where the system does not allow it."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNS if uid == 0 else CLONE_NEWUSER | CLONE_NEWNS) != 0:
        return False
    if uid != 0:
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    return subprocess.run(["mount", "--make-rprivate", "/"]).returncode == 0


def setUpModule():
    global mounts, was_root
    was_root = os.getuid() == 0
    mounts = own_mounts()


def need_mounts():
    if not mounts:
        raise unittest.SkipTest("mounts of its own are refused to this process (run the test as root)")


def mount(test, *arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)
    test.addCleanup(subprocess.run, ["umount", "--lazy", str(arguments[-1])], check=True)


class Lines(unittest.TestCase):
    """Malformed lines: an error with the right code and id, and the link goes on."""

    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.enterContext(self.box.listen())
        self.session = self.enterContext(Session(self.box))
        self.session.initialize()
        self.witness = self.enterContext(Session(self.box))
        self.witness.initialize()
        self.served = 0

    def tearDown(self):
        self.assert_served()
        self.assertEqual([], self.session.unclaimed(), "replies to nobody")
        self.assertEqual(1, len(self.box.daemons()))

    def assert_served(self):
        """Both the session that misbehaved and another one."""
        for session in (self.session, self.witness):
            self.served += 1
            result = session.tool("remember", text=f"served {self.served}")
            self.assertTrue(result.ok, result.reply)

    def refused(self, line, id, codes):
        """Sends a line and expects an error with one of these codes under this id."""
        self.session.send_bytes(line if line.endswith(b"\n") else line + b"\n")
        reply = self.session.reply(id, deadline=30)
        self.assertIn("error", reply)
        self.assertIn(reply["error"]["code"], codes, reply)
        self.assertGreater(len(reply["error"]["message"]), 10)
        self.assert_served()
        return reply["error"]["message"]

    def test_bad_utf8(self):
        for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"caf\xc3"):
            with self.subTest(bad):
                line = b'{"jsonrpc":"2.0","id":91,"method":"tools/call","params":{"name":"remember","arguments":{"text":"%s"}}}'
                self.session.send_bytes(line % bad + b"\n")
                reply = self.session.wait(lambda m: m.get("id") in (91, None), "reply to bad UTF-8")
                self.assertEqual(-32700, reply["error"]["code"], reply)
                self.assert_served()
        self.assertFalse([row for row in self.box.memories() if not row["text"].startswith("served")])

    def test_what_is_no_json(self):
        for line in (b"hello", b"{", b'{"jsonrpc":"2.0","id":1', b"\x00", b'{"a":1}}', b"nul", b'"'):
            with self.subTest(line):
                self.refused(line, None, (-32700, -32600))

    def test_empty_lines_are_nothing(self):
        self.session.send_bytes(b"\n\r\n   \n")

    def test_64_mib_with_the_id_last(self):
        self.session.send_bytes(b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"remember","arguments":{"text":"')
        for part in range(64):
            self.session.send_bytes(b"x" * MIB)
            if part in (15, 40):
                self.served += 1
                self.assertTrue(self.witness.tool("remember", text=f"in the middle {part}").ok)
        message = self.refused(b'"}},"id":"at the end"}', "at the end", (-32600,))
        self.assertIn("16", message)

    def test_nesting(self):
        deep = b"[" * 100_000 + b"]" * 100_000
        self.refused(b'{"jsonrpc":"2.0","id":7001,"method":"tools/call","params":{"name":"recall","arguments":{"q":%s}}}' % deep,
                     7001, (-32600, -32700))
        self.refused(b'{"jsonrpc":"2.0","method":"x","params":%s,"id":7002}' % deep, 7002, (-32600, -32700))

    def test_batches(self):
        ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
        for line in (b"[]", b"[%s]" % ping, b"[%s,%s]" % (ping, ping)):
            with self.subTest(line):
                self.refused(line, None, (-32600,))

    def test_params_of_the_wrong_type(self):
        for number, params in enumerate((b"1", b'"x"', b"null", b"true", b"[1]", b"[]", b"{}", b'{"name":7}', b'{"name":null}')):
            with self.subTest(params):
                self.refused(b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}' % (8000 + number, params),
                             8000 + number, (-32602, -32600))

    def test_arguments_of_the_wrong_type(self):
        for arguments in (1, "x", [1], {"text": 7}, {"text": None}, {"text": ["a"]}, {"text": "a", "tags": "b"},
                          {"text": "a", "tags": [1]}, {"text": "a", "kind": {}}, {"text": "a", "rev": "1"}):
            with self.subTest(arguments):
                reply = self.session.ask("tools/call", {"name": "remember", "arguments": arguments})
                if "error" in reply:
                    self.assertEqual(-32602, reply["error"]["code"])
                else:
                    self.assertTrue(reply["result"]["isError"], reply)
        self.assert_served()

    def test_ids_that_are_none(self):
        for id in (b"null", b"1.5", b"1e3", b"true", b"false", b"{}", b'{"a":1}', b"[]", b"[1]"):
            with self.subTest(id):
                self.refused(b'{"jsonrpc":"2.0","id":%s,"method":"tools/call",'
                             b'"params":{"name":"remember","arguments":{"text":"with a bad id"}}}' % id, None, (-32600,))
        self.assertNotIn("with a bad id", [row["text"] for row in self.box.memories()])

    def test_ids_come_back_byte_for_byte(self):
        for id in (b'"text"', b"9007199254740993", b"18446744073709551616", b"-1", b"0", b'"\\u00e9 \\" \xe2\x82\xac"', b'""',
                   b"123456789012345678901234567890"):
            with self.subTest(id):
                self.session.send_bytes(b'{"jsonrpc":"2.0","id":%s,"method":"tools/call",'
                                        b'"params":{"name":"recall","arguments":{"q":"x"}}}\n' % id)
                reply = self.session.reply(json.loads(id))
                self.assertIn("result", reply)
                self.assertIn(b'"id":' + id, self.session.lines[-1])

    def test_an_id_that_is_used_again(self):
        for round in range(3):
            reply = self.session.ask("tools/call", {"name": "remember", "arguments": {"text": f"round {round}"}}, id="same")
            self.assertFalse(reply["result"]["isError"])
        self.assertEqual(3, len([row for row in self.box.memories() if row["text"].startswith("round")]))

    def test_unknown_methods(self):
        self.refused(b'{"jsonrpc":"2.0","id":31,"method":"tools/cal","params":{}}', 31, (-32601,))
        self.session.notify("notifications/of-a-kind-that-is-not-known", {"x": 1})

    def test_an_unknown_tool_names_the_nearest(self):
        reply = self.session.ask("tools/call", {"name": "remembr", "arguments": {"text": "x"}})
        self.assertEqual(-32602, reply["error"]["code"])
        self.assertIn("remember", reply["error"]["message"])

    def test_an_unknown_argument_names_the_nearest(self):
        result = self.session.tool("remember", txt="x")
        self.assertTrue(result.is_error or "error" in result.reply)
        self.assertIn("'text'", json.dumps(result.reply).replace('\\"', "'"))

    def test_empty_and_large_memories(self):
        for text in ("", " \n\t "):
            result = self.session.tool("remember", text=text)
            self.assertTrue(result.is_error, result.reply)
            self.assertTrue(result.text.startswith("invalid_argument"), result.text)
        large = "one line of the largest memory\n" * (MIB // 31)
        large += "." * (MIB - len(large))
        self.assertTrue(self.session.tool("remember", text=large).ok)
        result = self.session.tool("remember", text=large + "x")
        self.assertTrue(result.is_error)
        self.assertTrue(result.text.startswith("too_large"), result.text[:200])
        self.assertIn("the limit is 1 MiB", result.text)
        self.assertEqual([large], [row["text"] for row in self.box.memories() if row["text"].startswith("one line")])

    def test_control_characters_are_kept_but_not_shown(self):
        text = "bell \x07, escape \x1b[31mred\x1b[0m, nul \x00, delete \x7f, tab \t, line\nfeed, next \x85, \u202eturned"
        self.assertTrue(self.session.tool("remember", text=text).ok)
        shown = self.session.tool("recall", q="escape red delete")
        self.assertTrue(shown.ok)
        self.assertIn("escape", shown.text)
        for sign in "\x07\x1b\x00\x7f\x85":
            self.assertNotIn(sign, shown.text)
        self.assertIn(text, [row["text"] for row in self.box.memories()])

    def test_any_text_is_a_legal_query(self):
        self.assertTrue(self.session.tool("remember", text="c++ templates, what's \"a quote, 日本語の文章, 🦀 crab").ok)
        for query in ("c++", "what's", '"a', "AND", "OR NOT", "-x", "🦀", "日本語", "(", "*", "a*", "NEAR(", "col:x", "^", "'", "\\",
                      "\x00", "%", "x" * 5000, " ".join(f"w{n}" for n in range(500))):
            with self.subTest(query[:20]):
                result = self.session.tool("recall", q=query)
                self.assertTrue(result.ok, result.reply)
        for query in ("c++", "🦀", "日本語", "what's"):
            with self.subTest(found=query):
                self.assertIn("crab", self.session.tool("recall", q=query).text)

    def test_a_client_that_leaves_in_the_middle_of_a_line(self):
        with Session(self.box) as rude:
            rude.initialize()
            rude.send_bytes(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"remember","arguments":{"text":"half')
        self.assertNotIn("half", [row["text"] for row in self.box.memories()])

    def test_strangers_on_the_socket(self):
        for first in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100 + b"\n", b"{}\n", b'{"jsonrpc":"2.0","id":0,"method":"tools/list"}\n',
                      b'{"jsonrpc":"2.0","id":0,"method":"mayla/hello","params":{"protocol":0}}\n', b"x" * (2 * MIB) + b"\n"):
            with self.subTest(first[:30]):
                with Link(self.box.socket, hello=False) as stranger:
                    try:
                        stranger.socket.sendall(first)
                        while (message := stranger.read()) is not None:
                            self.assertIn("error", message)
                    except (BrokenPipeError, ConnectionResetError):
                        pass  # shown the door before the end of its line
                self.assert_served()


class Peers(unittest.TestCase):
    """Who may connect but must not be served."""

    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        self.enterContext(self.box.listen())

    def test_another_user(self):
        if not was_root:
            self.skipTest("only root can become another user")
        # As if the permissions had been opened by mistake: the daemon itself must look who it is.
        for path in (self.box.folder, self.box.runtime, self.box.socket.parent):
            path.chmod(0o755)
        self.box.socket.chmod(0o666)
        script = ("import json,socket,sys;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);"
                  "s.sendall(json.dumps({'jsonrpc':'2.0','id':0,'method':'mayla/hello','params':{'protocol':1,'build':'x',"
                  "'link':'7d444840-9dc0-41d1-b245-5ffdce74fad2','role':'mcp','cwd':'/','env':{}}}).encode()+b'\\n');"
                  "f=s.makefile();print(f.readline());print(repr(f.readline()))")
        done = self.box.run("setpriv", f"--reuid={OTHER_UID}", f"--regid={OTHER_UID}", "--clear-groups", "/usr/bin/python3", "-c",
                            script, self.box.socket, cwd="/")
        said, end = done.stdout.strip().split("\n\n") if "\n\n" in done.stdout else (done.stdout, "''")
        self.assertEqual("''", end, "the connection went on")
        if said.strip():
            self.assertEqual(-32001, json.loads(said)["error"]["code"], done.stdout)
        else:
            self.assertIn("ConnectionResetError", done.stderr)

    def refused_in(self, *prefix):
        with Session(self.box, command=[*prefix, str(program("mayla-shim")), "mcp"]) as inside, Session(self.box) as outside:
            inside.initialize()
            outside.initialize()
            for name, arguments in (("remember", {"text": "from a sandbox"}), ("recall", {"q": "x"}), ("forget", {"ids": ["1"]})):
                reply = inside.reply(inside.call(name, **arguments), deadline=30)
                self.assertIn("namespaces", json.dumps(reply), "the setting is not named")
                self.assertTrue("error" in reply or reply["result"]["isError"])
            self.assertTrue(outside.tool("remember", text="from outside").ok)
        self.assertEqual(["from outside"], [row["text"] for row in self.box.memories()])

    def test_another_user_namespace(self):
        if subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode != 0:
            self.skipTest("user namespaces are refused to this process")
        self.refused_in("unshare", "--user", "--map-current-user")

    def test_a_sandbox(self):
        sandbox = ["bwrap", "--bind", "/", "/", "--dev", "/dev"]
        if not shutil.which("bwrap") or subprocess.run([*sandbox, "true"], capture_output=True).returncode != 0:
            self.skipTest("bwrap does not work here (apt install bubblewrap)")
        self.refused_in(*sandbox)

    def test_the_setting_lets_namespaces_in(self):
        if subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode != 0:
            self.skipTest("user namespaces are refused to this process")
        with Box() as box:
            config = box.home / ".config/mayla/config.toml"
            config.parent.mkdir(parents=True)
            config.write_text("[security]\nnamespaces = \"any\"\n")
            with box.listen():
                command = ["unshare", "--user", "--map-current-user", str(program("mayla-shim")), "mcp"]
                with Session(box, command=command) as inside:
                    inside.initialize()
                    self.assertTrue(inside.tool("remember", text="from a dev container").ok)


class Places(unittest.TestCase):
    """Sockets that cannot be, or are elsewhere."""

    def test_a_socket_path_too_long(self):
        with Box() as box:
            deep = box.folder / ("d" * 60) / ("e" * 60)
            deep.mkdir(parents=True)
            done = box.run(program("mayla-daemon"), "--listen", deep / "daemon.sock")
            self.assertNotEqual(0, done.returncode)
            self.assertIn("107", done.stderr)
            env = dict(box.env, XDG_RUNTIME_DIR=str(deep), HOME=str(deep))
            with Session(box, env=env) as session:
                session.initialize()  # needs no daemon
                reply = session.reply(session.call("recall", q="x"), deadline=30)
                self.assertIn("107", json.dumps(reply), "the limit is not named")
                self.assertIn("nothing was changed", json.dumps(reply))

    def test_no_runtime_folder(self):
        with Box() as box:
            del box.env["XDG_RUNTIME_DIR"]
            box.runtime = box.home / ".mayla/run"
            own = box.runtime / "mayla.sock"
            own.parent.mkdir(parents=True, mode=0o700)
            with unittest.mock.patch.object(Box, "socket", own), box.listen(), Session(box) as session:
                session.initialize()
                self.assertTrue(session.tool("remember", text="found without XDG_RUNTIME_DIR").ok)

    def test_no_daemon_and_nobody_to_start_one(self):
        with Box() as box, Session(box) as session:
            session.initialize()
            self.assertIn("result", session.ask("tools/list"))
            reply = session.reply(session.call("remember", text="x"), deadline=30)
            self.assertIn("nothing was changed", json.dumps(reply))
            self.assertRegex(json.dumps(reply), "mayla (setup|doctor)")
            with box.listen():
                self.assertTrue(session.tool("remember", text="and then there was one").ok)


class Disks(unittest.TestCase):
    """Nothing is acknowledged that is not stored, and service resumes."""

    def setUp(self):
        need_mounts()
        self.box = Box()
        self.addCleanup(self.box.close)
        self.box.data.mkdir(parents=True)

    def test_a_full_disk(self):
        mount(self, "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.box.data)
        ballast = self.box.data / "ballast"
        ballast.write_bytes(b"\0" * 5 * MIB)  # what is stored takes its size twice: in the log, then in the file
        with self.box.listen(), Session(self.box) as session, Session(self.box) as other:
            session.initialize()
            other.initialize()
            acknowledged, failure = [], None
            for number in range(200):
                text = f"note {number} " + os.urandom(32 * 1024).hex()
                result = session.tool("remember", text=text, deadline=30)
                if not result.ok:
                    failure = result
                    break
                acknowledged.append(text)
            self.assertIsNotNone(failure, "the disk was never full")
            self.assertTrue(acknowledged)
            self.assertTrue(failure.text.startswith("unavailable"), failure.text)
            self.assertRegex(failure.text, "(?i)space|full")
            self.assertTrue(other.tool("recall", q="note").ok, "reading must go on while the disk is full")
            self.assertEqual(acknowledged, [row["text"] for row in self.box.memories()])
            ballast.unlink()
            for session_of in (session, other):
                result = session_of.tool("remember", text=f"there is space again {session_of.pid}")
                self.assertTrue(result.ok, result.reply)
            self.assertEqual(len(acknowledged) + 2, len(self.box.memories()))
        with self.box.listen():
            self.assertEqual(len(acknowledged) + 2, len(self.box.memories()))

    def test_a_read_only_disk(self):
        with self.box.listen(), Session(self.box) as session:
            session.initialize()
            self.assertTrue(session.tool("remember", text="from better days").ok)
        mount(self, "--bind", self.box.data, self.box.data)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(self.box.data)], check=True)
        daemon = self.box.start("--listen", self.box.socket, stderr=subprocess.PIPE, text=True)
        try:
            with Session(self.box) as session:
                session.initialize()
                reply = session.reply(session.call("remember", text="cannot be stored"), deadline=30)
                self.assertTrue("error" in reply or reply["result"]["isError"], reply)
                self.assertRegex(json.dumps(reply), "unavailable|nothing was changed")
                if daemon.poll() is not None:  # it may refuse to serve at all, but not without a word
                    self.assertRegex(daemon.stderr.read(), "(?i)read-only")
                subprocess.run(["mount", "-o", "remount,bind,rw", str(self.box.data)], check=True)
                daemon.terminate()
                daemon.wait(seconds(20))
                with self.box.listen():
                    self.assertTrue(session.tool("remember", text="writable again").ok)
                    self.assertEqual({"from better days", "writable again"}, {row["text"] for row in self.box.memories()})
        finally:
            daemon.kill()
            daemon.wait()
            daemon.stderr.close()


class Databases(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def test_one_from_the_future_is_left_alone(self):
        with self.box.listen(), Session(self.box) as session:
            session.initialize()
            self.assertTrue(session.tool("remember", text="from the present").ok)
        path = self.box.data / "memory.db"
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode=DELETE")
        present = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("PRAGMA user_version=9999")
        database.close()
        before = path.read_bytes()
        with self.box.listen(), Session(self.box) as session:
            session.initialize()
            for name, arguments in (("remember", {"text": "x"}), ("recall", {"q": "present"})):
                result = session.tool(name, **arguments)
                self.assertTrue(result.is_error, result.reply)
                self.assertTrue(result.text.startswith("unavailable"), result.text)
                self.assertRegex(result.text, "newer|9999")
            self.assertEqual(0, self.box.run(program("mayla"), "status", "--json").returncode)
        self.assertEqual(before, path.read_bytes())
        database = sqlite3.connect(path)
        database.execute(f"PRAGMA user_version={present}")
        database.close()
        with self.box.listen(), Session(self.box) as session:
            session.initialize()
            self.assertIn("from the present", session.tool("recall", q="present").text)

    def test_what_is_no_database_is_left_alone(self):
        self.box.data.mkdir(parents=True)
        path = self.box.data / "memory.db"
        path.write_bytes(b"this is no database\n" * 1000)
        before = path.read_bytes()
        with self.box.listen(), Session(self.box) as session:
            session.initialize()
            result = session.tool("remember", text="x")
            self.assertTrue(result.is_error)
            self.assertTrue(result.text.startswith("unavailable"), result.text)
        self.assertEqual(before, path.read_bytes())


if __name__ == "__main__":
    unittest.main()
