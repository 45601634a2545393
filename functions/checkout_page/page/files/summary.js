// What is bought, with every tax, fee and discount; and the field for a discount code.
import { busyWith, sayQuietly } from './announce.js';
import { Refusal } from './api.js';
import { find, make } from './elements.js';
import { word } from './facts.js';
import { field } from './form.js';
import { amount, isGiftCard, isShipped, nextStep } from './order.js';
import { change, checkout } from './session.js';

const wide = matchMedia('(min-width: 900px)');
let isOpen = wide.matches;

wide.addEventListener('change', () => {
    isOpen = wide.matches;
    const box = find('order').querySelector('details');
    if (box) box.open = isOpen;
});

const sumRow = (name, value, kind = '') =>
    make('div', { class: `sum ${kind}` }, make('dt', {}, name), make('dd', {}, value));

const off = (name, value) => sumRow(name, `−${amount(value)}`, 'sum--off');

function picture(product) {
    const image = product.image_url
        ? make('img', { src: product.image_url, alt: '', loading: 'lazy', width: 56, height: 56 })
        : make('span', { class: 'item__blank', 'aria-hidden': 'true' }, product.product_title.charAt(0));
    return make('span', { class: 'item__picture' }, image);
}

function item({ product_data: product, discounts, fees }) {
    // What shops that came from Shopify call the only variant of a product.
    const isNamed = ![product.product_title, 'Default Title'].includes(product.title);
    const properties = Object.entries(product.properties).map(([name, value]) => `${name}: ${value}`);
    const { quantity } = product;
    const more = [
        ...(isNamed ? [product.title] : []),
        ...properties,
        ...discounts.map((one) => `${one.text} −${amount(one.value)}`),
        ...fees.map((one) => `${one.name} +${amount(one.amount)}`),
    ];
    return make(
        'li',
        { class: 'item' },
        picture(product),
        make(
            'div',
            { class: 'item__text' },
            make('p', { class: 'item__name' }, product.product_title),
            more.map((text) => make('p', { class: 'item__more' }, text)),
            make('p', { class: 'item__more' }, word('times', { quantity, price: amount(product.price) })),
        ),
        make('p', { class: 'item__price' }, amount(product.total_price)),
    );
}

function sums() {
    const { state } = checkout;
    const lines = state.line_items;
    const subtotal = lines.reduce((sum, line) => sum + line.product_data.total_price, 0);
    const chosen = state.shipping.selected_shipping;
    const fees = [
        ...lines.flatMap((line) => line.fees.map((fee) => [fee.name, fee.amount])),
        ...state.fees.map((fee) => [fee.line_text, fee.value]),
    ];
    const gifts = state.payments.filter(isGiftCard);
    const paid = gifts.reduce((sum, one) => sum + one.value, 0);
    const isTaxed = nextStep() === 'payment' || nextStep() === 'done';
    return make(
        'dl',
        { class: 'sums' },
        sumRow(word('subtotal'), amount(subtotal)),
        state.discounts.filter((one) => one.valid).map((one) => off(one.text, one.value)),
        fees.map(([name, value]) => sumRow(name, amount(value))),
        isShipped() && sumRow(word('shipping'), chosen ? amount(chosen.amount) : word('next_step')),
        state.taxes.map((tax) =>
            tax.is_included
                ? sumRow(word('included', { tax: tax.name }), amount(tax.value), 'sum--quiet')
                : sumRow(tax.name, amount(tax.value)),
        ),
        !isTaxed && !state.taxes.length && sumRow(word('taxes'), word('next_step')),
        sumRow(word('total'), amount(state.order_total), 'sum--total'),
        gifts.map((one) => off(word('gift_card', { ending: one.display_string }), one.value)),
        gifts.length > 0 && sumRow(word('to_pay'), amount(Math.max(state.order_total - paid, 0)), 'sum--total'),
    );
}

// Taxes are taken away by a discount; where they are known already they are asked for again.
const withTaxes = (request) => (nextStep() === 'payment' ? [request, ['POST', '/taxes']] : [request]);

function codes(update) {
    const applied = checkout.state.discounts.filter((one) => one.source === 'code');
    const rows = applied.map((one) => {
        const remove = make(
            'button',
            { type: 'button', class: 'chip__off', 'aria-label': word('remove_code', { code: one.code }) },
            '×',
        );
        remove.addEventListener('click', () =>
            useCode(remove, update, word('code_removed'), ['DELETE', '/discounts', { code: one.code }]).catch(() => 0),
        );
        const problem = !one.valid && make('span', { class: 'chip__problem' }, ` ${word('code_unmet')}`);
        return make('li', { class: 'chip' }, one.code, problem, remove);
    });

    const typed = { autocapitalize: 'characters', autocomplete: 'off', required: true };
    const code = field('code', 'code', { label: word('code'), ...typed });
    const button = make('button', { class: 'button button--small', type: 'submit' }, word('apply'));
    const submit = async (event) => {
        event.preventDefault();
        if (!code.value()) return code.fail(word('required'));
        const request = ['POST', '/discounts', { code: code.value() }];
        await useCode(button, update, word('code_applied'), request).catch((error) => {
            code.fail(error.message);
            code.control.focus();
        });
        return undefined;
    };
    const form = make('form', { class: 'code', novalidate: true, submit }, code.element, button);
    return make('div', { class: 'codes' }, rows.length > 0 && make('ul', { class: 'chips' }, rows), form);
}

function useCode(button, update, said, request) {
    return new Promise((resolve, reject) => {
        busyWith(button, async () => {
            try {
                await change(...withTaxes(request));
            } catch (error) {
                if (!(error instanceof Refusal) || error.at !== 0) update();
                return reject(error);
            }
            update();
            sayQuietly(`${said} ${word('total')}: ${amount(checkout.state.order_total)}`);
            find('code')?.focus();
            return resolve();
        });
    });
}

export function showSummary(update) {
    const { state } = checkout;
    const total = make('span', { class: 'order__total' }, amount(state.order_total));
    const box = make(
        'details',
        { class: 'order__box', open: isOpen },
        make('summary', {}, make('span', {}, word('summary')), total),
        make('ul', { class: 'items' }, state.line_items.map(item)),
        !state.is_processed && codes(update),
        sums(),
    );
    box.addEventListener('toggle', () => (isOpen = box.open));
    find('order').replaceChildren(make('h2', { class: 'unseen' }, word('summary')), box);
    find('order').hidden = false;
}
