// What the server told this page, its words, and how money is written.
export const facts = JSON.parse(document.getElementById('facts').textContent);

// A text of words.json; {name} in it is replaced by the value of that name.
export function word(name, values = {}) {
    return (facts.words[name] ?? facts.words.failed).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? '');
}

export const hasWord = (name) => Object.hasOwn(facts.words, name);

// An amount in minor units. How many decimals a currency has is told: browsers do not all know it as ISO 4217 does.
export function money(amount, currency) {
    const exponent = facts.exponents[currency] ?? 2;
    const decimals = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
    const format = new Intl.NumberFormat(facts.language, { style: 'currency', currency, ...decimals });
    return format.format(amount / 10 ** exponent);
}
