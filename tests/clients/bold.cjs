// Drives a whole checkout through Bold's own browser library, unmodified.
// Takes {api, shop, token, gateway, sku, address} as JSON on standard input, prints
// {order, calls: [{call, status, success, error, keys}], before, state} as JSON on standard output: `keys` are the
// members of the answer's data, `before` and `state` the library's own application state before and after processing.
const bold = require('@boldcommerce/checkout-frontend-library');
const { readFileSync } = require('node:fs');

const { api, shop, token, gateway, sku, address } = JSON.parse(readFileSync(0, 'utf8'));
const calls = [];

const record = (call, result) => {
    const body = result.response;
    const error = result.success ? null : { message: result.error?.message, body: result.error?.body ?? null };
    calls.push({ call, status: result.status, success: result.success, error, keys: Object.keys(body?.data ?? {}) });
    return result;
};
const run = async (call, ...args) => record(call, await bold[call](...args));

const begin = async () => {
    const answer = await fetch(`${api}/checkout/orders/${shop}/init`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ cart_items: [{ sku, quantity: 1, line_item_key: 'first' }] }),
    });
    const init = (await answer.json()).data;
    record('initialize', await bold.initialize(init, shop, { type: 'local', url: api, path: 'checkout' }));
};

const changeEverything = async () => {
    await run('addLineItem', { sku: 'HOUSE-250', platform_id: '71', quantity: 1, line_item_key: 'second' });
    await run('updateLineItemQuantity', 'second', 3);
    await run('addGuestCustomer', 'Jane', 'Roe', 'jane.roe@example.com', false);
    await run('setShippingAddress', address);
    await run('setBillingAddress', address);
    await run('addPayment', { gateway_public_id: gateway, token: 'tok_decline', amount: 100 });
    await run('updatePayment', { gateway_public_id: gateway, token: 'tok_decline', amount: 200 });
    await run('getPaymentList');
    await run('deletePayment', { gateway_public_id: gateway, token: 'tok_decline' });
    await run('deleteLineItem', { sku: 'HOUSE-250', platform_id: '71', quantity: 3, line_item_key: 'second' });
    await run('deleteBillingAddress');
    await run('deleteShippingAddress');
    await run('deleteCustomer');
};

const checkOut = async () => {
    await run('addGuestCustomer', 'John', 'Doe', 'john.doe@example.com', true);
    await run('updateCustomer', 'John', 'Doe Jr.', 'john.doe@example.com', false);
    await run('setShippingAddress', address);
    await run('updateShippingAddress', { ...address, address_line_2: 'Unit 2' });
    await run('setBillingAddress', address);
    await run('updateBillingAddress', { ...address, address_line_2: 'Unit 3' });
    await run('getShippingLines');
    await run('changeShippingLine', '1');
    await run('changeShippingLineWithCode', '0', 'standard');
    await run('setTaxes');
    await run('addPayment', { gateway_public_id: gateway, token: 'tok_requires_action', display_string: '1111', type: 'Visa' });
    await run('checkInventory', bold.checkInventoryStage.initial);
    await run('getRefreshedApplicationState');
};

(async () => {
    await begin();
    await changeEverything();
    await run('processOrder');
    await checkOut();
    const before = bold.getApplicationState();
    await run('processOrder', 5);
    await run('processOrder', 5);
    await run('getRefreshedApplicationState');
    const state = bold.getApplicationState();
    await run('addLineItem', { sku: 'HOUSE-250', platform_id: '71', quantity: 1, line_item_key: 'late' });
    console.log(JSON.stringify({ order: bold.getPublicOrderId(), calls, before, state }));
})();
