// Elastic Path's own SDK, unmodified, driven from outside: one request per line of standard input, one answer per line of
// standard output, both JSON.
//   {open: options}        opens a gateway, which keeps its token in memory
//   {keep: [key, value]}   puts something into that memory, as an earlier run might have
//   {steps: [[name, ...]]} goes from the gateway from name to name and calls what is a function, as in
//                          [["Orders"], ["With", "items"], ["Get", id]]
// An answer is {good: value}, or {bad: value} where the SDK rejects.
const { gateway, MemoryStorageFactory } = require('@elasticpath/js-sdk');
const { createInterface } = require('node:readline');

// Where the SDK tells what it does, which is not an answer.
console.info = console.warn = console.error;

let storage;
let opened;

const take = async ({ open, keep, steps }) => {
    if (open) {
        storage = new MemoryStorageFactory();
        opened = gateway({ ...open, storage });
        return true;
    }
    if (keep) return storage.set(...keep) && true;
    let reached = opened;
    for (const [name, ...args] of steps) {
        const found = reached[name];
        reached = typeof found === 'function' ? found.apply(reached, args) : found;
    }
    return await reached;
};

const drive = async () => {
    for await (const line of createInterface({ input: process.stdin })) {
        const answer = await take(JSON.parse(line)).then(
            (good) => ({ good }),
            (bad) => ({ bad: bad instanceof Error ? String(bad) : bad }),
        );
        console.log(JSON.stringify(answer));
    }
};
drive();
