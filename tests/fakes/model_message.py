"""A turn of the script as the Messages API tells it: whole, as a stream, or as an error."""

import json
import uuid

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
PIECE = 48


def content_of(turn):
    blocks = [{"type": "text", "text": turn["text"]}] if turn.get("text") else []
    for tool in turn.get("tools", []):
        blocks.append(
            {
                "type": "tool_use",
                "id": f"toolu_{uuid.uuid4().hex[:20]}",
                "name": tool["name"],
                "input": tool["input"],
            }
        )
    return blocks


def message_of(turn, model, body_size):
    content = content_of(turn)
    usage = {
        "input_tokens": body_size // 4,
        "output_tokens": len(json.dumps(content)) // 4 + 1,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        **turn.get("usage", {}),
    }
    return {
        "id": f"msg_{uuid.uuid4().hex[:20]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if turn.get("tools") else "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }


def events_of(message):
    """The message as the stream tells it: (event, data) pairs."""
    opening = dict(
        message, content=[], stop_reason=None, usage=dict(message["usage"], output_tokens=1)
    )
    yield "message_start", {"message": opening}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            start, text, delta, field = dict(block, text=""), block["text"], "text_delta", "text"
        else:
            start, text = dict(block, input={}), json.dumps(block["input"])
            delta, field = "input_json_delta", "partial_json"
        yield "content_block_start", {"index": index, "content_block": start}
        for position in range(0, len(text), PIECE):
            yield "content_block_delta", {
                "index": index,
                "delta": {"type": delta, field: text[position : position + PIECE]},
            }
        yield "content_block_stop", {"index": index}
    yield "message_delta", {
        "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
        "usage": {"output_tokens": message["usage"]["output_tokens"]},
    }
    yield "message_stop", {}


def error_body(status, message, kind=None):
    return {
        "type": "error",
        "error": {"type": kind or ERROR_TYPES.get(status, "api_error"), "message": message},
    }
