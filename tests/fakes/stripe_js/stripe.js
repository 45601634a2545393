// Stripe.js as far as a payment page needs it, for tests: https://docs.stripe.com/js. Like the real one it keeps the
// card in a frame of its own, tells that frame the address of the page, and throws at a page that uses it otherwise
// than the documents say.
(() => {
    'use strict';

    const home = new URL(document.currentScript.src).origin;

    const insist = (so, message) => {
        if (so) return;
        const error = new Error(message);
        error.name = 'IntegrationError';
        throw error;
    };

    const UNCONFIRMED = {
        type: 'invalid_request_error',
        code: 'payment_intent_authentication_failure',
        message: 'We are unable to authenticate your payment method. Please choose a different payment method.',
    };

    const only = (given, known) => {
        const unknown = Object.keys(given).filter((name) => !known.includes(name));
        insist(unknown.length === 0, `Unrecognized parameters: ${unknown}`);
    };

    // A frame of Stripe's in the page: what it says of itself is for `on`, what it is asked it answers.
    function open(path, inside, facts) {
        const element = document.createElement('iframe');
        element.src = `${home}/v3/${path}#${new URLSearchParams({ ...facts, referrer: location.href })}`;
        element.style.cssText = 'display: block; width: 100%; height: 220px; border: 0';
        inside.append(element);
        const heard = {};
        addEventListener('message', ({ source, origin, data }) => {
            if (source === element.contentWindow && origin === home) heard[data.about]?.(data);
        });
        let asked = 0;
        return {
            element,
            on: (about, listener) => (heard[about] = listener),
            ask: (question) =>
                new Promise((resolve) => {
                    const about = `question ${(asked += 1)}`;
                    heard[about] = resolve;
                    element.contentWindow.postMessage({ ...question, about }, home);
                }),
        };
    }

    const MODE = ['mode', 'amount', 'currency', 'captureMethod', 'paymentMethodCreation', 'paymentMethodTypes'];

    class Elements {
        state = { wasSubmitted: false, frame: null };

        constructor(key, options) {
            this.key = key;
            this.options = {};
            this.update(options);
            insist(options.mode === 'payment', 'This stand-in knows payments only.');
            insist(String(options.paymentMethodTypes) === 'card', 'This stand-in knows cards only.');
        }

        update(options) {
            only(options, [...MODE, 'setupFutureUsage', 'locale', 'appearance']);
            this.options = { ...this.options, ...options };
            const { amount, currency } = this.options;
            insist(Number.isInteger(amount) && amount > 0, `Invalid amount: ${amount}`);
            insist(/^[a-z]{3}$/.test(currency), `Invalid currency: ${currency}`);
            this.state.frame?.ask({ update: this.options });
        }

        create(type, options = {}) {
            insist(type === 'payment', `This stand-in has no element of the type ${type}.`);
            only(options, ['wallets']);
            const { state } = this;
            const listeners = { ready: [], loaderror: [] };
            return {
                on: (name, listener) => listeners[name].push(listener),
                mount: (selector) => {
                    const place = document.querySelector(selector);
                    insist(place && !place.firstChild, `There is no empty place ${selector}.`);
                    state.frame = open('fields.html', place, { key: this.key });
                    state.frame.on('change', () => (state.wasSubmitted = false));
                    state.frame.on('ready', () => {
                        this.update({});
                        listeners.ready.forEach((listener) => listener({ elementType: 'payment' }));
                    });
                },
                focus: () => state.frame.ask({ focus: true }),
            };
        }

        async submit() {
            const { error } = await this.state.frame.ask({ validate: true });
            this.state.wasSubmitted = !error;
            return error ? { error } : { selectedPaymentMethod: 'card' };
        }
    }

    window.Stripe = (key, options = {}) => {
        insist(/^pk_(test|live)_\w+$/.test(key), 'Please call Stripe() with your publishable key.');
        only(options, ['locale']);
        return {
            elements: (wanted) => new Elements(key, wanted),

            createPaymentMethod: async ({ elements }) => {
                insist(elements.options.paymentMethodCreation === 'manual', 'Pass paymentMethodCreation: "manual".');
                insist(elements.state.wasSubmitted, 'elements.submit() must be called first.');
                const { error, paymentMethod } = await elements.state.frame.ask({ create: true });
                return error ? { error } : { paymentMethod };
            },

            handleNextAction: async ({ clientSecret }) => {
                const [intent] = clientSecret.split('_secret_');
                const asked = new URLSearchParams({ key, client_secret: clientSecret });
                const answer = await fetch(`${home}/v1/payment_intents/${intent}?${asked}`);
                const found = await answer.json();
                if (!answer.ok) return found;
                insist(found.status === 'requires_action', 'handleNextAction: the PaymentIntent needs no action.');
                const bank = open('bank.html', document.body, { intent });
                bank.element.style.cssText = 'position: fixed; inset: 0; width: 100%; height: 100%; border: 0';
                const { success } = await new Promise((resolve) => bank.on('done', resolve));
                bank.element.remove();
                return success ? { paymentIntent: { ...found, status: 'requires_capture' } } : { error: UNCONFIRMED };
            },
        };
    };
})();
