// A guest buys on a phone: mistypes, reloads at each step, is declined once, answers the bank. Given: {url, folder}.
const { browse } = require('../../clients/browser.cjs');
const { shopper } = require('./shopper.cjs');

browse(async (browser, { url, folder }) => {
    const guest = await shopper(browser, { folder, name: 'buys' });
    const { page, frame, button } = guest;
    const seen = { focus: {}, said: {} };

    // A slow network: there is something to see before there is anything to do.
    await page.route('**/session*', async (route) => {
        await page.screenshot({ path: `${folder}/buys-0-loading.png` });
        seen.loading = await page.locator('.skeleton').count();
        await route.continue();
    });
    await page.goto(url);
    await guest.step('Contact and delivery');
    await guest.look('1-details');

    await button('Continue to shipping').click();
    seen.said.missing = await guest.said();
    seen.focus.missing = await guest.focus();
    await guest.look('2-missing');

    // What is typed is there after a reload.
    await page.getByLabel('Email address').fill('john.doe@example.com');
    await page.reload();
    await guest.step('Contact and delivery');
    seen.kept = await page.getByLabel('Email address').inputValue();

    await page.getByLabel('Country').selectOption('CA');
    await guest.fill({
        'First name': 'John',
        'Last name': 'Doe',
        'Street and house number': '123 Fake Street',
        'Postal code': 'nowhere',
        City: 'Winnipeg',
    });
    await page.getByLabel('Province').selectOption('MB');
    await page.getByLabel('City').press('Enter');
    seen.said.refused = await guest.said();
    seen.focus.refused = await guest.focus();
    seen.said.postal_code = await page.locator('#shipping-postal_code-wrong').innerText();
    await guest.look('3-refused');
    await page.getByLabel('Postal code').fill('r3t 1b8');
    await page.getByLabel('City').press('Enter');
    await guest.step('Shipping');
    seen.focus.shipping = await guest.focus();
    await guest.look('4-shipping');
    await page.reload();
    await guest.step('Shipping');
    await page.getByLabel('Expedited').check();
    await guest.ship();
    await guest.look('5-payment');
    await page.reload();
    await guest.paying();

    await page.locator('.order summary').click();
    const code = page.getByLabel('Discount code');
    await code.fill('NO-SUCH-CODE');
    await code.press('Enter');
    await page.locator('#code-wrong:not([hidden])').waitFor();
    seen.said.code = await page.locator('#code-wrong').innerText();
    await code.fill('welcome10');
    await button('Apply').click();
    await page.locator('.chip').waitFor();
    seen.sums = await guest.sums();
    seen.pay = await page.locator('#pay').innerText();
    await guest.look('6-discount');

    await guest.pay('Declined');
    seen.said.declined = await guest.said();
    await guest.look('7-declined');
    await page.reload();
    await guest.paying();

    // Twice, as people do.
    await frame.getByLabel('3-D Secure', { exact: false }).check();
    await page.locator('#pay').dblclick();
    seen.number = await guest.placed();
    seen.focus.placed = await guest.focus();
    await guest.look('8-placed');
    await page.reload();
    seen.again = await guest.placed();
    const { complaints, requests, faults } = guest;
    return { ...seen, complaints, requests, faults };
});
