// Stripe's part of the page: the card is typed into Stripe's own frame, its Payment Element, and what comes out of that
// is a token. Stripe's rule is that its script is loaded from Stripe, each time.
// As https://docs.stripe.com/payments/finalize-payments-on-the-server has it.
window.gateway = (() => {
    const find = (id) => document.getElementById(id);
    const { gateway: ours, currency } = JSON.parse(find('facts').textContent);
    const card = find('card');
    const retain = find('retain');
    find('test').hidden = !ours.is_test;
    find('keep').hidden = !ours.can_retain;

    const loading = {};
    // Once, unless it fails: then it is tried again when it is asked for again.
    const once = (name, load) => (loading[name] ??= load().catch((error) => {
        delete loading[name];
        throw error;
    }));

    const script = () =>
        new Promise((resolve, reject) => {
            const element = document.createElement('script');
            element.onload = resolve;
            element.onerror = reject;
            element.src = ours.script;
            document.head.append(element);
        });
    const locale = () => document.documentElement.lang.split('-')[0];
    const stripe = () => once('stripe', async () => {
        await script();
        return window.Stripe(ours.public_key, { locale: locale() });
    });

    // How the fields look and speak, and what is to be paid and kept, as it is wanted last.
    let wanted;
    const update = async (more) => {
        wanted = { ...wanted, ...more, setupFutureUsage: retain.checked ? 'on_session' : null };
        (await mounted()).elements.update(wanted);
    };
    retain.onchange = () => update({}).catch(() => {});

    async function mount() {
        const elements = (await stripe()).elements({
            mode: 'payment',
            currency: currency.iso_code.toLowerCase(),
            captureMethod: 'manual',
            paymentMethodCreation: 'manual',
            paymentMethodTypes: ['card'],
            ...wanted,
        });
        const fields = elements.create('payment', { wallets: { applePay: 'never', googlePay: 'never', link: 'never' } });
        await new Promise((resolve, reject) => {
            fields.on('ready', resolve);
            fields.on('loaderror', reject);
            fields.mount('#fields');
        });
        return { elements, fields };
    }
    const mounted = () => once('fields', mount);

    function appearance() {
        const style = getComputedStyle(document.documentElement);
        const value = (name) => style.getPropertyValue(name).trim();
        const variables = {
            colorPrimary: value('--accent'),
            colorText: value('--text'),
            colorTextSecondary: value('--quiet'),
            colorBackground: value('--surface'),
            colorDanger: value('--wrong'),
            borderRadius: value('--radius'),
        };
        return { theme: 'stripe', variables };
    }

    // Stripe writes for shoppers where the card is what is wrong or its bank said no, and for programmers elsewhere.
    const FOR_SHOPPERS = ['card_error', 'validation_error', 'payment_intent_authentication_failure'];

    const answer = async (ask) => {
        let result;
        try {
            result = await ask(await stripe());
        } catch {
            throw new Error();
        }
        if (!result.error) return result;
        const { type, code, message } = result.error;
        throw new Error(FOR_SHOPPERS.includes(type) || FOR_SHOPPERS.includes(code) ? message : '');
    };

    return {
        paymentType: 'CREDIT_CARD',

        show: async ({ amount }) => {
            card.hidden = amount <= 0;
            if (card.hidden) return;
            // Stripe has its own minor units for some currencies.
            const theirs = Math.round(amount * ours.scale);
            await update({ amount: theirs, locale: locale(), appearance: appearance() });
        },

        tokenize: async () => {
            await answer(async () => (await mounted()).elements.submit());
            const { paymentMethod } = await answer(async (client) =>
                client.createPaymentMethod({ elements: (await mounted()).elements }),
            );
            const { brand, last4 } = paymentMethod.card;
            const known = { display_string: last4, brand, retain: retain.checked };
            return { token: paymentMethod.id, type: 'credit_card', ...known };
        },

        // There is one way to pay: by card.
        select: async ({ index, gatewayName }) => {
            if (index !== 0 && gatewayName !== 'card') return false;
            (await mounted()).fields.focus();
            return true;
        },

        confirm: (clientSecret) => answer((client) => client.handleNextAction({ clientSecret })),
    };
})();
