// The last step: the payment in its frame, the bank's question, and the order itself.
import { busyWith, problemPlace, sayProblem, sayQuietly } from './announce.js';
import { Refusal } from './api.js';
import { find, make } from './elements.js';
import { facts, word } from './facts.js';
import { paymentFrame } from './frame.js';
import { amount, isGiftCard, nextStep } from './order.js';
import { call, checkout, renewIfOld } from './session.js';
import { showShortage } from './shortage.js';

let frame = null;

// What is left to pay beside gift cards.
const due = () => {
    const gifts = checkout.state.payments.filter(isGiftCard).reduce((sum, one) => sum + one.value, 0);
    return Math.max(checkout.state.order_total - gifts, 0);
};

const label = () => (checkout.state.order_total ? word('pay', { amount: amount(due()) }) : word('place_order'));

// What the order comes to may have changed elsewhere on the page.
export async function totalChanged() {
    const button = find('pay');
    if (!button) return;
    if (button.ariaDisabled !== 'true') button.textContent = label();
    find('frame').hidden = !checkout.state.order_total;
    if (frame) await frame.ask('PIGI_REFRESH_ORDER').catch(() => null);
}

// What the merchant wants to be agreed to, if anything.
function agreement() {
    const newTab = { target: '_blank', rel: 'noopener' };
    const link = (name, href) => href && [' ', make('a', { href, ...newTab }, word(name))];
    const links = [link('terms', facts.terms_url), link('privacy', facts.privacy_url)].filter(Boolean).flat();
    return links.length > 0 && make('p', { class: 'small' }, word('agree'), links);
}

export const payment = {
    name: 'payment',
    title: () => word('payment'),
    said: () => [],

    render(go, update) {
        frame = paymentFrame(async () => {
            await call('GET', '/refresh').catch((error) => sayProblem(error.message));
            find('pay').textContent = label();
            update();
        });

        async function pay() {
            await renewIfOld();
            if (frame.renewed()) throw new Error(word('renewed'));
            if (checkout.state.order_total) {
                const added = await frame.ask('PIGI_ADD_PAYMENT');
                // What is wrong stands there, beside the field that it is about.
                if (!added.success) throw new Error(word('not_added'));
            }
            await submit();
        }

        async function submit() {
            sayQuietly(word('processing'));
            const answer = await call('POST', '/process_order', undefined, { patient: true });
            const asked = answer.data?.clientSecretToken;
            if (answer.status === 202) return confirm(asked);
            return go();
        }

        async function confirm(clientSecretToken) {
            sayQuietly(word('bank_asks'));
            frame.element.scrollIntoView({ block: 'start' });
            const answered = await frame.ask('PIGI_HANDLE_SCA', { clientSecretToken }, 0);
            if (!answered.success) throw new Error(word('bank_refused'));
            await submit();
        }

        async function explain(error) {
            if (!(error instanceof Refusal)) throw error;
            // That the payment was added is not what matters any more.
            frame.ask('PIGI_CLEAR_ERROR_MESSAGES').catch(() => null);
            if (error.is('is_processed')) {
                await call('GET', '/refresh');
                return go();
            }
            if (error.is('insufficient_stock')) return showShortage(error, go, update);
            await call('GET', '/refresh');
            if (nextStep() !== 'payment') return go(error.message);
            if (error.is('tax') || error.is('cart')) {
                await call('POST', '/taxes');
                await totalChanged();
            }
            update();
            throw error;
        }

        const button = make('button', { class: 'button button--pay', type: 'button', id: 'pay' }, label());
        button.addEventListener('click', () => busyWith(button, () => pay().catch(explain)));
        return make(
            'div',
            {},
            make('div', { id: 'shortage' }),
            make('div', { id: 'frame', hidden: !checkout.state.order_total }, frame.element),
            problemPlace(),
            button,
            make('p', { class: 'small' }, word('secure')),
            agreement(),
        );
    },
};
