// One official MCP client of the given mode stores notes through a server and looks some of them up again.
// Usage: node clients.mjs MODE NODE_MODULES JOB.json COMMAND...
// MODE: sdk (the first generation), legacy, auto, 2026-07-28 (the second one, by how it negotiates).
// JOB.json: {notes: [text], questions: [{q, note}]}, note being an index into notes. Prints a report as JSON.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [mode, modules, job, command, ...args] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { notes, questions } = JSON.parse(readFileSync(job, "utf8"));
const IN_FLIGHT = 64;

function makeClient() {
  const about = { name: `mayla-tests-${mode}`, version: "1" };
  const server = { command, args, env: process.env, cwd: process.cwd() };
  if (mode === "sdk") {
    const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
    return [new Client(about), new StdioClientTransport(server)];
  }
  const { Client } = require("@modelcontextprotocol/client");
  const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");
  const negotiation = { mode: mode === "legacy" || mode === "auto" ? mode : { pin: mode } };
  return [new Client(about, { versionNegotiation: negotiation }), new StdioClientTransport(server)];
}

async function inFlight(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return results;
}

const [client, transport] = makeClient();
const text = (result) => result.content.map((part) => part.text).join("\n");
const call = (name, args) => client.callTool({ name, arguments: args }, undefined, { timeout: 120000 });
const report = { stored: 0, failed: [], missing: [], tools: [] };

await client.connect(transport);
report.tools = (await client.listTools()).tools.map((tool) => tool.name);
report.era = mode === "sdk" ? "legacy" : client.getProtocolEra();
report.server = client.getServerVersion()?.name;
const ids = await inFlight(notes, async (note) => {
  const result = await call("remember", { text: note, kind: "note", tags: [mode] });
  const id = /#\d+/.exec(text(result))?.[0];
  if (result.isError || !id) report.failed.push(text(result).slice(0, 300));
  else report.stored += 1;
  return id;
});
await inFlight(questions, async ({ q, note }) => {
  const result = await call("recall", { q, limit: 20, budget: 5000 });
  const found = result.isError ? [] : text(result).match(/#\d+/g) ?? [];
  if (!found.includes(ids[note])) report.missing.push({ q, expected: ids[note], answer: text(result).slice(0, 600) });
});
await client.close();
console.log(JSON.stringify(report));
