// CoCart's own library, unmodified, driven from outside: one request per line of standard input, one answer per line of
// standard output, both JSON.
//   {version, method, endpoint, args}   calls a method of a client that was opened for `url` (the first argument of this
//                                       script) and this version of the API
// An answer is {status, headers, data}, whether the library resolves or rejects; {bad: text} where nothing was answered.
const CoCartAPI = require('@cocart/cocart-rest-api').default;
const { createInterface } = require('node:readline');

const [url] = process.argv.slice(2);
const shown = ({ status, headers, data }) => ({ status, headers, data });

const drive = async () => {
    for await (const line of createInterface({ input: process.stdin })) {
        const { version, method, endpoint, args } = JSON.parse(line);
        const client = new CoCartAPI({ url, version });
        const answer = await client[method](endpoint, ...args).then(shown, (error) =>
            error.response ? shown(error.response) : { bad: String(error) },
        );
        console.log(JSON.stringify(answer));
    }
};
drive();
