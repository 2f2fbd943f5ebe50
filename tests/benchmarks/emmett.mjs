// Appends with Emmett: node emmett.mjs URL CALLERS SECONDS NAME; prints the events a second. Streams of ten events each.
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";

const [url, callers, seconds, name] = process.argv.slice(2);
const store = getPostgreSQLEventStore(url);
const event = { type: "RetirementAnnounced", data: { model: "azure/gpt-4o", pad: "x".repeat(250) }, metadata: {} };

async function rate(prefix, duration) {
  const began = performance.now();
  let done = 0;
  const call = async (caller) => {
    for (let number = 0; performance.now() < began + duration * 1000; number++) {
      const turn = number % 10;
      const expectedStreamVersion = turn === 0 ? "STREAM_DOES_NOT_EXIST" : BigInt(turn);
      await store.appendToStream(`${prefix}-${caller}-${Math.floor(number / 10)}`, [event], { expectedStreamVersion });
      done++;
    }
  };
  await Promise.all(Array.from({ length: Number(callers) }, (_, caller) => call(caller)));
  return (done / (performance.now() - began)) * 1000;
}

await rate(`${name}-warm`, 0.3);
console.log(await rate(name, Number(seconds)));
await store.close();
