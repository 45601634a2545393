// A storefront that embeds the payment page, in a real browser. What it is given: {url, code, storefront, stranger}.
const { browse, embed } = require('./browser.cjs');

// Runs in the storefront's page: another frame of it, an advertisement perhaps, asks in its place. What came back before
// the storefront's own next answer did.
async function meddle(action) {
    const before = window.messages.length;
    const other = document.createElement('iframe');
    other.srcdoc = `<script>parent.frames[0].postMessage({ actionType: '${action}' }, '*')</script>`;
    document.body.append(other);
    await new Promise((resolve) => (other.onload = resolve));
    await window.ask('PIGI_UPDATE_LANGUAGE', { language: 'en' });
    other.remove();
    return window.messages.slice(before).map((message) => message.responseType);
}

browse(async (browser, { url, code, storefront, stranger }) => {
    const page = await browser.newPage();
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const requests = [];
    page.on('request', (request) => requests.push({ url: request.url(), referrer: request.headers().referer ?? '' }));

    await page.goto(storefront);
    await page.evaluate(embed, url);
    const ask = (action, payload) => page.evaluate(([name, more]) => window.ask(name, more), [action, payload]);
    const frame = page.frames()[1];
    const shown = (selector, property) =>
        frame.locator(selector).evaluate((element, name) => getComputedStyle(element)[name], property);
    const text = (selector) => frame.locator(selector).innerText();
    const look = async () => ({
        due: await text('#due'),
        color: await shown('#due', 'color'),
        padding: await shown('.payment', 'paddingTop'),
        legend: await text('legend'),
        error: await text('#error'),
        done: await text('#done'),
    });

    const first = await look();
    const answers = {};
    const media = { conditionText: await page.evaluate(() => matchMedia('(min-width:100px)').media), matches: true };
    answers.media = await ask('PIGI_UPDATE_MEDIA_MATCH', media);
    const wide = await look();
    answers.narrow = await ask('PIGI_UPDATE_MEDIA_MATCH', { ...media, matches: false });
    const narrow = await look();
    answers.unknown = await ask('PIGI_UPDATE_MEDIA_MATCH', { conditionText: '(min-width: 1px)', matches: true });

    answers.language = await ask('PIGI_UPDATE_LANGUAGE', { language: 'fr-CA' });
    const french = await look();
    await ask('PIGI_UPDATE_LANGUAGE', { language: 'tlh' });

    answers.error = await ask('PIGI_DISPLAY_ERROR_MESSAGE', { error: { message: '<b>No.</b>', sub_type: 'payment' } });
    const failed = await look();
    answers.clear = await ask('PIGI_CLEAR_ERROR_MESSAGES');
    const cleared = await look();

    const meddled = await page.evaluate(meddle, 'PIGI_CLEAR_ERROR_MESSAGES');
    answers.select = await ask('PIGI_SELECT_PAYMENT_METHOD', { index: 1 });
    answers.declined = await ask('PIGI_ADD_PAYMENT');
    await frame.getByLabel('Approved', { exact: false }).first().check();
    const heights = await page.evaluate(() => window.messages.length);
    await frame.getByText('When the gateway misbehaves').click();
    await page.waitForFunction((count) => window.messages.length > count, heights);
    answers.twice = await page.evaluate(() =>
        Promise.all([window.ask('PIGI_ADD_PAYMENT'), window.ask('PIGI_ADD_PAYMENT')]),
    );
    const paid = await look();

    // A gift card takes its part of what was paid; the rest is paid again.
    const told = (count) => page.waitForFunction(
        (wanted) => window.messages.filter((one) => one.responseType === 'PIGI_PAYMENT_ADDED').length === wanted,
        count,
    );
    await frame.getByText('Use a gift card').click();
    await frame.getByLabel('Gift card code').fill('NO-SUCH-GIFT-CARD');
    await frame.getByRole('button', { name: 'Use', exact: true }).click();
    await frame.locator('#error:not([hidden])').waitFor();
    const unknown_gift = await look();
    await frame.getByLabel('Gift card code').fill(code.toLowerCase());
    await frame.getByLabel('Gift card code').press('Enter');
    await told(1);
    const gift = await look();
    await frame.getByRole('button', { name: 'Remove' }).click();
    await told(2);
    const no_gift = await look();
    await frame.getByLabel('Gift card code').fill(code);
    await frame.getByRole('button', { name: 'Use', exact: true }).click();
    await told(3);
    answers.rest = await ask('PIGI_ADD_PAYMENT');

    answers.refresh = await ask('PIGI_REFRESH_ORDER');
    answers.confirmed = await ask('PIGI_HANDLE_SCA', { clientSecretToken: 'secret' });
    const messages = await page.evaluate(() => window.messages);

    // The same amount in other currencies, whose decimals browsers do not all know as ISO 4217 has them.
    const money = {};
    for (const [code, exponent] of [['JPY', 0], ['CLF', 4], ['IQD', 3]]) {
        await page.route(url, async (route) => {
            const answer = await route.fetch();
            const told = JSON.stringify({ iso_code: code, exponent });
            const body = (await answer.text()).replace('{"iso_code":"CAD","exponent":2}', told);
            route.fulfill({ response: answer, body });
        });
        await page.goto(storefront);
        await page.evaluate(embed, url);
        money[code] = await page.frames()[1].locator('#due').innerText();
        await page.unroute(url);
    }

    // Where the session has ended.
    await page.goto(storefront);
    await page.evaluate(embed, url.replace('token=', 'token=x'));
    answers.ended = await ask('PIGI_ADD_PAYMENT');
    const ended = await page.frames()[1].locator('main').innerText();
    const height = (await page.evaluate(() => window.messages)).find(({ type }) => type)?.height;

    // The same page, where it has no business.
    await page.goto(stranger);
    await page.evaluate(embed, url);
    await page.waitForTimeout(500);
    const foreign = { frame: page.frames()[1].url(), messages: await page.evaluate(() => window.messages) };

    const looks = { first, wide, narrow, french, failed, cleared, paid, unknown_gift, gift, no_gift };
    return { answers, looks, money, meddled, messages, ended: { text: ended, height }, foreign, complaints, requests };
});
