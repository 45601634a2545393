// The sandbox gateway's part of the page: its test tokens by name. Nothing here is a card.
window.gateway = (() => {
    const choices = [...document.querySelectorAll('input[name="token"]')];
    const named = (input) => input.parentElement.querySelector('.payment__name').textContent;

    return {
        paymentType: 'CREDIT_CARD',

        // What POST /payments is sent beside the gateway's id.
        tokenize: async () => {
            const chosen = choices.find((input) => input.checked);
            return { token: chosen.value, type: 'credit_card', display_string: named(chosen), brand: 'test' };
        },

        // By its place among the choices, or by the name of its token.
        select: ({ index, gatewayName }) => {
            const chosen = choices[index] ?? choices.find((input) => input.value === gatewayName);
            if (!chosen) return false;
            chosen.checked = true;
            chosen.closest('details')?.setAttribute('open', '');
            return true;
        },

        // The sandbox's bank is content as soon as the shopper is back.
        confirm: async () => {},
    };
})();
