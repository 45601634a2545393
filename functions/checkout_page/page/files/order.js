// Questions about the order that several parts of the page have.
import { facts, money } from './facts.js';
import { checkout } from './session.js';

export const amount = (minor) => money(minor, checkout.state.currency.iso_code);
export const products = () => checkout.state.line_items.map((line) => line.product_data);
export const isShipped = () => products().some((product) => product.requires_shipping);
export const customer = () => (Array.isArray(checkout.state.customer) ? null : checkout.state.customer);
export const isGiftCard = (payment) => payment.tag === 'BoldGiftCard';

// Of the kind "shipping" or "billing".
export function addressOf(kind) {
    const address = checkout.state.addresses[kind];
    return Array.isArray(address) ? null : address;
}

const nameOf = new Intl.DisplayNames([facts.language], { type: 'region', fallback: 'none' });

export const countryName = ({ iso_code, name }) => nameOf.of(iso_code) ?? name;

export function addressLine(address) {
    const place = [address.postal_code, address.city, address.province_code].filter(Boolean).join(' ');
    const country = countryName({ iso_code: address.country_code, name: address.country });
    return [address.address_line_1, address.address_line_2, place, country].filter(Boolean).join(', ');
}

// Which step is next for an order as it is.
export function nextStep() {
    const { state } = checkout;
    if (state.is_processed) return 'done';
    if (!customer() || !addressOf(isShipped() ? 'shipping' : 'billing')) return 'details';
    return isShipped() && !state.shipping.selected_shipping ? 'shipping' : 'payment';
}
