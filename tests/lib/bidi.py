#!/usr/bin/env python3
"""bidi: the few calls of WebDriver that browser.bash makes, answered by a Firefox through WebDriver BiDi.

    bidi.py DIRECTORY [FIREFOX ARGUMENTS...]

Debian has no geckodriver, and Firefox itself speaks nothing but BiDi: JSON over a WebSocket. This
starts one without a window, with its profile in DIRECTORY, and prints the address of its session,
below which there are /url, /execute/async, /actions, /window, /window/new, /window/handles,
/screenshot and /se/log, with the bodies and answers of chromedriver. It ends with its Firefox, on SIGTERM.
"""

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

DEADLINE = 120  # seconds
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class WebSocket:
    """RFC 6455, as far as one client needs it that sends and gets texts."""

    def __init__(self, port, path):
        self.peer = socket.create_connection(("127.0.0.1", port), DEADLINE)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        self.peer.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.bytes = self.peer.makefile("rb")
        if b" 101 " not in self.bytes.readline():
            raise ConnectionError("Firefox opens no WebSocket")
        while self.bytes.readline() != b"\r\n":
            pass

    def send(self, text, opcode=1):
        payload, mask = text.encode(), os.urandom(4)
        size = len(payload)
        length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BQ", 0xFF, size)
        if 126 <= size < 65536:
            length = struct.pack("!BH", 0xFE, size)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        self.peer.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def receive(self):
        text = b""
        while True:
            head, length = self.bytes.read(2)
            if length >= 126:
                length = int.from_bytes(self.bytes.read(2 if length == 126 else 8), "big")
            payload = self.bytes.read(length)
            if head & 15 == 8:
                raise ConnectionError("Firefox has gone away")
            if head & 15 <= 2:
                text += payload
                if head & 0x80:
                    return json.loads(text)


class Firefox:
    def __init__(self, directory, arguments):
        directory = Path(directory)
        (directory / "profile").mkdir(exist_ok=True)
        lines = [f'user_pref("{key}", {json.dumps(value)});' for key, value in PREFERENCES.items()]
        (directory / "profile/user.js").write_text("\n".join(lines), encoding="utf-8")
        command = ["firefox-esr", "--headless", "--no-remote", "--remote-debugging-port=0"]
        command += ["--profile", str(directory / "profile"), *arguments]
        log = directory / "profile/firefox.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        self.socket = WebSocket(self.port(log), "/session")
        self.last = 0
        self.entries = []  # of the console
        self.do("session.new", capabilities={})
        self.do("session.subscribe", events=["log.entryAdded"])
        self.tab = self.tabs()[0]

    def port(self, log):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r"BiDi listening on ws://127.0.0.1:(\d+)", log.read_text())
            if found:
                return int(found.group(1))
            time.sleep(0.05)
        raise ConnectionError(f"Firefox does not start: {log.read_text()}")

    def do(self, method, **parameters):
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": parameters}))
        while True:
            answer = self.socket.receive()
            if answer.get("method") == "log.entryAdded":
                self.entries.append(answer["params"])
            if answer.get("id") == self.last:
                break
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def tabs(self):
        return [tab["context"] for tab in self.do("browsingContext.getTree")["contexts"]]

    # --- The calls: a body in, a value out --------------------------------------------------------

    def go(self, body):
        self.do("browsingContext.navigate", context=self.tab, url=body["url"], wait="complete")

    def run(self, body):
        """What the script gives to its last argument."""
        script = f"""(args) => new Promise((done) => {{
            (function () {{ {body["script"]} }}).apply(null, [...JSON.parse(args), done]);
        }}).then((value) => JSON.stringify(value ?? null))"""
        arguments = [{"type": "string", "value": json.dumps(body["args"])}]
        answer = self.do("script.callFunction", functionDeclaration=script, awaitPromise=True,
                         target={"context": self.tab}, arguments=arguments)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def act(self, body):
        self.do("input.performActions", context=self.tab, actions=body["actions"])

    def new_tab(self, _):
        return {"handle": self.do("browsingContext.create", type="tab")["context"]}

    def choose_tab(self, body):
        self.tab = body["handle"]
        self.do("browsingContext.activate", context=self.tab)

    def close_tab(self, _):
        self.do("browsingContext.close", context=self.tab)

    def screenshot(self, _):
        return self.do("browsingContext.captureScreenshot", context=self.tab)["data"]

    def log(self, _):
        levels = {"error": "SEVERE", "warn": "WARNING"}
        entries, self.entries = self.entries, []
        return [{"level": levels.get(e["level"], "INFO"), "message": e["text"]} for e in entries]


CALLS = {
    ("POST", "/url"): Firefox.go,
    ("POST", "/execute/async"): Firefox.run,
    ("POST", "/actions"): Firefox.act,
    ("POST", "/window/new"): Firefox.new_tab,
    ("POST", "/window"): Firefox.choose_tab,
    ("DELETE", "/window"): Firefox.close_tab,
    ("GET", "/window/handles"): lambda firefox, _: firefox.tabs(),
    ("GET", "/screenshot"): Firefox.screenshot,
    ("POST", "/se/log"): Firefox.log,
}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or b"{}")
        try:
            value = CALLS[self.command, self.path](self.server.firefox, body)
        except (KeyError, RuntimeError) as error:
            value = {"error": "failed", "message": str(error), "stacktrace": ""}
        text = json.dumps({"value": value}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = answer


def main():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.firefox = Firefox(sys.argv[1], sys.argv[2:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    finally:
        server.firefox.process.terminate()
        server.firefox.process.wait()


if __name__ == "__main__":
    main()
