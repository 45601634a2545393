// A shopper opens a payment link, is declined, tries another card and pays. What it is given: {url}.
const { browse } = require('./browser.cjs');

browse(async (browser, { url }) => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(url);
    const opened = {
        text: await page.locator('main').innerText(),
        address: page.url(),
        wide: await page.evaluate(() => document.documentElement.scrollWidth),
    };
    const pay = async (token, shown) => {
        await page.locator(`input[value="${token}"]`).check();
        await page.getByRole('button', { name: 'Pay' }).click();
        await page.locator(shown).waitFor();
        return page.locator(shown).innerText();
    };
    const declined = await pay('tok_decline', '#error');
    await page.reload();
    const paid = await pay('tok_requires_action', '#paid');
    const form = await page.locator('#form').isVisible();
    await page.goto(url);
    const again = await page.locator('main').innerText();
    return { opened, declined, paid, form, again, complaints };
});
