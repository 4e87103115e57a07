// What Sluice sent to Gemini against what Google's client sends when it is asked for the same: the client
// has no types of the wire. gemini.mjs RECORDER-URL RECORDED, where the recorder keeps what it passes on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { GoogleGenAI } from '@google/genai';

const [, , url, recorded] = process.argv;
const requests = () => fs.readFileSync(recorded, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const sent = requests();
const client = new GoogleGenAI({ apiKey: 'sk-check', httpOptions: { baseUrl: url, apiVersion: 'v1beta' } });
const camel = (name) => name.replace(/_([a-z])/g, (all, letter) => letter.toUpperCase());

/** Everything of ours is in theirs, under the name of one of the two spellings of protocol buffers. */
function within(ours, theirs, at) {
  if (Array.isArray(ours)) {
    assert.ok(Array.isArray(theirs), `${at} is a list`);
    assert.equal(ours.length, theirs.length, `${at}: as many`);
    ours.forEach((one, i) => within(one, theirs[i], `${at}[${i}]`));
  } else if (ours !== null && typeof ours === 'object') {
    for (const [name, value] of Object.entries(ours)) {
      const key = at.endsWith('Schema') || at.endsWith('.properties') ? name : camel(name);
      assert.ok(theirs && key in theirs, `${at}.${key} is not what the client sends: ${JSON.stringify(theirs)}`);
      within(value, theirs[key], `${at}.${key}`);
    }
  } else {
    assert.equal(ours, theirs, at);
  }
}

/** Our first request to such a path, and the one that a call of the client makes. */
async function compare(path, call) {
  const ours = sent.find((request) => path.test(request.url));
  assert.ok(ours, `Sluice sent nothing to ${path}`);
  const body = JSON.parse(ours.body);
  const before = requests().length;
  await call(body);
  const theirs = requests().slice(before).find((request) => path.test(request.url));
  assert.equal(ours.method, theirs.method);
  assert.equal(ours.url, theirs.url);
  assert.equal(ours.headers['x-goog-api-key'], theirs.headers['x-goog-api-key']);
  assert.match(ours.headers['content-type'], /^application\/json\b/);
  within(body, JSON.parse(theirs.body), ours.url);
}

const turns = (contents) => contents.map(({ role, parts }) => ({ role, parts: parts.map(({ text }) => ({ text })) }));
const config = (request) => ({
  systemInstruction: request.system_instruction.parts[0].text,
  maxOutputTokens: request.generation_config.max_output_tokens,
  temperature: request.generation_config.temperature,
  thinkingConfig: { thinkingBudget: 0 },
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
});

await compare(/gemini-2.5-flash:generateContent$/, (body) =>
  client.models.generateContent({
    model: 'gemini-2.5-flash',
    contents: turns(body.contents),
    config: {
      ...config(body),
      responseMimeType: 'application/json',
      responseJsonSchema: body.generation_config.response_json_schema,
    },
  }));
await compare(/gemini-embedding-001:batchEmbedContents$/, (body) =>
  client.models.embedContent({
    model: 'gemini-embedding-001',
    contents: body.requests.map(({ content }) => content.parts[0].text),
    config: { outputDimensionality: 256, taskType: 'CLUSTERING' },
  }));
await compare(/gemini-2.5-flash:batchGenerateContent$/, (body) =>
  client.batches.create({
    model: 'gemini-2.5-flash',
    src: body.batch.input_config.requests.requests.map(({ request, metadata }) => ({
      contents: turns(request.contents),
      metadata,
      config: config(request),
    })),
    config: { displayName: body.batch.display_name },
  }));
