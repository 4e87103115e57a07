// Passes requests on, and keeps them, one in a line of JSON: recorder.mjs BASE-URL FILE PORT-FILE
import fs from 'node:fs';
import http from 'node:http';

const [, , target, file, portFile] = process.argv;
const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const { method, url, headers } = request;
  fs.appendFileSync(file, `${JSON.stringify({ method, url, headers, body: body.toString() })}\n`);
  const { host, connection, 'content-length': length, ...others } = headers;
  const answer = await fetch(target + url, {
    method,
    headers: { ...others, 'accept-encoding': 'identity' },
    body: body.length === 0 ? undefined : body,
  });
  const text = Buffer.from(await answer.arrayBuffer());
  const shown = Object.fromEntries(answer.headers);
  delete shown['transfer-encoding'];
  response.writeHead(answer.status, { ...shown, 'content-length': text.length });
  response.end(text);
});
server.listen(0, 'localhost', () => fs.writeFileSync(portFile, String(server.address().port)));
