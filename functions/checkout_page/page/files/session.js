// The session of this shopper: which order it is, as it last was, and the right to it. A reload goes on where it was.
import { Refusal, send } from './api.js';

const HERE = location.pathname.replace(/\/$/, '');
const API = new URL('..', new URL(HERE, location)).href;
const KEPT = `till:${HERE}${location.search}`;
const DRAFT = `${KEPT}:draft`;
// A token is good for an hour.
const OLD = 50 * 60_000;

// `initial` and `state` are initial_data and application_state of the Bold dialect.
export const checkout = {
    shop: '',
    order: '',
    token: '',
    since: 0,
    initial: null,
    state: null,
    number: 0,
    prefill: '',
    isStyled: false,
};

const kept = {
    read(key) {
        try {
            return JSON.parse(sessionStorage.getItem(key));
        } catch {
            return null; // a browser that keeps nothing
        }
    },
    write(key, value) {
        try {
            if (value === null) sessionStorage.removeItem(key);
            else sessionStorage.setItem(key, JSON.stringify(value));
        } catch {
            // the page works, but a reload begins anew
        }
    },
};

// What is typed and not sent yet.
export const draft = { read: () => kept.read(DRAFT) ?? {}, write: (values) => kept.write(DRAFT, values) };

// A customer session token of the link that was followed. It does not stay in the address.
function tokenOfLink() {
    const given = new URLSearchParams(location.hash.slice(1)).get('auth_token');
    if (given) history.replaceState(history.state, '', location.pathname + location.search);
    return given;
}

// The order that was begun here before, else a new one.
export async function open() {
    const auth_token = tokenOfLink();
    const before = kept.read(KEPT);
    if (auth_token || !before) return begin(before ? { public_order_id: before.order, auth_token } : { auth_token });
    Object.assign(checkout, before);
    try {
        await call('GET', '/refresh');
    } catch (error) {
        if (!(error instanceof Refusal) || ![403, 404, 422].includes(error.status)) throw error;
        await begin({});
    }
}

// A reload then begins a new order.
export function startAgain() {
    kept.write(KEPT, null);
    draft.write(null);
    location.reload();
}

async function begin(wanted) {
    const { body } = await send('POST', `${HERE}/session${location.search}`, { body: wanted });
    const { shop_identifier: shop, public_order_id: order, jwt_token: token, initial_data: initial } = body.data;
    Object.assign(checkout, { shop, order, token, initial, since: Date.now() });
    checkout.state = body.data.application_state;
    checkout.prefill = body.data.prefill;
    kept.write(KEPT, { shop, order, token, initial, since: checkout.since });
    if (checkout.state.is_processed) await call('GET', '/refresh');
}

let renewing = null;

function renew() {
    renewing ??= begin({ public_order_id: checkout.order }).finally(() => (renewing = null));
    return renewing;
}

// Before something that must not be interrupted.
export async function renewIfOld() {
    if (Date.now() - checkout.since > OLD) await renew();
}

export const orderUrl = () => `${API}checkout/storefront/${checkout.shop}/${checkout.order}`;

// One request for the order; {status, data}. A session that has ended is renewed once.
export async function call(method, path, body, options = {}) {
    const ask = () => send(method, orderUrl() + path, { body, token: checkout.token, ...options });
    let answer;
    try {
        answer = await ask().catch(async (error) => {
            if (error.status !== 401) throw error;
            await renew();
            return ask();
        });
    } catch (error) {
        take(error.body);
        throw error;
    }
    take(answer.body);
    return { status: answer.status, data: answer.body.data };
}

// Several changes as one; the first that is refused says where it stood: `error.at`.
export async function change(...requests) {
    const sub_requests = requests.map(([method, endpoint, payload]) => ({
        method,
        endpoint,
        payload: payload && JSON.stringify(payload),
    }));
    try {
        await call('POST', '/batch', { sub_requests });
    } catch (error) {
        if (Array.isArray(error.body?.data)) error.at = error.body.data.findIndex((one) => one.errors);
        throw error;
    }
}

function take(body) {
    const state = body?.data?.application_state ?? body?.application_state;
    if (state) checkout.state = state;
    if (body?.data?.order_number) checkout.number = body.data.order_number;
}
