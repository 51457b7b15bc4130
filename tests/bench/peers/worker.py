"""A worker as one writes it in Python: asyncio, redis-py, pydantic, structlog. It keeps what worker-wrapper promises on the
bus (checked messages, one answer a request, status, lifecycle) and nothing of what it promises beyond: no wall, no journal,
no supervision.

worker.py SOCKET WORKER_ID PROGRAM
"""

import asyncio
import sys
from datetime import datetime, timezone
from typing import Literal

import redis.asyncio
import structlog
from pydantic import BaseModel, Field
from redis.exceptions import ResponseError, WatchError

GROUP, LIFECYCLE, ANSWERED_FOR = "workers", "worker:lifecycle", 86_400


def now():
    return datetime.now(timezone.utc)


class POWorkerInput(BaseModel):
    request_id: str = Field(min_length=1, max_length=256)
    user_id: str = Field(min_length=1, max_length=256)
    prompt: str
    timeout: int = Field(default=1800, ge=1, le=86_400)
    timestamp: datetime = Field(default_factory=now)


class POWorkerOutput(BaseModel):
    request_id: str
    user_id: str
    text: str
    is_final: bool = True
    status: Literal["success", "failed", "error", "timeout"] = "success"
    error: str | None = None
    timestamp: datetime = Field(default_factory=now)


class WorkerLifecycleEvent(BaseModel):
    worker_id: str
    event: Literal["started", "completed", "failed", "stopped"]
    exit_code: int | None = None
    timestamp: datetime = Field(default_factory=now)


def data(message):
    return {"data": message.model_dump_json(exclude_none=True)}


class Worker:
    def __init__(self, bus, worker_id, program):
        self.bus, self.worker_id, self.program = bus, worker_id, program
        self.input, self.output = f"worker:po:{worker_id}:input", f"worker:po:{worker_id}:output"
        self.log = structlog.get_logger().bind(worker_id=worker_id)

    def status(self, **fields):
        return {"mapping": {"status": "RUNNING", "worker_type": "po", "updated_at": now().isoformat(), **fields}}

    async def run(self):
        await self.bus.hset(f"worker:status:{self.worker_id}", **self.status(started_at=now().isoformat()))
        await self.bus.xadd(LIFECYCLE, data(WorkerLifecycleEvent(worker_id=self.worker_id, event="started")))
        try:
            await self.bus.xgroup_create(self.input, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        while True:
            read = await self.bus.xreadgroup(GROUP, self.worker_id, {self.input: ">"}, count=1, block=20_000)
            for _, entries in read or []:
                for entry, fields in entries:
                    await self.answer(entry, POWorkerInput.model_validate_json(fields["data"]))

    async def answer(self, entry, message):
        if await self.bus.exists(f"worker:answered:{message.request_id}"):
            await self.bus.xack(self.input, GROUP, entry)
            return
        await self.bus.hset(f"worker:status:{self.worker_id}", **self.status(request_id=message.request_id))
        self.log.info("the agent begins", request_id=message.request_id)
        begun = now()
        output, event = await self.run_agent(message)
        self.log.info("the agent ended", request_id=message.request_id, status=output.status,
                      duration_ms=int((now() - begun).total_seconds() * 1000))
        await self.publish(entry, output, event)

    async def run_agent(self, message):
        pipe = asyncio.subprocess.PIPE
        agent = await asyncio.create_subprocess_exec(self.program, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            text, errors = await asyncio.wait_for(agent.communicate(message.prompt.encode()), message.timeout)
        except TimeoutError:
            agent.kill()
            await agent.wait()
            text, errors = b"", b"the agent did not finish in time"
        failed = agent.returncode != 0
        return (POWorkerOutput(request_id=message.request_id, user_id=message.user_id, text=text.decode(errors="replace"),
                               status="failed" if failed else "success",
                               error=errors.decode(errors="replace") if failed else None),
                WorkerLifecycleEvent(worker_id=self.worker_id, event="failed" if failed else "completed",
                                     exit_code=agent.returncode))

    async def publish(self, entry, output, event):
        answered = f"worker:answered:{output.request_id}"
        async with self.bus.pipeline(transaction=True) as publishing:
            while True:
                try:
                    await publishing.watch(answered)
                    told = await publishing.exists(answered)
                    publishing.multi()
                    if not told:
                        publishing.xadd(self.output, data(output))
                        publishing.xadd(LIFECYCLE, data(event))
                        publishing.set(answered, "1", ex=ANSWERED_FOR)
                    publishing.hset(f"worker:status:{self.worker_id}", **self.status())
                    publishing.xack(self.input, GROUP, entry)
                    await publishing.execute()
                    return
                except WatchError:
                    continue


async def main():
    structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
                                    structlog.processors.JSONRenderer()],
                        logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    socket, worker_id, program = sys.argv[1:]
    bus = redis.asyncio.Redis(unix_socket_path=socket, decode_responses=True)
    await Worker(bus, worker_id, program).run()


asyncio.run(main())
