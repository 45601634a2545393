// The payment page of the Bold dialect in a frame of ours: what it is asked with PIGI_* messages, and what it says.
import { make } from './elements.js';
import { facts, word } from './facts.js';
import { call, checkout, orderUrl } from './session.js';

const PATIENCE = 60_000;
// What is typed there looks as it does here. Without it the payment page looks as it does anywhere.
async function wearAccent() {
    const { accent, soft } = facts.frame ?? {};
    if (!accent || checkout.isStyled) return;
    const css_rules = [{ cssText: `:root { --accent: ${accent}; --accent-soft: ${soft} }` }];
    await call('POST', '/payments/styles', { css_rules }).catch(() => null);
    checkout.isStyled = true;
}

// Added to what the frame says, so that no outline is cut off.
const ROOM = 4;

// {element, ready, ask(actionType, payload), renewed()}: `ask` is answered with the payload, which has `success`.
export function paymentFrame(changed) {
    const element = make('iframe', { class: 'frame', id: 'PIGI', title: word('payment_frame') });
    const waiting = new Map();
    let token = '';
    // Whatever the frame says first, it is there: a page that says why there is no payment, too.
    let ready = null;
    let arrived = null;

    async function load() {
        token = checkout.token;
        ready = new Promise((resolve) => (arrived = resolve));
        await wearAccent();
        element.src = `${orderUrl()}/payments/iframe?token=${encodeURIComponent(token)}`;
    }

    function listen({ source, origin, data }) {
        if (!element.isConnected) return removeEventListener('message', listen);
        if (source !== element.contentWindow || origin !== location.origin) return undefined;
        const { responseType, payload } = data ?? {};
        if (payload?.height) element.style.height = `${payload.height + ROOM}px`;
        element.classList.remove('frame--loading');
        arrived();
        waiting.get(responseType)?.(payload);
        waiting.delete(responseType);
        if (responseType === 'PIGI_PAYMENT_ADDED') changed();
        return undefined;
    }

    async function ask(actionType, payload, patience = PATIENCE) {
        await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
        return new Promise((resolve, reject) => {
            waiting.set(actionType, resolve);
            if (patience) setTimeout(() => reject(new Error(word('unreachable'))), patience);
            element.contentWindow.postMessage({ actionType, payload }, location.origin);
        });
    }

    element.classList.add('frame--loading');
    addEventListener('message', listen);
    load();
    return {
        element,
        ask,
        // After the session was renewed it is another page, and what was typed there is gone.
        renewed() {
            if (token === checkout.token) return false;
            load();
            return true;
        },
    };
}
