"""A peer that speaks the wire between shim and daemon itself (src/README.md, THE WIRE)."""

import json
import socket
import uuid

from harness.wait import seconds


class Link:
    """One connection to the daemon's socket. Says hello at once unless told not to."""

    def __init__(self, path, link=None, hello=True, deadline=10, **fields):
        self.link = link or str(uuid.uuid4())
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds(deadline))
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self._reader = self.socket.makefile("rb")
        self._seq = 0
        self._early = {}
        self.hello = self.say_hello(**fields) if hello else None

    def say_hello(self, **fields):
        params = {"protocol": 1, "build": "test", "link": self.link, "role": "mcp", "cwd": "/", "env": {}, **fields}
        self.send({"jsonrpc": "2.0", "id": 0, "method": "mayla/hello", "params": params})
        return self.read()

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def read(self):
        """The next message, or None at the end."""
        line = self._reader.readline()
        return json.loads(line) if line else None

    def call(self, name, **arguments):
        """Sends a tools/call as the next seq, which is returned."""
        self._seq += 1
        self.send({"jsonrpc": "2.0", "id": self._seq, "method": "tools/call",
                   "params": {"name": name, "arguments": arguments}})
        return self._seq

    def reply(self, seq):
        """The reply to this seq; replies to others are kept for their turn."""
        while seq not in self._early:
            message = self.read()
            if message is None:
                raise ConnectionError(f"the daemon closed before it answered {seq}")
            self._early[message.get("id")] = message
        return self._early.pop(seq)

    def close(self):
        self._reader.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
