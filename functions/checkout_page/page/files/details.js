// The first step: who buys, and where it goes.
import { busyWith, problemPlace, sayProblem } from './announce.js';
import { addressForm } from './address.js';
import { sentence } from './api.js';
import { make } from './elements.js';
import { word } from './facts.js';
import { complete, field, refuse, tick } from './form.js';
import { addressLine, addressOf, customer, isShipped } from './order.js';
import { change, draft } from './session.js';

const sameAddress = (one, other) =>
    Object.entries(one ?? {}).every(([name, value]) => name === 'id' || value === (other ?? {})[name]);

export const details = {
    name: 'details',
    title: () => word(isShipped() ? 'details' : 'details_unshipped'),

    said() {
        const to = addressOf(isShipped() ? 'shipping' : 'billing');
        const name = `${to.first_name} ${to.last_name}`;
        return [customer().email_address, name, addressLine(to)];
    },

    render(go) {
        const typed = draft.read();
        const known = customer();
        const kind = isShipped() ? 'shipping' : 'billing';
        const email = field('email', 'email_address', {
            label: word('email'),
            type: 'email',
            value: typed.email ?? known?.email_address,
            required: true,
            autocomplete: 'email',
            autocapitalize: 'none',
            inputmode: 'email',
            hint: word('email_hint'),
        });
        const news = tick('news', word('news'), typed.news ?? known?.accepts_marketing ?? false);
        const names = { first_name: known?.first_name, last_name: known?.last_name };
        const main = addressForm(kind, { ...names, ...addressOf(kind), ...typed[kind] });

        const billed = addressOf('billing');
        const same = typed.same ?? (!billed || sameAddress(billed, addressOf('shipping')));
        const isSame = kind === 'shipping' && tick('same', word('same_address'), same);
        let billing = null;
        const other = make('div', { class: 'other' });
        const layBilling = () => {
            if (!isSame) return;
            billing = isSame.value() ? null : addressForm('billing', { ...billed, ...typed.billing });
            const heading = make('h3', { class: 'step__part' }, word('billing_address'));
            other.replaceChildren(...(billing ? [heading, billing.element] : []));
        };
        layBilling();
        if (isSame) isSame.control.addEventListener('change', layBilling);

        const keep = () => {
            const values = { email: email.value(), news: news.value(), [kind]: main.value() };
            if (isSame) values.same = isSame.value();
            if (billing) values.billing = billing.value();
            draft.write({ ...draft.read(), ...values });
        };

        async function submit() {
            keep();
            // All of them, so that each says what is missing; the first of them is shown.
            const whole = [billing, main].filter(Boolean).map((one) => one.complete());
            if (![...whole, complete([email])].every(Boolean)) return sayProblem(word('missing'));
            const to = main.value();
            const { first_name, last_name } = to;
            const who = { email_address: email.value(), first_name, last_name, accepts_marketing: news.value() };
            // Perhaps they are known since the last time that this was sent.
            const requests = [customer() ? ['PUT', '/customer', who] : ['POST', '/customer/guest', who]];
            if (kind === 'shipping') requests.push(['POST', '/addresses/shipping', to]);
            requests.push(['POST', '/addresses/billing', billing ? billing.value() : to]);
            if (kind === 'billing') requests.push(['POST', '/taxes']);
            try {
                await change(...requests);
            } catch (error) {
                return explain(error);
            }
            draft.write(null);
            go();
        }

        function explain(error) {
            const answers = error.body?.data;
            if (!Array.isArray(answers)) throw error;
            const rest = answers.flatMap(({ endpoint, errors = [] }) => {
                const said = errors.map((one) => ({ ...one, message: sentence(422, one) }));
                if (endpoint.startsWith('/customer')) return refuse([email], said);
                return (billing && endpoint.endsWith('billing') ? billing : main).refuse(said);
            });
            sayProblem(rest.length ? rest[0].message : word('check_fields'));
        }

        const label = word(isShipped() ? 'to_shipping' : 'to_payment');
        const button = make('button', { class: 'button', type: 'submit' }, label);
        return make(
            'form',
            {
                novalidate: true,
                submit: (event) => {
                    event.preventDefault();
                    busyWith(button, submit);
                },
                input: keep,
                change: keep,
            },
            make('h3', { class: 'step__part' }, word('contact')),
            make('div', { class: 'fields' }, email.element, news.element),
            make('h3', { class: 'step__part' }, word(isShipped() ? 'delivery' : 'billing_address')),
            main.element,
            isSame && isSame.element,
            other,
            problemPlace(),
            button,
        );
    },
};
