// The page that a payment link opens: what is missing of an order that is placed is paid another way.
(() => {
    'use strict';

    const { facts, gateway, find, call, word, say } = page;
    page.speak(facts.language ?? 'en');
    if (!gateway) return;

    const here = location.pathname;
    const button = find('pay');
    find('due').textContent = page.written(facts.due);
    gateway.show?.({ amount: facts.due }).catch(() => say('error', word('unavailable')));

    // The same token again goes on with the same payment, so a lost answer is asked for once more.
    async function pay() {
        const body = { ...(await gateway.tokenize()), gateway_public_id: facts.gateway.id };
        let paid = await call('POST', here, body);
        if (paid.state === 'requires_action') {
            await page.confirm(paid.client_secret);
            paid = await call('POST', here, body);
        }
        if (paid.state !== 'paid') throw new Error(word('failed'));
        find('form').hidden = true;
        find('paid').hidden = false;
    }

    button.onclick = async () => {
        button.disabled = true;
        say('error', '');
        await page.shown(pay());
        button.disabled = false;
    };
})();
