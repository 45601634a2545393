// The second step: how it is sent. An order of which nothing is sent has no such step.
import { busyWith, problemPlace } from './announce.js';
import { make } from './elements.js';
import { word } from './facts.js';
import { amount } from './order.js';
import { change, checkout } from './session.js';

const price = (line) => (line.amount ? amount(line.amount) : word('free'));

export const shipping = {
    name: 'shipping',
    title: () => word('shipping'),

    said() {
        const chosen = checkout.state.shipping.selected_shipping;
        return [`${chosen.description} · ${price(chosen)}`];
    },

    render(go) {
        const { available_shipping_lines: offers, selected_shipping: chosen } = checkout.state.shipping;
        const first = offers.find((offer) => offer.code === chosen?.code) ?? offers[0];
        const choices = offers.map((offer) => {
            const members = { type: 'radio', name: 'shipping', value: offer.id, checked: offer === first };
            const control = make('input', members);
            const what = make('span', { class: 'choice__name' }, offer.description);
            const cost = make('span', { class: 'choice__price' }, price(offer));
            return make('label', { class: 'choice' }, control, what, cost);
        });

        async function submit(form) {
            const { id: index, code } = offers.find((offer) => offer.id === form.elements.shipping.value);
            await change(['POST', '/shipping_lines', { index, code }], ['POST', '/taxes']);
            go();
        }

        const button = make('button', { class: 'button', type: 'submit' }, word('to_payment'));
        const form = make(
            'form',
            {
                submit: (event) => {
                    event.preventDefault();
                    busyWith(button, () => submit(form));
                },
            },
            make('fieldset', { class: 'choices' }, make('legend', { class: 'unseen' }, word('shipping')), choices),
            !offers.length && make('p', { class: 'problem' }, word('no_shipping')),
            problemPlace(),
            offers.length > 0 && button,
        );
        return form;
    },
};
