// Orders that are paid with Stripe's fields and processed, in a real browser. What it is given: {storefront, orders:
// [{url, api, token}, ...]}: the first is paid at once, the second after a decline and a bank that asks.
const { browse, embed, processOrder, typeCard } = require('./browser.cjs');

const GOOD = '4242 4242 4242 4242';
const DECLINED = '4000 0000 0000 0002';
const ASKS_FIRST = '4000 0027 6000 3184';

browse(async (browser, { storefront, orders }) => {
    const page = await browser.newPage();
    const ask = (action, payload) => page.evaluate(([name, more]) => window.ask(name, more), [action, payload]);
    const frame = page.frameLocator('#PIGI');
    const bank = frame.frameLocator('body > iframe');

    // As a storefront does it: the page's payment, then the order, and what went wrong is shown in the page.
    const pay = async (order, number) => {
        await typeCard(frame.frameLocator('#fields iframe'), number);
        const added = await ask('PIGI_ADD_PAYMENT');
        return { added: added.success, ...(await process(order)) };
    };
    const process = async (order) => {
        const { status, body } = await page.evaluate(processOrder, order);
        if (status === 422) await ask('PIGI_DISPLAY_ERROR_MESSAGE', { error: body.errors[0] });
        const shown = frame.locator('#error:not([hidden])');
        return { status, body, shown: (await shown.count()) ? await shown.innerText() : '' };
    };
    const confirm = async ({ body }, button) => {
        const asking = ask('PIGI_HANDLE_SCA', body);
        await bank.getByRole('button', { name: button }).click();
        return (await asking).success;
    };
    const open = async (order) => {
        await page.goto(storefront);
        await page.evaluate(embed, order.url);
    };

    const [simple, long] = orders;
    await open(simple);
    const placed = await pay(simple, GOOD);

    await open(long);
    const declined = await pay(long, DECLINED);
    const asked = await pay(long, ASKS_FIRST);
    const refused = { success: await confirm(asked, 'Fail'), said: await frame.locator('#error').innerText() };
    const again = await pay(long, ASKS_FIRST);
    const confirmed = { success: await confirm(again, 'Complete') };
    const done = await process(long);
    return { placed, declined, asked, refused, again, confirmed, done };
});
