"""The real mayla-shim against a daemon that is the test: for what a real daemon does not do on command (answer in
another order, die between two lines, refuse, stay silent), and for what the shim owes its client and its machine.
"""

import json
import os
import platform
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness import Box, Session, on_sanitizers, program, seconds, until

MIB = 1 << 20


class Peer:
    """The daemon's end of one connection."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(seconds(20))
        self.reader = connection.makefile("rb")

    def line(self):
        """The next line as bytes, without newline; None at the end."""
        line = self.reader.readline()
        return line.rstrip(b"\n") if line else None

    def read(self):
        line = self.line()
        return None if line is None else json.loads(line)

    def say(self, line):
        self.socket.sendall(line + b"\n")

    def answer(self, seq, text):
        self.say(json.dumps({"jsonrpc": "2.0", "id": seq, "result": {"content": [{"type": "text", "text": text}]}}).encode())

    def greet(self, **fields):
        """Takes the hello, which comes alone, and replies to it. Returns its params."""
        hello = self.read()
        assert hello["method"] == "mayla/hello", hello
        result = {"protocol": 1, "build": "fake", "daemon": "d", "acked": 0, **fields}
        self.say(json.dumps({"jsonrpc": "2.0", "id": hello["id"], "result": result}).encode())
        return hello["params"]

    def die(self):
        self.reader.close()
        self.socket.close()


class FakeDaemon:
    def __init__(self, path):
        self.peers = []
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(path))
        self.socket.listen(64)
        self.socket.settimeout(seconds(20))

    def accept(self):
        peer = Peer(self.socket.accept()[0])
        self.peers.append(peer)
        return peer

    def close(self):
        self.socket.close()

    def end(self):
        self.close()
        for peer in self.peers:
            peer.die()


class ShimTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        # Nothing here may wake the service manager of whoever runs the tests.
        self.bin = self.box.folder / "bin"
        self.bin.mkdir()
        self.script("systemctl", "exit 1")
        self.box.env["PATH"] = f"{self.bin}:{self.box.env['PATH']}"

    def script(self, name, text):
        path = self.bin / name
        # A file that replaces another: a program that runs cannot be written to.
        new = path.with_suffix(".new")
        new.write_text("#!/bin/sh\n" + text + "\n")
        new.chmod(0o755)
        new.rename(path)
        return path

    def daemon(self, path=None):
        daemon = FakeDaemon(path or self.box.socket)
        self.addCleanup(daemon.end)
        return daemon

    def session(self, **options):
        return self.enterContext(Session(self.box, **options))

    def connected(self):
        """A session whose first call, seq 1, has been answered."""
        daemon, session = self.daemon(), self.session()
        first = session.call("first")
        peer = daemon.accept()
        peer.greet()
        peer.read()
        peer.answer(1, "one")
        session.reply(first)
        return daemon, session, peer

    def text(self, reply):
        self.assertIn("result", reply, reply)
        return reply["result"]["content"][0]["text"]


class Wire(ShimTest):
    def test_the_handshake_needs_no_daemon_and_makes_no_connection(self):
        daemon, session = self.daemon(), self.session()
        session.initialize()
        self.assertIn("result", session.ask("tools/list"))
        self.assertIn("result", session.ask("server/discover", modern=True))
        self.assertEqual({}, session.ask("ping")["result"])
        daemon.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            daemon.accept()

    def test_hello_tells_who_is_there(self):
        self.box.env.update(CLAUDE_PROJECT_DIR="/p", CLAUDE_CODE_SESSION_ID="s", ANTHROPIC_API_KEY="secret", GOPATH="/go")
        daemon, session = self.daemon(), self.session()
        session.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {"roots": {"listChanged": True}},
                                   "clientInfo": {"name": "t", "version": "1"}})
        session.notify("notifications/initialized")
        question = session.wait(lambda m: m.get("method") == "roots/list", "request for roots")
        session.send({"jsonrpc": "2.0", "id": question["id"], "result": {"roots": [{"uri": "file:///r%20s", "name": "x"}]}})
        session.call("first")
        hello = daemon.accept().greet()
        self.assertNotIn("secret", json.dumps(hello))
        self.assertEqual({"PATH": self.box.env["PATH"], "LANG": "C.UTF-8", "GOPATH": "/go"}, hello.pop("env"))
        self.assertRegex(hello.pop("link"), r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        hello.pop("build")
        self.assertEqual({"protocol": 1, "role": "mcp", "cwd": str(self.box.home), "project_dir": "/p", "claude_session": "s",
                          "roots": ["/r s"], "mcp_version": "2025-06-18"}, hello)

    def test_answers_in_any_order_go_back_to_their_ids(self):
        daemon, session = self.daemon(), self.session()
        ids = [1, "1", "two", 9007199254740993, 1 << 64, -5, ""]
        for id in ids:
            session.request("tools/call", {"name": "x"}, id=id)
        peer = daemon.accept()
        peer.greet()
        self.assertEqual(list(range(1, 8)), [peer.read()["id"] for _ in ids])
        for seq in (7, 3, 1, 2, 6, 5, 4):
            peer.answer(seq, f"answer {seq}")
        for seq, id in enumerate(ids, 1):
            self.assertEqual(f"answer {seq}", self.text(session.reply(id)))

    def test_every_other_byte_is_left_alone(self):
        daemon, session = self.daemon(), self.session()
        before, after = b'{ "x":[1.0e2,"\\u0041\xc3\xa9"],"method" : "tools/call","jsonrpc":"2.0","id" :\t', b' ,"params":{"id":7} }\r'
        session.send_bytes(before + b'"\\u0069d"' + after + b"\n")
        peer = daemon.accept()
        peer.greet()
        self.assertEqual(before + b"1" + after, peer.line())
        peer.say(b'{"result":{"x": [ 1.0 ]},\t"id":1 , "jsonrpc":"2.0"}')
        session.reply("id")
        self.assertEqual(b'{"result":{"x": [ 1.0 ]},\t"id":"\\u0069d" , "jsonrpc":"2.0"}', session.lines[-1])

    def test_a_call_of_almost_16_mib_passes_whole(self):
        daemon, session = self.daemon(), self.session()
        line = b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"%s"},"id":%%s}' % (b"x" * (16 * MIB - 100))
        writer = threading.Thread(target=session.send_bytes, args=(line % b'"big"' + b"\n",))
        writer.start()
        peer = daemon.accept()
        peer.greet()
        self.assertTrue(line % b"1" == peer.line(), "the line arrived changed")
        writer.join()
        answer = "y" * MIB
        peer.answer(1, answer)
        self.assertTrue(self.text(session.reply("big")) == answer)

    def test_a_cancelled_call_is_over(self):
        daemon, session, peer = self.connected()
        call = session.call("slow")
        self.assertEqual(2, peer.read()["id"] if peer.read()["method"] == "mayla/acked" else None)
        session.notify("notifications/cancelled", {"requestId": call, "reason": "AbortError"})
        self.assertEqual({"requestId": 2, "reason": "AbortError"}, peer.read()["params"])
        peer.answer(2, "too late")
        next_call = session.call("next")
        self.assertEqual({"seq": 2}, peer.read()["params"])
        self.assertEqual(3, peer.read()["id"])
        peer.answer(3, "three")
        self.assertEqual("three", self.text(session.reply(next_call)))
        self.assertEqual([], session.unclaimed())

    def test_malformed_lines_do_not_end_the_session(self):
        daemon, session, peer = self.connected()
        for line, code, id in ((b"hello", -32700, None), (b"[]", -32600, None), (b"\xff", -32700, None),
                               (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}', -32602, 7),
                               (b'{"jsonrpc":"2.0","id":1.5,"method":"tools/call"}', -32600, None)):
            session.send_bytes(line + b"\n")
            self.assertEqual(code, session.reply(id)["error"]["code"])
        call = session.call("next")
        peer.read()
        self.assertEqual(2, peer.read()["id"])
        peer.answer(2, "still there")
        self.assertEqual("still there", self.text(session.reply(call)))


class Lost(ShimTest):
    def test_a_daemon_that_dies_between_two_lines_is_not_noticed(self):
        daemon, session, peer = self.connected()
        one, two = session.call("a"), session.call("b")
        self.assertEqual(["mayla/acked", "tools/call", "tools/call"], [peer.read()["method"] for _ in range(3)])
        peer.answer(3, "b is done")
        peer.socket.sendall(b'{"jsonrpc":"2.0","id":2,"result":{"content":[')  # half an answer is none
        peer.die()
        self.assertEqual("b is done", self.text(session.reply(two)))
        peer = daemon.accept()
        peer.greet(acked=1)
        self.assertEqual({"seq": 2, "attempt": 2}, peer.read()["params"])
        self.assertEqual(2, peer.read()["id"])
        peer.answer(2, "a is done")
        self.assertEqual("a is done", self.text(session.reply(one)))

    def test_a_daemon_that_ends_while_nothing_waits_is_not_replaced_before_it_is_needed(self):
        daemon, session, peer = self.connected()
        peer.die()
        self.assertEqual({}, session.ask("ping")["result"])
        daemon.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            daemon.accept()
        daemon.socket.settimeout(seconds(20))
        call = session.call("x")
        peer = daemon.accept()
        peer.greet()
        self.assertEqual("mayla/acked", peer.read()["method"])
        message = peer.read()
        if message.get("method") == "mayla/resend":  # it had been written before the end of the first was seen
            message = peer.read()
        self.assertEqual(2, message["id"])
        peer.answer(2, "two")
        self.assertEqual("two", self.text(session.reply(call)))

    def test_a_call_that_kills_every_daemon_is_given_up(self):
        daemon, session = self.daemon(), self.session()
        call = session.call("deadly")
        for attempt in (1, 2, 3):
            peer = daemon.accept()
            peer.greet()
            if attempt > 1:
                self.assertEqual({"seq": 1, "attempt": attempt}, peer.read()["params"])
            self.assertEqual(1, peer.read()["id"])
            peer.die()
        reply = session.reply(call)
        self.assertTrue(reply["result"]["isError"])
        self.assertRegex(self.text(reply), r"^unavailable: .*outcome unknown; check before repeating")
        session.call("next")
        peer = daemon.accept()
        peer.greet()
        self.assertEqual(("mayla/abandon", {"seq": 1}), (lambda m: (m["method"], m["params"]))(peer.read()))

    def test_a_refusal_is_told_in_the_daemons_words(self):
        daemon, session = self.daemon(), self.session()
        call = session.call("x")
        peer = daemon.accept()
        peer.read()
        peer.say(b'{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"a foreign namespace; see [security]"}}')
        peer.die()
        text = self.text(session.reply(call))
        self.assertIn("a foreign namespace; see [security]", text)
        self.assertIn("not sent; nothing was changed", text)
        session.call("again")  # another attempt for another call
        daemon.accept().greet()

    def test_a_daemon_of_an_old_protocol_is_named(self):
        daemon, session = self.daemon(), self.session()
        call = session.call("x")
        daemon.accept().greet(protocol=0, build="0.0.1")
        self.assertRegex(self.text(session.reply(call)), "0.0.1.*protocol 0")

    def test_a_silent_daemon_is_told_after_ten_seconds_and_the_handshake_goes_on_meanwhile(self):
        daemon, session = self.daemon(), self.session()
        call = session.request("tools/call", {"name": "x"}, modern=True)
        peer = daemon.accept()
        self.assertEqual("mayla/hello", peer.read()["method"])
        self.assertEqual({}, session.ask("ping")["result"])
        reply = session.reply(call, deadline=30)
        self.assertEqual("complete", reply["result"]["resultType"])
        self.assertRegex(self.text(reply), r"unavailable: .*hello within 10 s.*not sent; nothing was changed.*\n.*`mayla doctor`")
        self.assertIsNone(peer.read(), "nothing waits any more, and still the connection is open")

    def test_a_daemon_that_does_not_come_back_leaves_the_outcome_unknown(self):
        daemon, session, peer = self.connected()
        call = session.call("write")
        peer.read(), peer.read()
        daemon.close()
        self.box.socket.unlink()
        peer.die()
        self.assertIn("outcome unknown; check before repeating", self.text(session.reply(call, deadline=30)))
        daemon = self.daemon()
        session.call("next")
        peer = daemon.accept()
        peer.greet()
        self.assertEqual(["mayla/abandon", "mayla/acked", "tools/call"], [peer.read()["method"] for _ in range(3)])


class Waking(ShimTest):
    def test_the_service_manager_is_asked_mildly_then_firmly_and_does_not_block_the_session(self):
        log, gate = self.box.folder / "asked", self.box.folder / "gate"
        os.mkfifo(gate)
        self.script("systemctl", f'echo "$* $XDG_RUNTIME_DIR" >> {log}\nread line < {gate}')
        session = self.session()
        call = session.call("x")
        until(log.exists, "systemctl was asked")
        self.assertEqual({}, session.ask("ping")["result"])
        gate.write_text("go\n")
        until(lambda: len(log.read_text().splitlines()) == 2, "systemctl was asked again")
        daemon = self.daemon()
        gate.write_text("go\n")
        peer = daemon.accept()
        peer.greet()
        peer.read()
        peer.answer(1, "awake")
        self.assertEqual("awake", self.text(session.reply(call)))
        self.assertEqual([f"--user --no-ask-password {verb} mayla.socket {self.box.runtime}" for verb in ("start", "restart")],
                         log.read_text().splitlines())

    def test_the_service_manager_is_found_without_a_runtime_folder(self):
        log = self.box.folder / "asked"
        self.script("systemctl", f'echo "$XDG_RUNTIME_DIR" >> {log}')
        del self.box.env["XDG_RUNTIME_DIR"]
        session = self.session()
        session.call("x")
        self.assertEqual(f"/run/user/{os.getuid()}", until(lambda: log.exists() and log.read_text().split(), "systemctl was asked")[0])

    def test_what_the_service_manager_says_is_told(self):
        self.script("systemctl", "echo 'Failed to connect to bus: no medium' >&2; exit 1")
        session = self.session()
        text = self.text(session.reply(session.call("x"), deadline=30))
        self.assertIn("no medium", text)
        self.assertIn("not sent; nothing was changed", text)
        self.assertIn("`mayla setup`", text)

    def test_without_a_service_manager_the_daemon_is_started_apart_from_the_session(self):
        told = self.box.folder / "told"
        shutil.copy(program("mayla-shim"), self.bin)
        self.script("mayla-daemon", f"exec >{told}.part\n"
                                    'echo "$@"; echo $$; env\n'
                                    f"mv {told}.part {told}\nexec sleep 60")
        self.box.data.mkdir(parents=True)
        (self.box.data / "unmanaged").touch()
        self.box.env["ANTHROPIC_API_KEY"] = "secret"
        session = self.session(path=self.bin / "mayla-shim")
        call = session.call("x")
        until(told.exists, "the daemon was started")
        lines = told.read_text().splitlines()
        self.assertEqual(f"--listen {self.box.socket}", lines[0])
        pid = int(lines[1])
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        terminal = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[4]
        self.assertEqual("0", terminal)
        self.assertNotEqual(os.getsid(session.pid), os.getsid(pid))
        self.assertEqual("/dev/null", os.readlink(f"/proc/{pid}/fd/0"))
        self.assertNotIn("ANTHROPIC_API_KEY=secret", lines)
        self.assertIn(f"HOME={self.box.home}", lines)
        self.assertEqual(0o700, stat.S_IMODE(self.box.socket.parent.stat().st_mode))
        self.assertFalse([fd for fd in os.listdir(f"/proc/{pid}/fd") if int(fd) > 2 and
                          os.readlink(f"/proc/{pid}/fd/{fd}").startswith(("socket:", "pipe:"))])
        peer = self.daemon().accept()
        peer.greet()
        peer.read()
        peer.answer(1, "here")
        self.assertEqual("here", self.text(session.reply(call)))
        self.assertEqual(0, session.close())
        os.kill(pid, 0)  # it outlives the session


class Ends(ShimTest):
    def test_the_end_of_stdin_is_the_end(self):
        session = self.session()
        session.initialize()
        session.call("waits for nobody")
        began = time.monotonic()
        self.assertEqual(0, session.close())
        self.assertLess(time.monotonic() - began, seconds(2))
        self.assertEqual("", session.stderr)

    def test_answers_that_are_ready_are_given_at_the_end(self):
        done = subprocess.run([program("mayla-shim"), "mcp"], env=self.box.env, capture_output=True, timeout=seconds(10),
                              input=b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n' * 50)
        self.assertEqual((0, b""), (done.returncode, done.stderr))
        self.assertEqual(50, len([json.loads(line)["result"] for line in done.stdout.splitlines()]))

    def test_a_client_that_reads_no_more_is_the_end(self):
        process = subprocess.Popen([program("mayla-shim"), "mcp"], env=self.box.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with process:
            process.stdout.close()
            self.assertEqual(0, process.wait(seconds(10)))

    def test_a_client_on_a_socket_that_goes_is_the_end(self):
        ours, theirs = socket.socketpair()
        with ours, subprocess.Popen([program("mayla-shim"), "mcp"], env=self.box.env, stdin=theirs, stdout=theirs) as process:
            theirs.close()
            ours.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
            self.assertEqual(b'{"jsonrpc":"2.0","id":1,"result":{}}\n', ours.recv(1000))
            ours.close()
            self.assertEqual(0, process.wait(seconds(10)))

    def test_a_signal_by_pid_is_the_end_and_one_for_the_terminal_is_not(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            session = self.session()
            session.initialize()
            self.assertEqual(session.pid, os.getpgid(session.pid))
            self.assertNotEqual(os.getpgrp(), os.getpgid(session.pid))
            os.kill(session.pid, number)
            self.assertEqual(0, session.process.wait(seconds(10)))

    def test_arguments_that_mean_nothing_are_answered_in_one_sentence(self):
        for arguments in ((), ("serve",), ("mcp", "--fast"), ("--verison",)):
            done = subprocess.run([program("mayla-shim"), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual((2, ""), (done.returncode, done.stdout))
            self.assertEqual(1, len(done.stderr.splitlines()))
        for argument, begins in (("--version", "mayla-shim "), ("--help", "usage: mayla-shim")):
            done = subprocess.run([program("mayla-shim"), argument], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual((0, ""), (done.returncode, done.stderr))
            self.assertTrue(done.stdout.startswith(begins), done.stdout)


class Weight(ShimTest):
    def sleeping(self, pid):
        """The arguments of the poll that the process sleeps in, or None."""
        words = Path(f"/proc/{pid}/syscall").read_text().split()
        return words if words[0] not in ("running", "-1") else None

    def private_kilobytes(self, pid):
        total = 0
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1])
        return total

    def test_an_idle_shim_sleeps_without_a_timer(self):
        daemon, session, peer = self.connected()
        # Without end is poll(…, -1), or ppoll(…, NULL) where the kernel has no poll.
        endless = 0xFFFFFFFF if platform.machine() == "x86_64" else 0
        words = until(lambda: self.sleeping(session.pid), "the shim sleeps")
        self.assertEqual(endless, int(words[3], 16) & 0xFFFFFFFF, words)

    @unittest.skipIf(on_sanitizers(), "sanitizers have memory of their own")
    def test_an_idle_shim_has_half_a_megabyte_even_after_a_megabyte_was_relayed(self):
        others = [self.session() for _ in range(7)]
        for other in others:
            other.initialize()
        daemon, session, peer = self.connected()
        for seq, text in enumerate(["x" * MIB, "y" * 1000, "z" * (MIB // 3)], 2):
            writer = threading.Thread(target=session.call, args=("x",), kwargs={"text": text})
            writer.start()
            while peer.read()["method"] != "tools/call":
                pass
            writer.join()
            peer.answer(seq, text)
            session.wait(lambda m: "result" in m, "answer")
        until(lambda: self.sleeping(session.pid), "the shim sleeps")
        for one in (session, others[0]):
            self.assertLessEqual(self.private_kilobytes(one.pid), 512)

    def test_a_client_that_does_not_read_holds_the_daemon_back_and_loses_nothing(self):
        daemon = self.daemon()
        ours, theirs = socket.socketpair()
        with ours, subprocess.Popen([program("mayla-shim"), "mcp"], env=self.box.env, stdin=theirs, stdout=theirs) as process:
            theirs.close()
            ours.settimeout(seconds(20))
            count, text = 64, "x" * MIB
            for id in range(count):
                ours.sendall(b'{"jsonrpc":"2.0","id":"%d","method":"tools/call","params":{"name":"x"}}\n' % id)
            peer = daemon.accept()
            peer.greet()
            blocked, told = threading.Event(), []

            def tell():
                # Far beyond what socket buffers hold: it can end only when the client reads.
                for seq in range(1, count + 1):
                    peer.answer(seq, text)
                    told.append(seq)
                    if seq == 1:
                        blocked.set()

            teller = threading.Thread(target=tell)
            teller.start()
            self.assertTrue(blocked.wait(seconds(20)))
            until(lambda: self.sleeping(process.pid), "the shim sleeps")
            self.assertLess(len(told), count)
            reader = ours.makefile("rb")
            self.assertEqual([str(id) for id in range(count)], [json.loads(reader.readline())["id"] for _ in range(count)])
            teller.join()
            reader.close()
            ours.close()
            process.wait(seconds(10))

    def test_a_daemon_that_does_not_read_holds_the_client_back_and_loses_nothing(self):
        daemon, session, peer = self.connected()
        count, sent = 64, []

        def send():
            for _ in range(count):
                session.call("x", text="x" * MIB)
                sent.append(1)

        writer = threading.Thread(target=send)
        writer.start()
        until(lambda: len(sent) > 2 and self.sleeping(session.pid), "the shim is full and sleeps")
        self.assertLess(len(sent), count)
        seqs = []
        while len(seqs) < count:
            message = peer.read()
            if message["method"] == "tools/call":
                seqs.append(message["id"])
        writer.join()
        self.assertEqual(list(range(2, count + 2)), seqs)


if __name__ == "__main__":
    unittest.main()
