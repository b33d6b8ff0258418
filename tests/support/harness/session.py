"""An MCP client that drives `mayla-shim mcp` line by line, so that a test sees and sends every byte."""

import json
import subprocess
import threading
import time

from harness.programs import program
from harness.wait import seconds

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "mayla-tests", "version": "1"},
}


class ToolResult:
    """The result of tools/call: its text, and whether it says that the tool failed."""

    def __init__(self, reply):
        self.reply = reply
        result = reply.get("result", {})
        self.is_error = bool(result.get("isError"))
        self.text = "\n".join(part.get("text", "") for part in result.get("content", []))

    @property
    def ok(self):
        return "result" in self.reply and not self.is_error


class Session:
    """One `mayla-shim mcp` with pipes. A thread collects what it prints; everything else is the test's thread.

    Ids are compared as JSON, so that 1, 1.0, "1" and true stay apart.
    """

    def __init__(self, box, arguments=("mcp",), env=None, cwd=None, path=None, command=None):
        self.box = box
        self.process = subprocess.Popen(
            command or [str(path or program("mayla-shim")), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=box.env if env is None else env, cwd=cwd or box.home,
        )
        self.pid = self.process.pid
        self.lines = []  # every line of stdout as bytes, without its newline
        self._messages = []
        self._stderr = bytearray()
        self._ended = False
        self._changed = threading.Condition()
        self._next_id = 0
        self._threads = [threading.Thread(target=self._read, daemon=True),
                         threading.Thread(target=self._read_errors, daemon=True)]
        for thread in self._threads:
            thread.start()

    # ---- the wire
    def _read(self):
        with open(self.process.stdout.fileno(), "rb", closefd=False) as output:
            for line in output:
                line = line.rstrip(b"\n")
                try:
                    message = json.loads(line)
                except ValueError:
                    message = {"unparsable": line}
                with self._changed:
                    self.lines.append(line)
                    self._messages.append(message)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_errors(self):
        while chunk := self.process.stderr.read(65536):
            self._stderr += chunk

    @property
    def stderr(self):
        return self._stderr.decode(errors="replace")

    def send_bytes(self, data):
        """Writes these bytes, whatever they are; a newline is the caller's."""
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view):]

    def send(self, message):
        self.send_bytes(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    def wait(self, accept, what, deadline=10):
        """The first message not taken yet that accept(message) likes; it is taken with that."""
        end = time.monotonic() + seconds(deadline)
        with self._changed:
            while True:
                for index, message in enumerate(self._messages):
                    if accept(message):
                        return self._messages.pop(index)
                left = end - time.monotonic()
                if self._ended or left <= 0 or not self._changed.wait(left):
                    why = "the shim has ended" if self._ended else f"none within {seconds(deadline):g} s"
                    raise TimeoutError(f"no {what}: {why}\nstderr: {self.stderr}\nlog: {self.box.log_tail()}")

    def unclaimed(self):
        """Messages that nobody has taken yet."""
        with self._changed:
            return list(self._messages)

    # ---- requests
    def request(self, method, params=None, id=None, modern=False):
        """Sends a request and returns its id at once."""
        if id is None:
            self._next_id += 1
            id = self._next_id
        if modern:
            params = {**(params or {}), "_meta": {**META, **(params or {}).get("_meta", {})}}
        message = {"jsonrpc": "2.0", "id": id, "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)
        return id

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({} if params is None else {"params": params})})

    def reply(self, id, deadline=10):
        """The reply to this id: a dict with `result` or `error`."""
        key = json.dumps(id)
        return self.wait(lambda m: isinstance(m, dict) and "method" not in m and "id" in m and json.dumps(m["id"]) == key,
                         f"reply to id {key}", deadline)

    def ask(self, method, params=None, deadline=10, **options):
        return self.reply(self.request(method, params, **options), deadline)

    def initialize(self, version=LEGACY):
        """The handshake of the legacy era; returns its result."""
        reply = self.ask("initialize", {"protocolVersion": version, "capabilities": {},
                                        "clientInfo": {"name": "mayla-tests", "version": "1"}})
        self.notify("notifications/initialized")
        return reply["result"]

    def call(self, name, **arguments):
        """Sends a tools/call and returns its id at once. An argument called `id` is written id_."""
        arguments = {key.removesuffix("_"): value for key, value in arguments.items()}
        return self.request("tools/call", {"name": name, "arguments": arguments})

    def tool(self, name, deadline=20, **arguments):
        """Calls a tool and waits for its result."""
        return ToolResult(self.reply(self.call(name, **arguments), deadline))

    # ---- the end
    def close(self, deadline=5):
        """Closes stdin and returns the exit status."""
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        try:
            status = self.process.wait(seconds(deadline))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            for thread in self._threads:
                thread.join(seconds(deadline))
            self.process.stdout.close()
            self.process.stderr.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
            return
        self.process.kill()  # a failure is on its way; nothing may hide it
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except OSError:
                pass
