// Sessions that end, networks that fail, and carts that are not there. Given: {url, unknown, folder}.
const { browse } = require('../../clients/browser.cjs');
const { shopper } = require('./shopper.cjs');

// The token that the page keeps becomes one that is no good.
const spoil = (page) =>
    page.evaluate(() => {
        const [key, kept] = Object.entries(sessionStorage).find(([name]) => !name.endsWith(':draft'));
        sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(kept), token: 'ended' }));
        return JSON.parse(kept).order;
    });
const order = (page) => page.evaluate(() => JSON.parse(Object.values(sessionStorage)[0]).order);

browse(async (browser, { url, unknown, folder }) => {
    const wide = { viewport: { width: 1280, height: 900 } };
    const guest = await shopper(browser, { folder, name: 'troubles' }, wide);
    const { page } = guest;
    const seen = {};
    await page.goto(url);
    await guest.step('Contact and delivery');
    await guest.look('1-wide');

    await page.context().setOffline(true);
    await page.locator('#offline').waitFor();
    await guest.fill({ 'Email address': 'john.doe@example.com', 'First name': 'J', 'Last name': 'D' });
    await guest.fill({ 'Street and house number': '1 Main', 'ZIP code': '10001', City: 'New York' });
    await page.getByLabel('State').selectOption('NY');
    await guest.button('Continue to shipping').click();
    seen.offline = await guest.said();
    await guest.look('2-offline');
    await page.context().setOffline(false);
    await guest.button('Continue to shipping').click();
    await guest.step('Shipping');

    seen.before = await spoil(page);
    await page.reload();
    await guest.step('Shipping');
    seen.after = await order(page);
    await guest.ship();

    // The way back: what was said is there, and another address is another way of sending.
    await guest.button('Change: Contact and delivery').click();
    await guest.step('Contact and delivery');
    await page.getByLabel('The billing address is the same').uncheck();
    await page.locator('#billing-city').waitFor();
    await guest.look('3-billing');
    await page.getByLabel('The billing address is the same').check();
    await page.getByLabel('Country').selectOption('DE');
    await page.getByLabel('City').fill('Berlin');
    await page.getByLabel('Postal code').fill('10115');
    await guest.button('Continue to shipping').click();
    await guest.step('Shipping');
    await guest.ship();
    seen.sums = await guest.sums();
    await guest.look('4-wide-payment');

    await page.goto(unknown);
    await page.locator('h1', { hasText: 'This checkout is not there' }).waitFor();
    await guest.look('5-unknown');
    return { ...seen, complaints: guest.complaints, faults: guest.faults };
});
