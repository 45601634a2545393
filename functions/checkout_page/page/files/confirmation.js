// The order was placed.
import { find, focusOn, make } from './elements.js';
import { facts, word } from './facts.js';
import { addressLine, addressOf, customer, isShipped } from './order.js';
import { checkout, startAgain } from './session.js';

const fact = ([term, value]) => make('div', {}, make('dt', {}, term), make('dd', {}, value));

export function showConfirmation() {
    const to = addressOf(isShipped() ? 'shipping' : 'billing');
    const place = isShipped() ? 'delivery' : 'billing_address';
    const name = customer().first_name || to?.first_name || '';
    const heading = make('h1', { class: 'title' }, name ? word('thanks', { name }) : word('order_number'));
    const chosen = checkout.state.shipping.selected_shipping;
    const about = [
        [word('order_number'), String(checkout.number)],
        [word('email'), customer().email_address],
        [word(place), to && `${to.first_name} ${to.last_name}, ${addressLine(to)}`],
        [word('shipping'), isShipped() && chosen?.description],
    ].filter(([, value]) => value);
    find('main').replaceChildren(
        make(
            'section',
            { class: 'step alone' },
            make('span', { class: 'done', 'aria-hidden': 'true' }, '✓'),
            heading,
            make('p', { class: 'lead' }, word('placed', { number: checkout.number, shop: facts.shop })),
            make('dl', { class: 'facts' }, about.map(fact)),
            make('button', { type: 'button', class: 'button button--quiet', click: startAgain }, word('again')),
        ),
    );
    document.title = `${word('order_number')} ${checkout.number} · ${facts.shop}`;
    focusOn(heading);
}
