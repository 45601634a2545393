// A shopper with a phone, and what they do on the checkout page. Words are those of its English.
const { mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { faults } = require('../../clients/browser.cjs');

const PATIENCE = 60_000;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

// {page, ...}: a tab of a phone's browser, or of `options`. `looks` are the screenshots' folder and their first word.
exports.shopper = async (browser, looks, options = PHONE) => {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(PATIENCE);
    return tab(context, looks);
};

const tab = async (context, { folder, name }) => {
    mkdirSync(folder, { recursive: true });
    const page = await context.newPage();
    const complaints = [];
    const requests = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    const isOfPolicy = (message) => message.text().includes('Content Security Policy');
    page.on('console', (message) => isOfPolicy(message) && complaints.push(message.text()));
    page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
    const frame = page.frameLocator('#PIGI');
    const found = {};
    const button = (label) => page.getByRole('button', { name: label, exact: true });

    const self = {
        page,
        frame,
        complaints,
        requests,
        faults: found,
        button,
        another: () => tab(context, { folder, name: `${name}-second` }),

        // Kept as a picture, and asked for what a screen reader or a keyboard would stumble over.
        look: async (at) => {
            await page.screenshot({ path: join(folder, `${name}-${at}.png`), fullPage: true });
            const seen = await faults(page);
            if (seen.length) found[at] = seen;
        },
        step: async (title) => {
            await page.locator('.step--open h2', { hasText: title }).waitFor();
        },
        focus: () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent),
        said: async () => {
            await page.locator('#problem:not(:empty)').waitFor();
            return page.locator('#problem').innerText();
        },
        fill: async (fields) => {
            for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value);
        },
        // To Winnipeg, whose taxes are two.
        details: async (email = 'john.doe@example.com') => {
            await page.getByLabel('Country').selectOption('CA');
            await self.fill({
                'Email address': email,
                'First name': 'John',
                'Last name': 'Doe',
                'Street and house number': '123 Fake Street',
                'Postal code': 'r3t 1b8',
                City: 'Winnipeg',
            });
            await page.getByLabel('Province').selectOption('MB');
            await button('Continue to shipping').click();
            await self.step('Shipping');
        },
        ship: async () => {
            await button('Continue to payment').click();
            await self.paying();
        },
        paying: async () => {
            await self.step('Payment');
            await frame.getByLabel('Declined').waitFor();
        },
        pay: async (card = 'Approved') => {
            await frame.getByLabel(card, { exact: false }).first().check();
            await page.locator('#pay').click();
        },
        placed: async () => {
            await page.locator('h1', { hasText: 'Thank you' }).waitFor();
            return page.locator('.facts dd').first().innerText();
        },
        sums: () =>
            page.locator('.sum').evaluateAll((all) => all.map((sum) => [...sum.children].map((one) => one.innerText))),
    };
    return self;
};
