"""load: runs the load client (tests/bench/load.c) and checks what it got."""

import json
import subprocess

from harness import host


def run(port, path, seconds, connections=8, headers=(), pause_ms=0, status=200):
    """Its result, with `rate` (answers per second). Any other status is an error."""
    client = start(port, path, seconds, connections, headers, pause_ms)
    return finish(client, status)


def start(port, path, seconds, connections=8, headers=(), pause_ms=0):
    command = [host.program("tests/bench/load"), "-c", connections, "-t", seconds, "-w", pause_ms]
    for header in headers:
        command += ["-H", header]
    command = [str(word) for word in [*command, port, path]]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(client, status):
    output, _ = client.communicate()
    if client.returncode != 0:
        raise RuntimeError(f"{' '.join(client.args)} failed")
    result = json.loads(output)
    if list(result["statuses"]) != [str(status)]:
        raise RuntimeError(f"{' '.join(client.args)}: not only {status}: {result['statuses']}")
    result["rate"] = result["requests"] / result["seconds"]
    return result
