"""The command line client as one writes it in Python: Typer, httpx, redis-py.

client.py engineering start --project ID --spec TEXT     with API_URL, API_TOKEN, REDIS_URL
"""

import datetime
import json
import os
import uuid

import httpx
import redis
import typer

app = typer.Typer()
engineering = typer.Typer()
app.add_typer(engineering, name="engineering")


@app.callback()
def about():
    """What an agent may do."""


@engineering.command()
def start(project: str = typer.Option(...), spec: str = typer.Option(...)):
    request_id = str(uuid.uuid4())
    headers = {"Authorization": "Bearer " + os.environ["API_TOKEN"], "Idempotency-Key": request_id}
    answer = httpx.post(os.environ["API_URL"] + "/api/tasks", headers=headers,
                        json={"project_id": project, "type": "engineering", "spec": spec})
    answer.raise_for_status()
    task = answer.json()
    message = {"version": "1", "correlation_id": str(uuid.uuid4()), "request_id": request_id,
               "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(),
               "task_id": task["id"], "project_id": project, "user_id": "admin"}
    redis.Redis.from_url(os.environ["REDIS_URL"]).xadd("engineering:queue", {"data": json.dumps(message)})
    print(json.dumps({"success": True, "data": task}))


app()
