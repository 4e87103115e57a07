// The official clients, as their users write them, against a provider: clients.mjs BASE-URL
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Mistral } from '@mistralai/mistralai';
import OpenAI, { toFile } from 'openai';

const base = process.argv[2];
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
const openai = new OpenAI({ apiKey: 'sk-openai', baseURL: `${base}/v1` });
const google = (apiKey) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: base, apiVersion: 'v1beta' } });
const anthropic = new Anthropic({ apiKey: 'sk-anthropic', baseURL: base });

async function collect(pages) {
  const all = [];
  for await (const one of pages) {
    all.push(one);
  }
  return all;
}

const chat = (content) => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content }],
  max_tokens: 20,
});

async function openAiInRealtime() {
  const { data, response } = await openai.chat.completions.create(chat('a')).withResponse();
  assert.equal(data.choices[0].finish_reason, 'stop');
  assert.ok(data.choices[0].message.content && data.usage.prompt_tokens > 0 && data.created > 0);
  assert.ok(Number(response.headers.get('x-ratelimit-limit-requests')) > 0);
  // The client asks for base64 by itself.
  const vectors = await openai.embeddings.create({
    model: 'text-embedding-3-small',
    input: ['a', 'b'],
  });
  assert.deepEqual(vectors.data.map((one) => one.index), [0, 1]);
  assert.equal(typeof vectors.data[1].embedding[0], 'number');
  await assert.rejects(
    new OpenAI({ apiKey: 'bad', baseURL: `${base}/v1` }).chat.completions.create(chat('a')),
    OpenAI.AuthenticationError,
  );
  await assert.rejects(
    openai.chat.completions.create({ ...chat('a'), model: 'unknown' }),
    OpenAI.NotFoundError,
  );
}

const question = (input) => ({ model: 'gpt-5-mini', input, max_output_tokens: 50, store: false });

async function responsesInRealtime() {
  const response = await openai.responses.create({
    ...question('a'),
    instructions: 'Answer.',
    reasoning: { effort: 'low' },
  });
  assert.equal(response.status, 'completed');
  assert.deepEqual(response.output.map((item) => item.type), ['reasoning', 'message', 'message']);
  assert.equal(response.output.at(-1).phase, 'final_answer');
  assert.ok(response.output_text.endsWith('Echo: a'));
  assert.ok(response.usage.output_tokens_details.reasoning_tokens > 0);
  assert.equal(response.usage.total_tokens, response.usage.input_tokens + response.usage.output_tokens);
  await assert.rejects(
    openai.responses.create({ ...question('a'), model: 'unknown' }),
    OpenAI.NotFoundError,
  );
  await assert.rejects(
    openai.responses.create({ ...question('a'), max_tokens: 5 }),
    OpenAI.BadRequestError,
  );
}

async function openAiInBatches(endpoint, body) {
  const lines = ['x', 'y', 'z'].map((id) =>
    JSON.stringify({ custom_id: id, method: 'POST', url: endpoint, body: body(id) }),
  );
  const file = await openai.files.create({
    file: await toFile(Buffer.from(`${lines.join('\n')}\n`), 'in.jsonl'),
    purpose: 'batch',
  });
  assert.equal((await openai.files.retrieve(file.id)).filename, 'in.jsonl');
  const asked = { input_file_id: file.id, endpoint, completion_window: '24h' };
  let batch = await openai.batches.create({ ...asked, metadata: { run: 'one' } });
  assert.equal(batch.metadata.run, 'one');
  const other = await openai.batches.create(asked);
  assert.match((await openai.batches.cancel(other.id)).status, /^cancel/);
  while (!['completed', 'failed'].includes(batch.status)) {
    await pause();
    batch = await openai.batches.retrieve(batch.id);
  }
  assert.deepEqual(batch.request_counts, { total: 3, completed: 3, failed: 0 });
  const text = await (await openai.files.content(batch.output_file_id)).text();
  const answered = text.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(answered.map((line) => line.custom_id).sort(), ['x', 'y', 'z']);
  const listed = await collect(openai.batches.list({ limit: 1 }));
  assert.deepEqual(listed.slice(0, 2).map((one) => one.id), [other.id, batch.id]);
  assert.deepEqual((await collect(openai.files.list())).map((one) => one.id), [file.id]);
  assert.equal((await openai.files.delete(file.id)).deleted, true);
  return answered.map((line) => line.response.body);
}

const message = (content) => ({
  model: 'claude-haiku-4-5',
  max_tokens: 20,
  messages: [{ role: 'user', content }],
});

async function anthropicInRealtime() {
  const system = [{ type: 'text', text: 'Answer.', cache_control: { type: 'ephemeral' } }];
  const answer = await anthropic.messages.create({ ...message('a'), system });
  assert.equal(answer.stop_reason, 'end_turn');
  assert.equal(answer.content[0].type, 'text');
  await assert.rejects(
    new Anthropic({ apiKey: 'bad', baseURL: base }).messages.create(message('a')),
    Anthropic.AuthenticationError,
  );
}

async function anthropicInBatches() {
  const batches = anthropic.messages.batches;
  const requests = ['x', 'y'].map((id) => ({ custom_id: id, params: message(id) }));
  let batch = await batches.create({ requests });
  const other = await batches.create({ requests });
  assert.equal((await batches.cancel(other.id)).processing_status, 'canceling');
  while (batch.processing_status !== 'ended') {
    await pause();
    batch = await batches.retrieve(batch.id);
  }
  assert.equal(batch.request_counts.succeeded, 2);
  const results = await collect(await batches.results(batch.id));
  assert.deepEqual(results.map((one) => one.custom_id).sort(), ['x', 'y']);
  assert.ok(results.every((one) => one.result.message.content[0].text));
  const listed = await collect(batches.list({ limit: 1 }));
  assert.deepEqual(listed.map((one) => one.id), [other.id, batch.id]);
}

