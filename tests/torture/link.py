"""link: what lies between a node and a server, and can be cut, hung or slow.

A Link listens on a Unix socket and passes on what comes, in both directions:

    open    at once
    slow    in pieces of 1,000 bytes, 10 ms apart
    hang    not at all, until the link is open again; whoever connects meanwhile waits, too
    cut     every connection is ended, and so are those that are made
    refuse  nobody listens; the connections that are there go on
"""
import asyncio
import os
import threading

SLOW_BYTES = 1000
SLOW_SECONDS = 0.01
CHUNK = 65536


class Link:
    def __init__(self, loop, path, target):
        self.loop = loop
        self.path = path
        self.target = target
        self.mode = "open"
        self.moved = None  # an asyncio.Event: set while bytes may pass
        self.connections = set()
        self.server = None

    async def open(self):
        self.moved = asyncio.Event()
        self.moved.set()
        await self.listen()

    async def listen(self):
        self.server = await asyncio.start_unix_server(self.accept, self.path, backlog=1024)
        os.chmod(self.path, 0o777)

    async def set_mode(self, mode):
        if self.mode == "refuse":
            await self.listen()
        self.mode = mode
        if mode == "hang":
            self.moved.clear()
        else:
            self.moved.set()
        if mode == "cut":
            self.end_connections()
        if mode == "refuse":
            self.server.close()
            os.unlink(self.path)

    def end_connections(self):
        for writer in self.connections:
            writer.transport.abort()

    async def set_target(self, target):
        self.target = target
        self.end_connections()

    async def accept(self, reader, writer):
        self.connections.add(writer)
        try:
            await self.moved.wait()
            if self.mode != "cut":
                await self.join(reader, writer)
        except OSError:
            pass  # either end went: so does the other
        finally:
            self.connections.discard(writer)
            writer.transport.abort()

    async def join(self, reader, writer):
        far_reader, far_writer = await asyncio.open_unix_connection(self.target)
        self.connections.add(far_writer)
        try:
            ways = [asyncio.ensure_future(self.pass_on(reader, far_writer)),
                    asyncio.ensure_future(self.pass_on(far_reader, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self.connections.discard(far_writer)
            far_writer.transport.abort()

    async def pass_on(self, reader, writer):
        while data := await reader.read(SLOW_BYTES if self.mode == "slow" else CHUNK):
            await self.moved.wait()
            if self.mode == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            writer.write(data)
            await writer.drain()


class Links:
    """All links of a cluster, by name, in a thread of their own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.by_name = {}
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def add(self, name, path, target):
        self.by_name[name] = Link(self.loop, path, target)
        self.do(self.by_name[name].open())

    def set_mode(self, name, mode):
        self.do(self.by_name[name].set_mode(mode))

    def set_target(self, name, target):
        self.do(self.by_name[name].set_target(target))
