"""GitHub's published description, cut: what a request and an answer must look like.

Every check returns the violations as texts; empty means that all is as described."""

import json
import pathlib
import re
import urllib.parse

import jsonschema
import referencing
import referencing.jsonschema

# Parameters that may have slashes in them (`x-multi-segment` in the source).
SEVERAL_SEGMENTS = {("/contents/", "path"), ("/git/ref/", "ref"), ("/git/refs/", "ref")}
# Statuses that a server may answer for any operation, and that the description mostly leaves out;
# older servers answer 400 to a member that they do not know.
EVERYWHERE = {"301", "400", "304", "401", "403", "404", "409", "429", "500", "502", "503"}

SELF = "urn:github"


def component(name):
    return {"$ref": f"{SELF}#/components/schemas/{name}"}


def pattern_of(template):
    pattern = ""
    for literal, name in re.findall(r"([^{]*)(?:\{([^}]+)\})?", template):
        pattern += re.escape(literal)
        if name:
            several = any(literal.endswith(before) and name == which for before, which in SEVERAL_SEGMENTS)
            pattern += f"(?P<{name}>.+)" if several else f"(?P<{name}>[^/]+)"
    return re.compile(pattern + "$")


class Operation:
    def __init__(self, description, template, method, values):
        self.description, self.template, self.method = description, template, method
        self.entry = description.document["paths"][template][method]
        self.values = values

    def parameters(self):
        return [self.description.resolved(one) for one in self.entry.get("parameters", [])]

    def request_violations(self, query, body):
        violations = []
        known = {one["name"]: one for one in self.parameters() if one["in"] == "query"}
        for name, value in query.items():
            if name not in known:
                violations.append(f"the query has {name}, which is not described")
                continue
            schema = self.description.resolved(known[name]["schema"])
            if schema.get("type") == "integer":
                value = int(value) if re.fullmatch(r"-?\d+", value) else value
            violations += self.description.violations(known[name]["schema"], value, f"query.{name}")
        content = self.entry.get("requestBody")
        if content is None:
            return violations + (["a body where none is described"] if body else [])
        if body is None:
            return violations + (["no body"] if content.get("required") else [])
        schema = content["content"]["application/json"]["schema"]
        violations += self.description.violations(schema, body, "body")
        described = self.description.resolved(schema).get("properties")
        if described is not None and isinstance(body, dict):
            violations += [f"body.{name} is not described" for name in body if name not in described]
        return violations

    def schema_of(self, status):
        answer = self.entry["responses"].get(str(status))
        if answer is None:
            return None
        content = self.description.resolved(answer).get("content", {})
        return content.get("application/json", {}).get("schema")

    def answer_violations(self, status, body):
        if str(status) not in self.entry["responses"]:
            if str(status) not in EVERYWHERE and status != 422:
                return [f"the answer {status} is not described"]
            return self.description.violations(component("basic-error"), body, "answer") if body else []
        schema = self.schema_of(status)
        if schema is None:
            return []
        return self.description.violations(schema, body, "answer")


class Description:
    def __init__(self):
        path = pathlib.Path(__file__).with_name("openapi.json")
        self.document = json.loads(path.read_text().replace('"$ref":"#/', f'"$ref":"{SELF}#/'))
        resource = referencing.Resource(contents=self.document, specification=referencing.jsonschema.DRAFT4)
        self.registry = referencing.Registry().with_resource(SELF, resource)
        self.patterns = [(pattern_of(template), template) for template in self.document["paths"]]

    def find(self, method, path):
        """The operation of a request, with its path's parameters decoded; None: not described."""
        fits = [(found, template) for pattern, template in self.patterns if (found := pattern.match(path))
                and method.lower() in self.document["paths"][template]]
        if not fits:
            return None
        found, template = min(fits, key=lambda fit: len(fit[0].groupdict()))
        values = {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}
        return Operation(self, template, method.lower(), values)

    def resolved(self, schema):
        while isinstance(schema, dict) and "$ref" in schema:
            at = self.document
            for part in schema["$ref"].partition("#/")[2].split("/"):
                at = at[part]
            schema = at
        return schema

    def violations(self, schema, value, where):
        checker = jsonschema.Draft4Validator(schema, registry=self.registry)
        return [f"{where}{''.join(f'[{part!r}]' for part in error.absolute_path)}: {error.message[:200]}"
                for error in checker.iter_errors(value)]

    def sample(self, schema, depth=0):
        """The smallest value that the schema takes, near enough: what must be there, and no more."""
        schema = self.resolved(schema)
        if "enum" in schema:
            return schema["enum"][0]
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                if {"type": "null"} in schema[key] or depth > 6:
                    return None
                if key != "allOf":
                    return self.sample(schema[key][0], depth)
                merged = {}
                for one in schema[key]:
                    merged.update(self.sample(one, depth))
                return merged
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            return None
        if kind == "object":
            properties = schema.get("properties", {})
            return {name: self.sample(properties.get(name, {"type": "string"}), depth + 1)
                    for name in schema.get("required", [])}
        if kind == "array":
            return [self.sample(schema["items"], depth + 1)] * schema.get("minItems", 0)
        if kind == "string":
            return {"date-time": "2026-01-01T00:00:00Z", "uri": "https://github.example/x",
                    "email": "nobody@github.example"}.get(schema.get("format"), "text")
        return {"integer": 1, "number": 1, "boolean": False}[kind]

    def filled(self, name, values):
        """A component's sample with these values in it."""
        sample = self.sample(component(name))
        sample.update(values)
        return sample
