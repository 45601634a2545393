// Someone else was first: which items fall short, and what can be done to go on.
import { busyWith, sayQuietly } from './announce.js';
import { find, focusOn, make } from './elements.js';
import { word } from './facts.js';
import { nextStep, products } from './order.js';
import { call, change, checkout } from './session.js';

// `error` is what processing was refused with: its sentences name the items, in case that the stock cannot be asked.
// False where nothing falls short.
export async function showShortage(error, go, update) {
    const { data } = await call('GET', '/check_inventory?stage=final');
    const short = data.inventory_check.failed_items ?? [];
    const lines = products()
        .map((product) => [product, short.find((one) => one.platform_variant_id === product.variant_id)])
        .filter(([, found]) => found);
    if (!lines.length) {
        if (error) throw error; // it came back a moment ago, or the shop does not say
        return false;
    }
    const heading = make('h3', { class: 'shortage__title' }, word('shortage'));
    const rows = lines.map(([product, { available_quantity: left }]) => shortItem(product, left, go, update));
    find('shortage').replaceChildren(
        make('div', { class: 'shortage' }, heading, make('p', {}, word('shortage_paid')), make('ul', {}, rows)),
    );
    sayQuietly(error?.message ?? '');
    focusOn(heading);
    return true;
}

function shortItem(product, left, go, update) {
    const name = product.product_title;
    const text = left ? word('only', { left, name }) : word('sold_out', { name });

    const act = (label, described, request) => {
        const members = { type: 'button', class: 'button button--small', 'aria-label': described };
        const button = make('button', members, label);
        button.addEventListener('click', () => busyWith(button, () => settle(request, go, update)));
        return button;
    };
    const { line_item_key } = product;
    const lower = ['PUT', '/items', { line_item_key, quantity: left }];
    return make(
        'li',
        {},
        make('p', {}, text),
        left > 0 && act(word('lower', { left }), word('lower_item', { left, name }), lower),
        act(word('remove'), word('remove_item', { name }), ['DELETE', '/items', { line_item_key, quantity: 0 }]),
    );
}

async function settle(request, go, update) {
    await change(request);
    if (checkout.state.line_items.length) await call('POST', '/taxes');
    go(word('changed'));
    if (nextStep() === 'payment') await showShortage(null, go, update);
}
