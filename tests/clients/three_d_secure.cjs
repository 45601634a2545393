// An order whose bank asks the shopper first, paid in the payment page of the sandbox. What it is given: {storefront,
// order: {url, api, token}}.
const { browse, embed, processOrder } = require('./browser.cjs');

browse(async (browser, { storefront, order }) => {
    const page = await browser.newPage();
    await page.goto(storefront);
    await page.evaluate(embed, order.url);
    const ask = (action, payload) => page.evaluate(([name, more]) => window.ask(name, more), [action, payload]);

    const chosen = await ask('PIGI_SELECT_PAYMENT_METHOD', { gatewayName: 'tok_requires_action' });
    const added = await ask('PIGI_ADD_PAYMENT');
    const asked = await page.evaluate(processOrder, order);
    const confirmed = await ask('PIGI_HANDLE_SCA', { clientSecretToken: asked.body.clientSecretToken });
    const said = await page.frames()[1].locator('#done').innerText();
    const placed = await page.evaluate(processOrder, order);
    return { chosen, added, asked, confirmed, said, placed };
});
