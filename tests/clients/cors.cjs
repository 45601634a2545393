// Calls the API as a storefront's page does, from two origins of which the shop lists only the first.
// Takes {api, shop, token, calls} besides what browser.cjs takes (`calls` are {method, path, body?, jwt?} of a session);
// prints {listed, allowed, foreign}: the shop's list as it was answered, and what each page got of each call.
const { browse, site } = require('./browser.cjs');

// Runs in the page, as the calls of Bold's own library: it sends credentials along.
const call = async ({ url, method, body, jwt }) => {
    const headers = { Authorization: `Bearer ${jwt}`, Accept: 'application/json', 'Content-Type': 'application/json' };
    try {
        const answer = await fetch(url, { method, body, headers, mode: 'cors', credentials: 'include' });
        return { status: answer.status, body: await answer.json(), deprecation: answer.headers.get('Deprecation') };
    } catch (error) {
        return { error: error.name };
    }
};

browse(async (browser, { api, shop, token, calls }) => {
    const backend = async (path, body) => {
        const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
        const answer = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
        return (await answer.json()).data;
    };
    const sites = [await site(), await site()];
    try {
        const listed = await backend(`/checkout/shop/${shop}/cors`, { domain: sites[0].origin });
        const { public_order_id: order, jwt_token: jwt } = await backend(`/checkout/orders/${shop}/init`, {});
        const visit = async ({ origin }) => {
            const page = await browser.newPage();
            await page.goto(origin);
            const seen = [];
            for (const { path, ...rest } of calls) {
                const url = `${api}/checkout/storefront/${shop}/${order}${path}`;
                seen.push(await page.evaluate(call, { url, jwt, ...rest }));
            }
            return seen;
        };
        return { listed, foreign: await visit(sites[1]), allowed: await visit(sites[0]) };
    } finally {
        sites.forEach(({ close }) => close());
    }
});
