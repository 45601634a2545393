// Bold's own browser library, unmodified, driven from outside: one request per line of standard input, one answer per
// line of standard output, both JSON.
//   {call: name, args}   calls what the library exports under this name
//   {row: name, body}    sends a row of its `apiTypes` by its own means, and checks the answer's keys as it does
//   {read: name}         a value that it exports
//   {sends: true}        the names of all functions that send a request
const bold = require('@boldcommerce/checkout-frontend-library');
const { createInterface } = require('node:readline');

const SENDING = /\bfetchAPI\)?\(/;

const answer = async ({ call, args, row, body, read, sends }) => {
    if (call) return bold[call](...args);
    if (read) return bold[read];
    if (sends) return Object.keys(bold).filter((name) => name !== 'fetchAPI' && SENDING.test(String(bold[name])));
    const sent = await bold.fetchAPI(bold.getApiUrl(row), bold.getApiOptions(row, body));
    const { keysToTest } = bold.apiTypes[row];
    return keysToTest ? bold.checkApiResponse(sent, keysToTest) : sent;
};

const drive = async () => {
    for await (const line of createInterface({ input: process.stdin })) {
        console.log(JSON.stringify((await answer(JSON.parse(line))) ?? null));
    }
};
drive();
