"""A worker as one writes it in Python: redis-py, a blocking read, the agent, output and acknowledgement.

worker_loop.py SOCKET INPUT OUTPUT PROGRAM
"""

import json
import subprocess
import sys

import redis


def main():
    socket, source, target, program = sys.argv[1:]
    bus = redis.Redis(unix_socket_path=socket, decode_responses=True)
    try:
        bus.xgroup_create(source, "workers", id="0", mkstream=True)
    except redis.ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
    while True:
        for _, entries in bus.xreadgroup("workers", "python", {source: ">"}, count=1, block=20_000) or []:
            for entry, fields in entries:
                message = json.loads(fields["data"])
                done = subprocess.run([program], input=message["prompt"], capture_output=True, text=True)
                status = "success" if done.returncode == 0 else "failed"
                answer = {"request_id": message["request_id"], "status": status, "text": done.stdout}
                with bus.pipeline(transaction=True) as transaction:
                    transaction.xadd(target, {"data": json.dumps(answer)})
                    transaction.xack(source, "workers", entry)
                    transaction.execute()


main()
