// A customer whom the shop knows, and one whose link has ended. Given: {url, token, folder}.
const { browse } = require('../../clients/browser.cjs');
const { shopper } = require('./shopper.cjs');

browse(async (browser, { url, token, folder }) => {
    const jane = await shopper(browser, { folder, name: 'known' });
    await jane.page.goto(`${url}#auth_token=${token}`);
    await jane.step('Shipping');
    const said = await jane.page.locator('.step--done p').allInnerTexts();
    const note = await jane.page.locator('#note').innerText();
    const address = jane.page.url();
    await jane.look('1-shipping');
    const late = await jane.another();
    await late.page.goto(`${url}#auth_token=${token}x`);
    await late.step('Contact and delivery');
    const ignored = await late.page.locator('#note').innerText();
    await late.look('1-ignored');
    const complaints = [...jane.complaints, ...late.complaints];
    return { said, note, address, ignored, complaints, faults: { ...jane.faults, ...late.faults } };
});