const flash = 'gemini-2.5-flash';

async function geminiInRealtime() {
  const { models } = google('AIza-google');
  const answer = await models.generateContent({
    model: flash,
    contents: 'a',
    config: { systemInstruction: 'Answer.', maxOutputTokens: 20 },
  });
  assert.equal(answer.text, 'Echo: a');
  assert.equal(answer.candidates[0].finishReason, 'STOP');
  assert.ok(answer.usageMetadata.promptTokenCount > 0);
  const { embeddings } = await models.embedContent({
    model: 'gemini-embedding-001',
    contents: ['a', 'b'],
    config: { outputDimensionality: 8 },
  });
  assert.deepEqual(embeddings.map((one) => one.values.length), [8, 8]);
  const asked = (model) => ({ model, contents: 'a' });
  await assert.rejects(google('bad').models.generateContent(asked(flash)), { status: 400 });
  await assert.rejects(models.generateContent(asked('unknown')), { status: 404 });
}

async function geminiInBatches() {
  const { batches, files } = google('AIza-google');
  const question = (text) => ({ contents: [{ role: 'user', parts: [{ text }] }] });
  const ended = async ({ name }) => {
    for (;;) {
      const batch = await batches.get({ name });
      if (batch.state === 'JOB_STATE_SUCCEEDED') {
        return batch;
      }
      await pause();
    }
  };
  const inline = await batches.create({
    model: flash,
    src: [question('x'), question('y')],
    config: { displayName: 'one' },
  });
  const lines = ['x', 'y', 'z'].map((key) => JSON.stringify({ key, request: question(key) }));
  const file = await files.upload({
    file: new Blob([`${lines.join('\n')}\n`]),
    config: { mimeType: 'application/jsonl' },
  });
  const byFile = await batches.create({ model: flash, src: file.name });
  const other = await batches.create({ model: flash, src: file.name });
  await batches.cancel({ name: other.name });
  assert.deepEqual(
    (await ended(inline)).dest.inlinedResponses.map((one) => one.response.candidates.length),
    [1, 1],
  );
  assert.match((await ended(byFile)).dest.fileName, /^files\//);
  const listed = await collect(await batches.list({ config: { pageSize: 2 } }));
  assert.deepEqual(listed.map((one) => one.name), [other.name, byFile.name, inline.name]);
  assert.equal(listed[2].displayName, 'one');
}

const mistral = (apiKey) => new Mistral({ apiKey, serverURL: `${base}/mistral` });

async function mistralInRealtime() {
  const client = mistral('mistral-key');
  const ask = (model, maxTokens) =>
    client.chat.complete({ model, maxTokens, messages: [{ role: 'user', content: 'a' }] });
  const answer = await ask('mistral-large-latest', 20);
  assert.equal(answer.choices[0].message.content, 'Echo: a');
  assert.equal(answer.choices[0].finishReason, 'stop');
  assert.ok(answer.usage.promptTokens > 0);
  const chunks = (await ask('magistral-small-latest', 50)).choices[0].message.content;
  assert.deepEqual(chunks.map((chunk) => chunk.type), ['thinking', 'text']);
  const { data } = await client.embeddings.create({ model: 'mistral-embed', inputs: ['a', 'b'] });
  assert.deepEqual(data.map((one) => one.index), [0, 1]);
  await assert.rejects(
    mistral('bad').chat.complete({ model: 'm', messages: [{ role: 'user', content: 'a' }] }),
    { statusCode: 401 },
  );
  await assert.rejects(ask('unknown', 20), { statusCode: 400 });
}

async function mistralInBatches() {
  const { files, batch } = mistral('mistral-key');
  const lines = ['x', 'y', 'z'].map((id) =>
    JSON.stringify({
      custom_id: id,
      body: { max_tokens: 20, messages: [{ role: 'user', content: id }] },
    }),
  );
  const file = await files.upload({
    file: new File([`${lines.join('\n')}\n`], 'in.jsonl'),
    purpose: 'batch',
  });
  const asked = {
    inputFiles: [file.id],
    model: 'mistral-large-latest',
    endpoint: '/v1/chat/completions',
  };
  let job = await batch.jobs.create({ ...asked, metadata: { run: 'one' }, timeoutHours: 24 });
  assert.equal(job.metadata.run, 'one');
  const other = await batch.jobs.create(asked);
  assert.match((await batch.jobs.cancel({ jobId: other.id })).status, /^CANCEL/);
  while (!['SUCCESS', 'FAILED'].includes(job.status)) {
    await pause();
    job = await batch.jobs.get({ jobId: job.id });
  }
  assert.deepEqual([job.totalRequests, job.succeededRequests, job.failedRequests], [3, 3, 0]);
  const text = await new Response(await files.download({ fileId: job.outputFile })).text();
  const ids = text.trim().split('\n').map((line) => JSON.parse(line).custom_id);
  assert.deepEqual(ids.sort(), ['x', 'y', 'z']);
  const listed = await batch.jobs.list({ pageSize: 1, createdAfter: new Date(Date.now() - 60_000) });
  assert.deepEqual([listed.total, listed.data[0].id], [2, other.id]);
  assert.equal((await files.delete({ fileId: file.id })).deleted, true);
}

await openAiInRealtime();
await responsesInRealtime();
await openAiInBatches('/v1/chat/completions', chat);
for (const response of await openAiInBatches('/v1/responses', question)) {
  assert.equal(response.object, 'response');
}
await anthropicInRealtime();
await anthropicInBatches();
await geminiInRealtime();
await geminiInBatches();
await mistralInRealtime();
await mistralInBatches();
