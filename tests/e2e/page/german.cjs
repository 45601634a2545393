// A shop with colours of its own, in German, of which nothing is sent; a gift card pays a part. Given: {url, code, folder}.
const { browse } = require('../../clients/browser.cjs');
const { shopper } = require('./shopper.cjs');

browse(async (browser, { url, code, folder }) => {
    const guest = await shopper(browser, { folder, name: 'german' });
    const { page, frame, button } = guest;
    await page.goto(url);
    await guest.step('Kontakt und Rechnung');
    await guest.look('1-details');
    await guest.fill({ 'E-Mail-Adresse': 'erika@example.com', Vorname: 'Erika', Nachname: 'Mustermann' });
    await page.getByLabel('Land', { exact: true }).selectOption('DE');
    await guest.fill({ 'Straße und Hausnummer': 'Heidestraße 17', Postleitzahl: '51147', Ort: 'Köln' });
    await button('Weiter zur Zahlung').click();
    await guest.step('Zahlung');
    await frame.getByText('Geschenkkarte verwenden', { exact: true }).click();
    await frame.getByLabel('Code der Geschenkkarte').fill(code);
    await frame.getByLabel('Code der Geschenkkarte').press('Enter');
    await page.locator('#pay', { hasText: '50,00' }).waitFor();
    const pay = await page.locator('#pay').innerText();
    const colour = (locator, name) => locator.evaluate((one, property) => getComputedStyle(one)[property], name);
    const accent = {
        page: await colour(page.locator('#pay'), 'backgroundColor'),
        frame: await colour(frame.locator('.payment__option').first(), 'borderTopColor'),
    };
    await page.locator('.order summary').click();
    await guest.look('2-gift-card');
    await guest.pay('Abgelehnt');
    const refused = await guest.said();
    await frame.locator('input[value=tok_approve]').check();
    await page.locator('#pay').click();
    await page.locator('h1', { hasText: 'Vielen Dank' }).waitFor();
    const number = await page.locator('.facts dd').first().innerText();
    await guest.look('3-placed');
    return { pay, accent, refused, number, complaints: guest.complaints, faults: guest.faults };
});
