#!/usr/bin/python3
"""cut_openapi.py API.GITHUB.COM.JSON: writes openapi.json beside this file.

The source is generated/api.github.com.json of the npm package @octokit/openapi 23.0.2 (MIT):

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz && cut_openapi.py package/generated/api.github.com.json

Kept are the operations below with every schema that they reach; left out is all that validates
nothing (descriptions, examples, extensions). `nullable` becomes a type of JSON Schema.
"""

import json
import pathlib
import sys

REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = {
    "/app": ["get"],
    "/orgs/{org}/installation": ["get"],
    "/users/{username}/installation": ["get"],
    "/repos/{owner}/{repo}/installation": ["get"],
    "/app/installations/{installation_id}/access_tokens": ["post"],
    "/orgs/{org}/repos": ["get", "post"],
    REPOSITORY: ["get", "delete"],
    REPOSITORY + "/contents/{path}": ["get", "put"],
    REPOSITORY + "/git/ref/{ref}": ["get"],
    REPOSITORY + "/git/refs": ["post"],
    REPOSITORY + "/git/refs/{ref}": ["patch", "delete"],
    REPOSITORY + "/branches/{branch}": ["get"],
    REPOSITORY + "/rules/branches/{branch}": ["get"],
    REPOSITORY + "/commits/{ref}/check-runs": ["get"],
    REPOSITORY + "/commits/{ref}/status": ["get"],
    REPOSITORY + "/pulls": ["get", "post"],
    REPOSITORY + "/pulls/{pull_number}": ["get"],
    REPOSITORY + "/pulls/{pull_number}/merge": ["put"],
    REPOSITORY + "/pulls/{pull_number}/reviews": ["get"],
    REPOSITORY + "/pulls/{pull_number}/comments": ["get"],
    REPOSITORY + "/actions/secrets/public-key": ["get"],
    REPOSITORY + "/actions/secrets/{secret_name}": ["get", "put", "delete"],
    REPOSITORY + "/actions/workflows/{workflow_id}/dispatches": ["post"],
    REPOSITORY + "/actions/workflows/{workflow_id}/runs": ["get"],
    REPOSITORY + "/actions/runs/{run_id}": ["get"],
    REPOSITORY + "/actions/runs/{run_id}/jobs": ["get"],
    REPOSITORY + "/actions/runs/{run_id}/cancel": ["post"],
    REPOSITORY + "/actions/runs/{run_id}/rerun-failed-jobs": ["post"],
    REPOSITORY + "/actions/jobs/{job_id}/logs": ["get"],
}
LEFT_OUT = {"description", "summary", "tags", "operationId", "externalDocs", "examples", "example",
            "headers", "deprecated", "servers", "title", "default", "readOnly"}


def cut(value, names_are_data=False):
    """Without what validates nothing. The keys of `properties` are names, not keywords."""
    if isinstance(value, list):
        return [cut(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        if not names_are_data and (key in LEFT_OUT or key.startswith("x-")):
            continue
        kept[key] = cut(inner, names_are_data=not names_are_data and key in ("properties", "schemas"))
    if names_are_data:
        return kept
    if kept.pop("nullable", False):
        if isinstance(kept.get("type"), str):
            kept["type"] = [kept["type"], "null"]
            if "enum" in kept and None not in kept["enum"]:
                kept["enum"] = kept["enum"] + [None]
        else:
            kept = {"anyOf": [kept, {"type": "null"}]}
    return kept


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def lines_of(result):
    """One line for each path and component, so that a new cut can be compared."""
    def table(entries, inner):
        return "{\n" + ",\n".join(json.dumps(name) + ": " + inner(one) for name, one in entries.items()) + "\n}"

    def line(one):
        return json.dumps(one, separators=(",", ":"))

    kinds = {"paths": lambda one: table(one, line),
             "components": lambda one: table(one, lambda kind: table(kind, line))}
    return "{\n" + ",\n".join(
        json.dumps(key) + ": " + kinds.get(key, line)(one) for key, one in result.items()) + "\n}"


def main():
    source = json.loads(pathlib.Path(sys.argv[1]).read_text())
    paths = {}
    for path, methods in OPERATIONS.items():
        paths[path] = {method: cut(source["paths"][path][method]) for method in methods}
    components = {}
    waiting = list(references(paths))
    while waiting:
        kind, name = waiting.pop().split("/")[-2:]
        if name in components.setdefault(kind, {}):
            continue
        components[kind][name] = cut(source["components"][kind][name])
        waiting.extend(references(components[kind][name]))
    info = {key: source["info"][key] for key in ("title", "version", "license")}
    result = {"openapi": source["openapi"], "info": info, "paths": paths,
              "components": {kind: dict(sorted(all_of.items())) for kind, all_of in sorted(components.items())}}
    target = pathlib.Path(__file__).with_name("openapi.json")
    target.write_text(lines_of(result) + "\n")


main()
