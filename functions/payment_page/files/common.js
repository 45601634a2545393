// What both pages have in common: what they were told, their words, the API, and what is said to the shopper.
const page = (() => {
    'use strict';

    const find = (id) => document.getElementById(id);
    const facts = JSON.parse(find('facts').textContent);
    const gateway = window.gateway;
    const token = new URLSearchParams(location.search).get('token');

    // Scripts of others read the address, so the token does not stay there. A browser that loads the page again by the
    // address it had last has the rest of it here.
    if (gateway) history.replaceState({ search: location.search }, '', location.pathname);
    else if (!token && history.state?.search) location.replace(location.pathname + history.state.search);

    // The API, with the token that the page was opened with.

    const BUSY = [429, 503, 504, 530, 544];

    const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

    // `data` of a good answer. Throws an Error with a sentence for the shopper.
    async function call(method, url, body, key) {
        const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
        if (key) headers['Idempotency-Key'] = key;
        const request = { method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store' };
        let answer;
        for (const pause of [300, 900, 0]) {
            answer = await fetch(url, request).catch(() => null);
            if (!pause || (answer && !BUSY.includes(answer.status))) break;
            await wait(pause);
        }
        const said = await answer?.json().catch(() => null);
        if (answer?.ok && said) return said.data;
        if (answer?.status === 401) throw new Error(word('expired'));
        throw new Error((answer?.status === 422 && said?.errors?.[0]?.message) || word('failed'));
    }

    const random = () =>
        Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

    // What the shopper sees.

    const words = (language) => facts.words[String(language).toLowerCase().split('-')[0]];
    const word = (name) => words(document.documentElement.lang)?.[name] ?? facts.words.en[name];

    function speak(language) {
        document.documentElement.lang = words(language) ? language : 'en';
        document.title = word('title');
        for (const element of document.querySelectorAll('[data-word]')) {
            element.textContent = word(element.dataset.word);
        }
    }

    function written(amount) {
        const { iso_code: currency, exponent } = facts.currency;
        const decimals = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
        const format = new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency, ...decimals });
        return format.format(amount / 10 ** exponent);
    }

    function say(id, text) {
        for (const other of ['error', 'done']) find(other).hidden = true;
        find(id).textContent = text;
        find(id).hidden = !text;
    }

    const shown = (work) =>
        work.catch((error) => {
            say('error', error.message || word('failed'));
            return false;
        });

    // The bank's question is laid over the page, which is as high as it needs meanwhile.
    async function confirm(clientSecret) {
        const { classList } = find('payment');
        say('done', word('asked'));
        classList.add('payment--asked');
        try {
            await gateway.confirm(clientSecret);
            say('done', word('confirmed'));
        } finally {
            classList.remove('payment--asked');
        }
    }

    return { facts, gateway, find, call, random, word, speak, written, say, shown, confirm };
})();
