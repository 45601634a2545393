// Fields with a label, a hint and a place for what is wrong with them.
import { focusOn, make } from './elements.js';
import { word } from './facts.js';

// A field: {name, element, value(), fail(message)}. `options` are [value, text] of a choice. One that is not required
// says so, since most are.
export function field(id, name, { label, value = '', required = false, options = null, hint = '', ...more }) {
    const described = hint ? `${id}-hint` : null;
    const shared = { id, name: id, required, 'aria-describedby': described, ...more };
    const control = options
        ? make('select', shared, options.map(([code, text]) => make('option', { value: code }, text)))
        : make('input', { type: 'text', autocapitalize: 'words', ...shared });
    control.value = value;
    const wrong = make('p', { class: 'field__wrong', id: `${id}-wrong`, hidden: true });
    const optional = !required && make('span', { class: 'field__optional' }, ` ${word('optional')}`);
    const element = make(
        'div',
        { class: `field field--${name}` },
        make('label', { for: id }, label, optional),
        control,
        hint && make('p', { class: 'field__hint', id: described }, hint),
        wrong,
    );
    const fail = (message) => {
        wrong.textContent = message;
        wrong.hidden = !message;
        control.ariaInvalid = message ? 'true' : null;
        const ids = [described, message && wrong.id].filter(Boolean).join(' ');
        if (ids) control.setAttribute('aria-describedby', ids);
        else control.removeAttribute('aria-describedby');
    };
    control.addEventListener('input', () => fail(''));
    return { name, element, control, fail, value: () => control.value.trim(), required };
}

export function tick(id, label, checked) {
    const control = make('input', { type: 'checkbox', id, name: id });
    control.checked = checked;
    const element = make('label', { class: 'tick' }, control, make('span', {}, label));
    return { element, control, value: () => control.checked };
}

// Says of each required field that is blank that it is; true when there is none.
export function complete(fields) {
    const blank = fields.filter((one) => one.required && !one.value());
    for (const one of blank) one.fail(word('required'));
    focusFirstWrong(fields);
    return !blank.length;
}

// Puts what the API refuses at its fields; returns what has no field here.
export function refuse(fields, errors) {
    const rest = errors.filter(({ field: name, message }) => {
        const at = fields.find((one) => one.name === name);
        at?.fail(message);
        return !at;
    });
    focusFirstWrong(fields);
    return rest;
}

function focusFirstWrong(fields) {
    const wrong = fields.find((one) => one.control.ariaInvalid === 'true');
    if (wrong) focusOn(wrong.control);
}
