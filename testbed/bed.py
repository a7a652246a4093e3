"""The test bed itself: MiniStack with our plugins, the doubles, and the listeners over them, in one process.

One process and one event loop: nothing to find when something hangs, nothing left over when it ends, and a reset
that touches everything at once.
"""

import asyncio
import traceback

from .state import STATE


class Bed:
    def __init__(self, gate, board):
        """`gate` and `board` are sockets that listen already: for AWS's calls, and for the control API."""
        from hypercorn.config import Config

        from . import deliveries, doubles, instances, mappings, public, schedules, sessions, streams
        from .control import control
        from .front import front
        from . import cfn
        import ministack.app

        cfn.install()
        self.cfn = cfn
        self.ministack = ministack.app
        self.doubles, self.streams, self.instances, self.sessions = doubles, streams, instances, sessions
        self.gate, self.board = gate, board
        schedules.install()
        public.install()
        streams.install()
        deliveries.install()
        sessions.install()
        mappings.install()
        self.mappings = mappings
        served = {**doubles.SERVICES, "scheduler": schedules.guard, "ec2": public.ec2}
        self.schedules = schedules.Schedules(front(ministack.app.app, served, quiet=True), lambda: cfn.pace.TASKS)
        self.apps = [(front(ministack.app.app, served), gate), (control(self), board)]
        self.config = Config
        self.ending = asyncio.Event()

    async def run(self, ready):
        """Serves until `ending` is set; calls `ready` once everything answers."""
        from hypercorn.asyncio import serve

        tasks = []
        for app, listener in self.apps:
            config = self.config()
            config.bind = [f"fd://{listener.fileno()}"]
            config.keep_alive_timeout = 75
            config.graceful_timeout = 0.5
            config.shutdown_timeout = 1
            config.accesslog = None
            config.errorlog = None
            config.loglevel = "CRITICAL"
            tasks.append(asyncio.create_task(serve(app, config, shutdown_trigger=self.ending.wait)))
        starting = asyncio.create_task(self.answers())
        await asyncio.wait([starting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            ready()
        ticking = asyncio.create_task(self.tick())
        await asyncio.gather(*tasks)
        ticking.cancel()

    async def tick(self):
        """What happens by itself as time passes."""
        while True:
            await asyncio.sleep(0.1)
            try:
                self.doubles.settle()
                self.instances.settle(self.cfn.types_ec2.switched_off)
                await self.schedules.due()
            except Exception:  # what goes wrong at one moment must not stop time
                traceback.print_exc()

    async def answers(self):
        """Waits until both listeners answer."""
        for listener, path in ((self.gate, "/_ministack/health"), (self.board, "/health")):
            while not await self.ask(listener.getsockname()[1], path):
                await asyncio.sleep(0.02)
        await self.reset()

    @staticmethod
    async def ask(port, path):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n".encode())
            line = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            return b" 200" in line
        except (OSError, asyncio.TimeoutError):
            return False

    async def reset(self):
        """Everything back to empty."""
        await self.cfn.pace.stop()
        STATE.reset()
        self.schedules.reset()
        self.cfn.events.reset()
        self.cfn.stacks.reset()
        # Before what they call is gone.
        self.instances.reset()
        await asyncio.to_thread(self.mappings.stop)
        self.ministack._reset_all_state()
        self.doubles.reset()
        self.streams.reset()
        self.sessions.reset()
        self.mappings.reset()
