// A shopper pays by a payment link with a card of Stripe's whose bank asks first: no, and then yes. Given: {url}.
const { browse, typeCard } = require('./browser.cjs');

browse(async (browser, { url }) => {
    const page = await browser.newPage();
    const addresses = [];
    page.on('framenavigated', (frame) => addresses.push(frame.url()));
    await page.goto(url);
    await typeCard(page.frameLocator('#fields iframe'), '4000 0027 6000 3184');
    const pay = async (button, shown) => {
        await page.getByRole('button', { name: 'Pay' }).click();
        await page.frameLocator('body > iframe').getByRole('button', { name: button }).click();
        await page.locator(`${shown}:not([hidden])`).waitFor();
        return page.locator(shown).innerText();
    };
    const refused = await pay('Fail', '#error');
    const paid = await pay('Complete', '#paid');
    return { refused, paid, addresses };
});
