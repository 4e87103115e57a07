// Recorded requests as literals of the clients' types: typed.mjs RECORDED REQUESTS.ts
import assert from 'node:assert/strict';
import fs from 'node:fs';

const [, , recorded, out] = process.argv;
const OPENAI = {
  'POST /v1/chat/completions': 'OpenAI.ChatCompletionCreateParamsNonStreaming',
  'POST /v1/responses': 'OpenAI.Responses.ResponseCreateParamsNonStreaming',
  'POST /v1/embeddings': 'OpenAI.EmbeddingCreateParams',
  'POST /v1/batches': 'OpenAI.BatchCreateParams',
};
const ANTHROPIC = {
  'POST /v1/messages': 'Anthropic.MessageCreateParamsNonStreaming',
  'POST /v1/messages/batches': 'Anthropic.Messages.BatchCreateParams',
};
const BEDROCK = {
  'POST /model/ID/converse': "Omit<ConverseCommandInput, 'modelId'>",
};
// In Mistral's types what its client fills in is required.
const MISTRAL = {
  'POST /mistral/v1/chat/completions': "Omit<ChatCompletionRequest$Outbound, 'stream'>",
  'POST /mistral/v1/batch/jobs': 'CreateBatchJobRequest$Outbound',
};
// Those without a body of JSON: their query alone has a type.
const QUERIES = {
  'POST /v1/files': null,
  'GET /v1/files/ID': null,
  'GET /v1/files/ID/content': null,
  'DELETE /v1/files/ID': null,
  'GET /v1/batches': 'OpenAI.BatchListParams',
  'GET /v1/batches/ID': null,
  'POST /mistral/v1/files': null,
  'GET /mistral/v1/files/ID': null,
  'GET /mistral/v1/files/ID/content': null,
  'DELETE /mistral/v1/files/ID': null,
  'GET /mistral/v1/batch/jobs/ID': null,
  'GET /v1/messages/batches': 'Anthropic.Messages.BatchListParams',
  'GET /v1/messages/batches/ID': null,
  'GET /v1/messages/batches/ID/results': null,
};

const literals = [];
const seen = new Set();
const add = (type, value) => literals.push(`[${JSON.stringify(value)}] satisfies ${type}[];`);

/** The file of a batch: each line is a request of the endpoint that it names. */
function lines(form, mistral) {
  assert.match(form.headers['content-type'], /^multipart\/form-data; boundary=/);
  assert.match(form.body, /name="purpose"\r\n\r\nbatch\r\n/);
  assert.match(form.body, /name="file"; filename="[^"]+\.jsonl"/);
  const text = form.body.split('\r\n\r\n').at(-1).split('\r\n--')[0];
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const { custom_id, method, url, body, ...others } = JSON.parse(line);
    assert.deepEqual(others, {});
    assert.match(custom_id, /^[A-Za-z0-9_-]{1,64}$/);
    assert.equal(method, mistral ? undefined : 'POST');
    assert.equal(url === undefined, mistral);
    add(mistral ? MISTRAL['POST /mistral/v1/chat/completions'] : OPENAI[`POST ${url}`], body);
  }
}

for (const line of fs.readFileSync(recorded, 'utf8').trim().split('\n')) {
  const request = JSON.parse(line);
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname
    .replace(/\/(file-|batch_|msgbatch_)[^/]+/, '/ID')
    .replace(/^(\/mistral\/v1\/(?:files|batch\/jobs)\/)[^/]+/, '$1ID')
    .replace(/^\/model\/[^/]+/, '/model/ID');
  const operation = `${request.method} ${path}`;
  const first = !seen.has(operation);
  seen.add(operation);
  const anthropic = path.startsWith('/v1/messages');
  assert.equal(request.headers[anthropic ? 'x-api-key' : 'authorization'], anthropic ? 'sk-check' : 'Bearer sk-check');
  assert.equal(request.headers['anthropic-version'], anthropic ? '2023-06-01' : undefined);
  const type = OPENAI[operation] ?? ANTHROPIC[operation] ?? BEDROCK[operation] ?? MISTRAL[operation];
  if (type) {
    assert.match(request.headers['content-type'], /^application\/json\b/);
    add(type, JSON.parse(request.body));
  } else {
    assert.ok(operation in QUERIES, `the providers' descriptions have no ${operation}`);
    if (operation.endsWith('/v1/files') && request.method === 'POST') {
      lines(request, path.startsWith('/mistral'));
    } else {
      assert.equal(request.body, '', `${operation} has a body`);
    }
  }
  const query = Object.fromEntries(url.searchParams);
  if (QUERIES[operation]) {
    add(QUERIES[operation], { ...query, limit: Number(query.limit) });
  } else {
    assert.deepEqual(query, {}, `${operation} has a query`);
  }
}
const all = [OPENAI, ANTHROPIC, BEDROCK, MISTRAL].flatMap(Object.keys);
for (const operation of [...all, 'POST /v1/files', 'POST /mistral/v1/files']) {
  assert.ok(seen.has(operation), `nothing was sent to ${operation}`);
}
fs.writeFileSync(
  out,
  `import OpenAI from 'openai';\nimport Anthropic from '@anthropic-ai/sdk';\n`
    + `import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';\n`
    + `import type {\n  ChatCompletionRequest$Outbound,\n  CreateBatchJobRequest$Outbound,\n} from`
    + ` '@mistralai/mistralai/models/components';\n\n${literals.join('\n')}\n`,
);
