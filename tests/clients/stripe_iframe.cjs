// The payment page of a Stripe gateway, in a real browser. What it is given: {storefront, url, codes, stripe: {url,
// confirmed, failed}}: gift cards that pay a part and all, and client secrets of payments whose banks ask first.
const { browse, embed, typeCard } = require('./browser.cjs');

const CARD = '4242 4242 4242 4242';

browse(async (browser, { storefront, url, codes: [code, large], stripe }) => {
    const page = await browser.newPage();
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const requests = [];
    page.on('request', (request) => requests.push({ url: request.url(), body: request.postData() ?? '' }));
    const addresses = [];
    page.on('framenavigated', (frame) => addresses.push(frame.url()));

    const ask = (action, payload) => page.evaluate(([name, more]) => window.ask(name, more), [action, payload]);
    const frame = page.frameLocator('#PIGI');
    const fields = frame.frameLocator('#fields iframe');
    const bank = frame.frameLocator('body > iframe');
    const text = (id) => frame.locator(id).innerText();
    // What Stripe's own frame was told.
    const told = async () => ({
        label: await fields.locator('#label').innerText(),
        ...(await fields.locator('body').evaluate(({ dataset, style }) => ({ ...dataset, color: style.color }))),
    });
    const open = async () => {
        await page.goto(storefront);
        await page.evaluate(embed, url);
    };

    // Stripe cannot be reached.
    await page.route(`${stripe.url}/v3/`, (route) => route.abort());
    await open();
    await frame.locator('#error:not([hidden])').waitFor();
    const unreachable = { said: await text('#error'), added: await ask('PIGI_ADD_PAYMENT') };
    unreachable.then = await text('#error');
    await page.unroute(`${stripe.url}/v3/`);

    await open();
    await fields.locator('#number').waitFor();
    const first = { ...(await told()), legend: await text('legend'), test: await text('#test') };
    await ask('PIGI_UPDATE_LANGUAGE', { language: 'fr-CA' });
    const french = { ...(await told()), legend: await text('legend') };
    await ask('PIGI_UPDATE_LANGUAGE', { language: 'en' });
    const select = [];
    for (const index of [0, 1]) select.push(await ask('PIGI_SELECT_PAYMENT_METHOD', { index }));
    const focused = await fields.locator(':focus').getAttribute('id');

    await frame.getByLabel('Save this card for next time').check();
    await frame.getByLabel('Save this card for next time').uncheck();
    await frame.getByLabel('Save this card for next time').check();

    // What is wrong with a card is said in words.
    await typeCard(fields, '4242 4242');
    const incomplete = { added: await ask('PIGI_ADD_PAYMENT'), said: await text('#error') };
    await typeCard(fields, CARD);
    const added = { ...(await ask('PIGI_ADD_PAYMENT')), said: await text('#done'), error: await text('#error') };
    // None of the page's own scripts can look into Stripe's frame.
    const seen = await frame.locator('#fields iframe').evaluate((element) => String(element.contentDocument));
    await ask('PIGI_DISPLAY_ERROR_MESSAGE', { error: { message: 'Your card was declined. Try another card.' } });
    const declined = await text('#error');

    // A gift card takes its part; the card pays the rest.
    await frame.getByText('Use a gift card').click();
    await frame.getByLabel('Gift card code').fill(code);
    await frame.getByRole('button', { name: 'Use', exact: true }).click();
    await frame.getByRole('button', { name: 'Remove' }).waitFor();
    const rest = { ...(await told()), ...(await ask('PIGI_ADD_PAYMENT')) };

    // One that covers all leaves nothing to type.
    await frame.getByLabel('Gift card code').fill(large);
    await frame.getByRole('button', { name: 'Use', exact: true }).click();
    await frame.locator('#card').waitFor({ state: 'hidden' });
    const covered = { due: await text('#due'), ...(await ask('PIGI_ADD_PAYMENT')) };
    await frame.getByRole('button', { name: 'Remove' }).last().click();
    await frame.locator('#card').waitFor();

    // The bank's question, twice: the frame is as high as it needs meanwhile.
    const confirm = async (clientSecretToken, button) => {
        const asking = ask('PIGI_HANDLE_SCA', { clientSecretToken });
        await bank.getByRole('button', { name: button }).waitFor();
        const { height } = await frame.locator('html').boundingBox();
        const said = await text('#done');
        await bank.getByRole('button', { name: button }).click();
        return { ...(await asking), said, high: height, done: await text('#done'), error: await text('#error') };
    };
    const confirmed = await confirm(stripe.confirmed, 'Complete');
    const failed = await confirm(stripe.failed, 'Fail');

    // A browser that loads the frame by the address that it had last.
    const own = page.frames()[1];
    const address = own.url();
    await Promise.all([own.waitForNavigation(), own.evaluate(() => location.reload())]);
    await fields.locator('#number').waitFor();
    const again = own.url();
    await typeCard(fields, CARD);
    const reloaded = await ask('PIGI_ADD_PAYMENT');

    return {
        ...{ unreachable, first, french, select, focused, incomplete, added, seen, declined, rest, covered, confirmed, failed },
        ...{ address, again, reloaded, requests, addresses, complaints },
    };
});
