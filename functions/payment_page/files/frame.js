// The page in a storefront's frame. It does what the storefront that embeds it asks for with PIGI_*
// messages, {actionType, payload}, and answers each with {responseType, payload: {success, paymentType, height}}.
(() => {
    'use strict';

    const { facts, gateway, find, word, written, say, random, shown } = page;

    // The storefront. Only the shop's origins may embed this page. Which of them does is known from the browser or from
    // the first valid message; until then a message is sent to each, and the browser gives it to the one that is there.
    // Our own checkout page is of this page's origin.

    const origins = [...facts.origins, location.origin];
    const ancestor = location.ancestorOrigins?.[0];
    let hosts = origins.includes(ancestor) ? [ancestor] : origins;

    const post = (message) => hosts.forEach((origin) => parent.postMessage(message, origin));

    const height = () => Math.ceil(document.documentElement.getBoundingClientRect().height);

    // Some storefronts read `type` and `height`, others `responseType` and `payload`.
    const announce = (type, responseType) => {
        const payload = { success: true, height: height() };
        post({ type, responseType: type, height: payload.height, payload });
        post({ responseType, payload });
    };

    addEventListener('message', async ({ source, origin, data }) => {
        if (source !== parent || !hosts.includes(origin)) return;
        hosts = [origin];
        const { actionType, payload } = data ?? {};
        if (!Object.hasOwn(actions, actionType)) return;
        const success = Boolean(gateway) && (await actions[actionType](payload ?? {}).catch(() => false)) !== false;
        const paymentType = gateway && (due() <= 0 && state.payments.some(isGiftCard) ? GIFT_CARD : gateway.paymentType);
        post({ responseType: actionType, payload: { success, paymentType, height: height() } });
    });

    // The routes of the order stand beside those of its payments.
    const call = (method, path, body, key) => page.call(method, new URL(path, new URL('..', location)), body, key);

    let state = facts.state;
    const GIFT_CARD = 'GIFT_CARD';
    const isOurs = (payment) => payment.gateway_public_id === facts.gateway.id;
    const isGiftCard = (payment) => payment.tag === 'BoldGiftCard';

    // What is left for this gateway to pay, in minor units.
    const due = () =>
        state.payments.filter((one) => !isOurs(one)).reduce((left, one) => left - one.value, state.order_total);

    async function refresh() {
        state = (await call('GET', 'refresh')).application_state;
        show();
    }

    // What this page has put on the order before, but for one token.
    async function takeBack(keep) {
        for (const other of state.payments.filter((one) => isOurs(one) && one.token !== keep)) {
            state = (await call('DELETE', 'payments', names(other))).application_state;
        }
    }

    const names = ({ token }) => ({ gateway_public_id: facts.gateway.id, token });

    // A request that got no answer is sent again under its key, so that it counts once.
    let unanswered = {};

    async function pay() {
        await refresh();
        if (due() <= 0) return takeBack();
        const chosen = await gateway.tokenize();
        await takeBack(chosen.token);
        if (unanswered.token !== chosen.token) unanswered = { token: chosen.token, key: random() };
        const paid = await call('POST', 'payments', { ...chosen, ...names(chosen) }, unanswered.key);
        unanswered = {};
        state = paid.application_state;
        show();
        say('done', word('added'));
    }

    // A gift card put on the order or taken off. What is left for the gateway is asked for again after that.
    async function useGiftCard(method, path, body) {
        say('error', '');
        try {
            await refresh();
            await takeBack();
            state = (await call(method, path, body)).application_state;
            find('code').value = '';
            post({ responseType: 'PIGI_PAYMENT_ADDED', payload: { success: true, paymentType: GIFT_CARD, height: height() } });
        } catch (error) {
            say('error', error.message);
        }
        show();
    }

    function giftCard(payment, amount) {
        const row = document.createElement('li');
        const off = document.createElement('button');
        off.type = 'button';
        off.textContent = word('remove');
        off.ariaLabel = `${word('remove')}: ${word('gift_card')} ${payment.display_string}`;
        off.onclick = () => useGiftCard('DELETE', 'payments/gift_card', { id: payment.id });
        row.append(`${word('gift_card')} ${payment.display_string}: ${amount} `, off);
        return row;
    }

    // What the shopper sees.

    function speak(language) {
        page.speak(language);
        show();
    }

    function show() {
        if (!gateway) return;
        const amount = Math.max(due(), 0);
        find('due').textContent = written(amount);
        gateway.show?.({ amount }).catch(() => say('error', word('unavailable')));
        if (!facts.gift_card) return;
        const used = state.payments.filter(isGiftCard).map((one) => giftCard(one, written(one.value)));
        find('gifts').replaceChildren(...used);
    }

    // The storefront's styles. Its media rules hold while it says that its own window matches them: this one is narrower.

    const sheet = (rules) => {
        const made = new CSSStyleSheet();
        made.replaceSync(rules.map((rule) => rule.cssText).join('\n'));
        return made;
    };
    const styles = facts.style_sheet ?? { cssRules: [], mediaRules: [] };
    const base = sheet(styles.cssRules);
    // As a browser writes it, since that is what storefronts send.
    const condition = (text) => matchMedia(text).media;
    const media = styles.mediaRules.map((rule) => ({
        condition: condition(rule.conditionText),
        sheet: sheet(rule.cssRules),
        matches: false,
    }));

    function dress() {
        const matching = media.filter((rule) => rule.matches).map((rule) => rule.sheet);
        document.adoptedStyleSheets = [base, ...matching];
    }

    // What the storefront may ask for. False says that it could not be done.

    let paying = null;
    let confirming = null;

    const actions = {
        PIGI_ADD_PAYMENT: () => {
            say('error', '');
            paying ??= pay().finally(() => (paying = null));
            return shown(paying);
        },
        PIGI_REFRESH_ORDER: async () => {
            await refresh();
        },
        PIGI_HANDLE_SCA: ({ clientSecretToken }) => {
            confirming ??= page.confirm(String(clientSecretToken)).finally(() => (confirming = null));
            return shown(confirming);
        },
        PIGI_SELECT_PAYMENT_METHOD: async (wanted) => gateway.select(wanted),
        PIGI_UPDATE_LANGUAGE: async ({ language }) => speak(language),
        PIGI_DISPLAY_ERROR_MESSAGE: async ({ error, message }) => {
            say('error', String(error?.message ?? message ?? word('failed')));
        },
        PIGI_CLEAR_ERROR_MESSAGES: async () => say('error', ''),
        PIGI_UPDATE_MEDIA_MATCH: async ({ conditionText, matches }) => {
            const told = media.filter((rule) => rule.condition === condition(String(conditionText)));
            for (const rule of told) rule.matches = Boolean(matches);
            dress();
            show();
            return told.length > 0;
        },
    };

    if (facts.gift_card) {
        const use = () => {
            const code = find('code').value.trim();
            const asked = { gateway_public_id: facts.gift_card, token: code, type: 'gift_card' };
            if (code) useGiftCard('POST', 'payments', asked);
        };
        find('use').onclick = use;
        find('code').onkeydown = ({ key }) => key === 'Enter' && use();
    }
    dress();
    speak(facts.language ?? 'en');
    if (gateway) announce('PAYMENT_GATEWAY_FRAME_INITIALIZED', 'PIGI_INITIALIZED');
    let last = height();
    new ResizeObserver(() => {
        if (gateway && height() === last) return;
        last = height();
        announce('PAYMENT_GATEWAY_FRAME_HEIGHT_UPDATED', 'PIGI_UPDATE_HEIGHT');
    }).observe(document.documentElement);
})();
