"""browser: a Chromium without a window, driven through chromedriver's HTTP interface.

    with browser() as page:
        page.cdp("Emulation.setCPUThrottlingRate", rate=6)
        page.visit(url)
        page.wait("document.readyState === 'complete'")
        page.js("return performance.now()")
"""

import json
import os
import time
import urllib.request
from contextlib import contextmanager

from harness import host

ARGUMENTS = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "lang=en"]
ARGUMENTS += ["disable-background-networking", "disable-component-update", "disable-dev-shm-usage"]
DEADLINE = 120  # seconds


class Page:
    def __init__(self, session, pid):
        self.session = session
        self.pid = pid  # of chromedriver, whose children Chromium's processes are

    def cdp(self, command, **parameters):
        return _post(f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def visit(self, url):
        _post(f"{self.session}/url", {"url": url})

    def js(self, script, *arguments):
        """What the script returns; `await` works in it."""
        whole = """const done = arguments[arguments.length - 1];
            (async (...arguments) => { %s })(...Array.from(arguments).slice(0, -1))
                .then((value) => done({ value }), (error) => done({ error: String(error.stack) }));"""
        body = {"script": whole % script, "args": list(arguments)}
        answer = _post(f"{self.session}/execute/async", body)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def wait(self, expression):
        end = time.monotonic() + DEADLINE
        while not self.js(f"return Boolean({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {DEADLINE} s: {expression}")
            time.sleep(0.1)


@contextmanager
def browser():
    with host.scratch() as directory:
        log, port = directory / "log", host.free_port()
        command = ["chromedriver", f"--port={port}", "--log-level=WARNING"]
        ready = lambda: host.accepts(port)
        environment = {**os.environ, "HOME": str(directory)}
        with host.process(command, ready, log, env=environment) as pid:
            session = _session(f"http://127.0.0.1:{port}/session", directory)
            try:
                yield Page(session, pid)
            finally:
                _send("DELETE", session)


def _session(url, directory):
    arguments = [*ARGUMENTS, f"user-data-dir={directory}/profile"]
    wanted = {"timeouts": {"script": DEADLINE * 1000, "pageLoad": DEADLINE * 1000}}
    wanted["goog:chromeOptions"] = {"args": arguments}
    answer = _post(url, {"capabilities": {"alwaysMatch": wanted}})
    return f"{url}/{answer['sessionId']}"


def _post(url, body):
    return _send("POST", url, json.dumps(body).encode())


def _send(method, url, body=None):
    request = urllib.request.Request(url, body, method=method)
    with urllib.request.urlopen(request, timeout=DEADLINE + 10) as answer:
        return json.load(answer)["value"]
