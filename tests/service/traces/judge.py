"""Reads OTLP requests, one JSON document a line, by the published protobuf definitions, and prints their spans as JSON.

An unknown field or a value of another type is an error. The protocol writes ids as hexadecimal digits where protobuf's own
JSON has base64, so the digits are what the parser's bytes encode.
"""

import base64
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def digits(field):
    return base64.b64encode(field).decode()


spans = []
for line in sys.stdin:
    request = json_format.Parse(line, ExportTraceServiceRequest())
    for of_resource in request.resource_spans:
        service = {one.key: one.value.string_value for one in of_resource.resource.attributes}["service.name"]
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                spans.append({"service": service, "trace": digits(span.trace_id), "id": digits(span.span_id),
                              "parent": digits(span.parent_span_id), "name": span.name, "status": span.status.code,
                              "begins": span.start_time_unix_nano, "ends": span.end_time_unix_nano,
                              "attributes": {one.key: one.value.string_value for one in span.attributes}})
json.dump(spans, sys.stdout)
