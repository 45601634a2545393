// A real Chromium for the scripts of this folder.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { chromium } = require('playwright-core');

// Takes {chromium, ...} as JSON on standard input (`chromium` is the path of its executable), hands a browser and all
// of it to `test`, and prints what `test` returns as JSON on standard output.
exports.browse = async (test) => {
    const given = JSON.parse(readFileSync(0, 'utf8'));
    // Chromium refuses its own sandbox to root, which CI is.
    const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] });
    try {
        console.log(JSON.stringify(await test(browser, given)));
    } finally {
        await browser.close();
    }
};

// A web site on loopback whose every page is `html`: {origin, close}.
exports.site = (html = '<!doctype html><title>A storefront</title>') =>
    new Promise((resolve) => {
        const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(html));
        server.listen(0, '127.0.0.1', () =>
            resolve({ origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }),
        );
    });
