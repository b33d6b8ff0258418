"""A stand-in for the model behind Claude Code, on a loopback port: it plays written turns, so that a real client with
its real MCP traffic runs without a network. Everything that the client sends is kept.
"""

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def say(text):
    """A turn that ends the conversation with this text."""
    return [{"type": "text", "text": text}]


def use(tool, **arguments):
    """A turn that asks for one tool call."""
    return [{"type": "tool_use", "name": tool, "input": arguments}]


class Model:
    """Serves from its `with` block on. `turns` are played one by one to requests that offer tools; other requests (titles,
    topics) get a word. `requests` holds the bodies of those that took a turn."""

    def __init__(self, turns):
        self.requests = []
        self._turns = iter([*turns, *itertools.repeat(say("DONE"), 3)])
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_HEAD(self):
                self._send(b"", "text/plain")

            def do_GET(self):
                self._send(b"{}", "application/json", 404)

            def do_POST(self):
                data = self.rfile.read(int(self.headers.get("content-length") or 0))
                try:
                    self._send(*model.answer(self.path, json.loads(data)))
                except ValueError:
                    self._send(b"{}", "application/json", 400)

            def _send(self, data, kind, status=200):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path, request):
        """The bytes and the content type of the answer to one POST."""
        if "count_tokens" in path:
            return json.dumps({"input_tokens": 100}).encode(), "application/json"
        if "/messages" not in path:
            return b"{}", "application/json"
        blocks = say("a title")
        if len(request.get("tools") or []) > 2:
            with self._lock:
                self.requests.append(request)
                blocks = next(self._turns)
        blocks = [dict(block) for block in blocks]
        for block in blocks:
            if block["type"] == "tool_use":
                block["id"] = f"toolu_{next(self._numbers):04}"
        message = {
            "id": f"msg_{next(self._numbers):04}", "type": "message", "role": "assistant",
            "model": request.get("model", "mock"), "content": blocks, "stop_sequence": None,
            "stop_reason": "tool_use" if blocks[-1]["type"] == "tool_use" else "end_turn",
            "usage": {"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
        }
        if not request.get("stream"):
            return json.dumps(message).encode(), "application/json"
        return b"".join(self._events(message)), "text/event-stream"

    @staticmethod
    def _events(message):
        def event(kind, **fields):
            return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()

        yield event("message_start", message={**message, "content": [], "stop_reason": None})
        for index, block in enumerate(message["content"]):
            if block["type"] == "text":
                start, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
            else:
                start = {**block, "input": {}}
                delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            yield event("content_block_start", index=index, content_block=start)
            yield event("content_block_delta", index=index, delta=delta)
            yield event("content_block_stop", index=index)
        yield event("message_delta", delta={"stop_reason": message["stop_reason"], "stop_sequence": None},
                    usage={"output_tokens": 5})
        yield event("message_stop")

    def tool_results(self):
        """The text of each tool result that the model was shown, in order."""
        found = []
        for message in self.requests[-1]["messages"] if self.requests else []:
            content = message["content"]
            for block in content if isinstance(content, list) else []:
                if block.get("type") == "tool_result":
                    parts = block.get("content") or []
                    parts = [{"type": "text", "text": parts}] if isinstance(parts, str) else parts
                    found.append("\n".join(part.get("text", "") for part in parts))
        return found
