// A real Chromium for the scripts of this folder.
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const axe = require('axe-core');
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

// Runs in a storefront's page: the payment page in a frame, all messages that come from it in `messages`, and `ask`, a
// way to ask it for something.
exports.embed = function (url) {
    window.messages = [];
    addEventListener('message', ({ origin, data }) => window.messages.push({ origin, ...data }));
    document.body.innerHTML = '<iframe id="PIGI" style="width: 100%; height: 600px"></iframe>';
    const frame = document.getElementById('PIGI');
    window.ask = (actionType, payload) =>
        new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`no answer to ${actionType}`)), 20000);
            addEventListener('message', function listen({ data }) {
                if (data.responseType !== actionType) return;
                clearTimeout(timer);
                removeEventListener('message', listen);
                resolve(data.payload);
            });
            frame.contentWindow.postMessage({ actionType, payload }, '*');
        });
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    frame.src = url;
    return loaded;
};

// Runs in a storefront's page: processes the order.
exports.processOrder = async function ({ api, token }) {
    const headers = { Authorization: `Bearer ${token}`, 'Idempotency-Key': crypto.randomUUID() };
    const answer = await fetch(`${api}/process_order`, { method: 'POST', headers });
    return { status: answer.status, body: await answer.json() };
};

// What axe-core finds of serious faults in a page and the frames in it, each as one line.
exports.faults = async (page) => {
    const found = [];
    for (const frame of page.frames().filter((one) => one.url().startsWith('http'))) {
        await frame.evaluate(axe.source);
        const { violations } = await frame.evaluate(() => window.axe.run(document, { iframes: false }));
        for (const { id, impact, nodes } of violations) {
            if (['serious', 'critical'].includes(impact)) found.push(`${id}: ${nodes.map((one) => one.target).join(' ')}`);
        }
    }
    return found;
};

// Types a card into the fields of what stands in for Stripe.
exports.typeCard = async (fields, number) => {
    for (const [id, value] of [['number', number], ['expiry', '12 / 34'], ['code', '123']]) {
        await fields.locator(`#${id}`).fill(value);
    }
};
