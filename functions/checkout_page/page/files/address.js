// The fields of an address, as the chosen country writes its addresses.
import { make } from './elements.js';
import { facts, hasWord, word } from './facts.js';
import { complete, field, refuse } from './form.js';
import { countryName, isShipped } from './order.js';
import { checkout } from './session.js';

// Fields whose kind of input and whose autofill is the same everywhere.
const PERSON = [
    ['first_name', { autocomplete: 'given-name' }],
    ['last_name', { autocomplete: 'family-name' }],
];
const STREET = [
    ['address_line_1', { autocomplete: 'address-line1' }],
    ['address_line_2', { autocomplete: 'address-line2' }],
];

const postalCodeLabel = (country) => {
    const own = `postal_code_${country.iso_code}`;
    return word(hasWord(own) ? own : 'postal_code');
};

const provinceLabel = (country) => {
    const own = `province_${country.province_label}`;
    if (hasWord(own)) return word(own);
    return country.province_label.charAt(0).toUpperCase() + country.province_label.slice(1);
};

// `kind` is "shipping" or "billing", `values` what it begins with. {element, fields(), value(), complete(), refuse()}.
export function addressForm(kind, values) {
    const valid = `valid_for_${kind}`;
    const countries = checkout.initial.country_info.filter((one) => one[valid]);
    const settings = checkout.initial.general_settings.checkout_process;
    const isRequired = {
        first_name: true,
        last_name: true,
        address_line_1: true,
        phone_number: settings.phone_number_required,
        business_name: settings.company_name_option === 'required',
    };
    let fields = [];

    const add = (name, more) => {
        const id = `${kind}-${name}`;
        const autocomplete = `${kind} ${more.autocomplete}`;
        const label = more.label ?? word(name);
        const made = field(id, name, { value: values[name], required: isRequired[name], ...more, label, autocomplete });
        fields.push(made);
        return made;
    };

    const known = countries.find((one) => one.iso_code === values.country_code);
    const first = known ?? countries.find((one) => one.iso_code === facts.country) ?? countries[0];
    const choices = countries.map((one) => [one.iso_code, countryName(one)]);
    choices.sort(([, one], [, other]) => one.localeCompare(other, facts.language));

    const element = make('div', { class: 'fields' });

    function lay(country) {
        Object.assign(values, read());
        fields = [];
        const chosen = add('country_code', {
            label: word('country'),
            options: choices,
            value: country.iso_code,
            required: true,
            autocomplete: 'country',
        });
        chosen.control.addEventListener('change', () => {
            values.province_code = '';
            lay(countries.find((one) => one.iso_code === chosen.value()));
            fields[0].control.focus();
        });
        for (const [name, more] of PERSON) add(name, more);
        if (isRequired.business_name) add('business_name', { autocomplete: 'organization' });
        for (const [name, more] of STREET) add(name, more);
        addPlace(country);
        // Nobody calls about an invoice.
        if (kind === 'shipping' || !isShipped() || isRequired.phone_number) {
            add('phone_number', { type: 'tel', autocomplete: 'tel', hint: word('phone_hint') });
        }
        element.replaceChildren(...fields.map((one) => one.element));
    }

    function addPlace(country) {
        if (country.show_postal_code) {
            const example = country.postal_code_example;
            add('postal_code', {
                label: postalCodeLabel(country),
                required: country.postal_code_required,
                autocomplete: 'postal-code',
                autocapitalize: 'characters',
                hint: example && word('for_example', { example }),
            });
        }
        add('city', { required: country.city_required, autocomplete: 'address-level2' });
        const provinces = country.provinces.filter((one) => one[valid]);
        if (!country.show_province || !provinces.length) return;
        const given = provinces.some((one) => one.iso_code === values.province_code) ? values.province_code : '';
        add('province_code', {
            label: provinceLabel(country),
            options: [['', word('choose')], ...provinces.map((one) => [one.iso_code, one.name])],
            value: given,
            required: country.province_required,
            autocomplete: 'address-level1',
        });
    }

    const read = () => Object.fromEntries(fields.map((one) => [one.name, one.value()]));

    if (first) lay(first);
    return {
        element,
        value: read,
        complete: () => complete(fields),
        // The API says "province" of what is chosen here by its code.
        refuse: (errors) =>
            refuse(
                fields,
                errors.map((error) => (error.field === 'province' ? { ...error, field: 'province_code' } : error)),
            ),
    };
}
