"""The Responses API in terms of the Messages API: what codex asks, and a turn as it is told."""

import json
import re
import uuid

TOOL_CALLS = {"function_call", "custom_tool_call"}
TOOL_OUTPUTS = {"function_call_output", "custom_tool_call_output"}
# A tool of an MCP server as codex names it: the server's name is its namespace.
MCP_TOOL = re.compile(r"(mcp__.+?)__(.+)")
PARTS = {"input_text", "output_text", "text"}


def named(tool):
    parts = MCP_TOOL.fullmatch(tool)
    return {"namespace": parts[1], "name": parts[2]} if parts else {"name": tool}


def text_of(content):
    if isinstance(content, str):
        return content
    return "\n".join(
        part.get("text", "") for part in content or [] if part.get("type") in PARTS
    )


def is_frame(text):
    """Codex tells instructions and surroundings as messages of the user."""
    start = text.lstrip()
    return start.startswith("<") or start.startswith("# AGENTS.md instructions")


def as_message(item):
    """One item of the conversation as a Messages message; None for what is none."""
    kind = item.get("type", "message")
    if kind == "message":
        text = {"type": "text", "text": text_of(item.get("content"))}
        return {"role": item["role"], "content": [text]}
    if kind in TOOL_CALLS:
        return {"role": "assistant", "content": [{"type": "tool_use"}]}
    if kind in TOOL_OUTPUTS:
        output = {"type": "tool_result", "content": text_of(item.get("output", ""))}
        return {"role": "user", "content": [output]}
    return None


def as_messages(request):
    """The request as a Messages request, so that one reading of a conversation serves both."""
    messages = []
    system = [request.get("instructions") or ""]
    for item in request.get("input", []):
        message = as_message(item)
        if message is None:
            continue
        text = message["content"][0].get("text", "")
        if message["role"] in ("system", "developer") or (
            message["role"] == "user" and is_frame(text)
        ):
            system.append(text)
        elif messages and message["role"] == messages[-1]["role"] == "assistant":
            messages[-1]["content"] += message["content"]
        else:
            messages.append(message)
    return {"model": request.get("model", ""), "system": "\n".join(system), "messages": messages}


def response_events(message):
    """A Messages message as the Responses stream tells it: (event, data) pairs."""
    identity = f"resp_{uuid.uuid4().hex[:20]}"
    yield "response.created", {"response": {"id": identity}}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            item = {
                "type": "message",
                "id": f"msg_{uuid.uuid4().hex[:20]}",
                "role": "assistant",
                "content": [{"type": "output_text", "text": block["text"]}],
            }
        else:
            item = {
                "type": "function_call",
                "id": f"fc_{uuid.uuid4().hex[:20]}",
                "call_id": f"call_{uuid.uuid4().hex[:20]}",
                **named(block["name"]),
                "arguments": json.dumps(block["input"]),
            }
        yield "response.output_item.done", {"output_index": index, "item": item}
    used = message["usage"]
    yield "response.completed", {
        "response": {
            "id": identity,
            "usage": {
                "input_tokens": used["input_tokens"],
                "output_tokens": used["output_tokens"],
                "total_tokens": used["input_tokens"] + used["output_tokens"],
            },
        }
    }
