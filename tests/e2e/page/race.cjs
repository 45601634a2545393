// Two tabs want the last of something; the one that is second goes on without it. Given: {url, folder}.
const { browse } = require('../../clients/browser.cjs');
const { shopper } = require('./shopper.cjs');

browse(async (browser, { url, folder }) => {
    const first = await shopper(browser, { folder, name: 'race' });
    const second = await first.another();
    const seen = {};
    for (const one of [first, second]) {
        await one.page.goto(url);
        await one.step('Contact and delivery');
        await one.details();
        await one.ship();
    }
    await first.pay();
    seen.first = await first.placed();
    await second.pay();
    await second.page.locator('.shortage').waitFor();
    seen.shortage = await second.page.locator('.shortage').innerText();
    seen.focus = await second.focus();
    await second.look('1-shortage');
    await second.button('Take 1 of Half gone').click();
    await second.page.locator('.shortage li', { hasText: 'Half gone' }).waitFor({ state: 'detached' });
    await second.page.locator('.shortage').waitFor();
    seen.still = await second.page.locator('.shortage li > p').allInnerTexts();
    await second.button('Remove All gone').click();
    await second.page.locator('.shortage').waitFor({ state: 'detached' });
    await second.page.locator('#note:not([hidden])').waitFor();
    await second.paying();
    await second.look('2-changed');
    seen.note = await second.page.locator('#note').innerText();
    await second.pay();
    seen.second = await second.placed();
    seen.sums = await second.sums();
    return { ...seen, complaints: second.complaints, faults: second.faults };
});
