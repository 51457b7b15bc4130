// The official SDK's client talks with `orchestrator mcp`; what it saw is one line of JSON for test_mcp.py to judge.
// Every message is validated by the SDK's own schemas.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const transport = new StdioClientTransport({ command: process.argv[2], args: ["mcp"], env: process.env });
const client = new Client({ name: "orchestrator-tests", version: "1.0.0" });
await client.connect(transport);

const call = async (name, args, options) => client.callTool({ name, arguments: args }, undefined, options);
const { tools } = await client.listTools();
const made = await call("project_create", { name: "by_mcp", no_start: true, request_id: "made-by-mcp" });
const again = await call("project_create", { name: "by_mcp", no_start: true, request_id: "made-by-mcp" });
const listed = await call("project_list", {});
const missing = await call("project_get", { id: "0198c0de-0000-7000-8000-00000000dead" });
const started = await call("engineering_start", { project: made.structuredContent.data.id, spec: "a greeter" });
const progress = [];
const task = started.structuredContent.data.task_id ?? started.structuredContent.data.id;
const waited = await call("engineering_wait", { id: task, timeout: 1 }, { onprogress: (event) => progress.push(event) });
const refusal = await call("project_get", { identifier: "x" }).then(() => null, (error) => ({ code: error.code, message: error.message }));
await client.ping();
const server = client.getServerVersion();
await client.close();
console.log(JSON.stringify({ server, tools, made, again, listed, missing, started, waited, progress, refusal }));
