// Opens the order and shows the step that is next.
import { sayNote, sayOnly, sayProblem, sayQuietly } from './announce.js';
import { Refusal } from './api.js';
import { showConfirmation } from './confirmation.js';
import { details } from './details.js';
import { find, focusOn, make } from './elements.js';
import { facts, word } from './facts.js';
import { isShipped, nextStep } from './order.js';
import { payment, totalChanged } from './payment.js';
import { call, checkout, open, startAgain } from './session.js';
import { shipping } from './shipping.js';
import { showSummary } from './summary.js';

let isShown = false;

const steps = () => (isShipped() ? [details, shipping, payment] : [details, payment]);

// What the order comes to has changed, perhaps what it needs, too.
function update() {
    showSummary(update);
    const open = find('main').querySelector('.step--open')?.dataset.step;
    if (open === 'payment' && nextStep() === 'payment') totalChanged();
    else if (open && open !== nextStep() && nextStep() !== 'payment') go();
}

// Shows the step that is next, or the one that is to be changed; `note` is said at its head.
function go(note = '', wanted = nextStep()) {
    sayNote(note);
    sayQuietly('');
    if (!checkout.state.line_items.length) return empty();
    showSummary(update);
    if (wanted === 'done') return showConfirmation();
    const all = steps();
    const at = all.findIndex((step) => step.name === wanted);
    const sections = all.map((step, i) => section(step, i, i - at));
    find('steps').replaceChildren(...sections);
    document.title = `${all[at].title()} · ${facts.shop}`;
    // Whoever just came begins at the top of the page.
    if (isShown) focusOn(sections[at].querySelector('h2'));
    isShown = true;
    return undefined;
}

// `away` from the open step: those before it are done, and those after it wait for it.
function section(step, i, away) {
    const number = make('span', { class: 'step__number' }, away < 0 ? '✓' : `${i + 1}`);
    const heading = make('h2', { id: `step-${step.name}` }, number, ` ${step.title()}`);
    const members = { 'aria-labelledby': heading.id, 'data-step': step.name };
    if (away > 0) return make('section', { ...members, class: 'step step--later' }, heading);
    if (away === 0) return make('section', { ...members, class: 'step step--open' }, heading, step.render(go, update));
    const name = word('change_step', { step: step.title() });
    const change = make('button', { type: 'button', class: 'link', 'aria-label': name }, word('change'));
    change.addEventListener('click', () => go('', step.name));
    const head = make('div', { class: 'step__head' }, heading, change);
    const said = step.said().map((text) => make('p', {}, text));
    return make('section', { ...members, class: 'step step--done' }, head, said);
}

const empty = () => sayOnly(word('empty'), word('empty_more'), { name: word('start_again'), run: startAgain });

function explain(error) {
    if (error instanceof Refusal && error.status === 404) return sayOnly(word('gone'), word('gone_more'));
    const reload = { name: word('try_again'), run: () => location.reload() };
    return sayOnly(word('not_opened'), error.message || word('failed'), reload);
}

async function start() {
    const connected = () => (find('offline').hidden = navigator.onLine);
    addEventListener('online', connected);
    addEventListener('offline', connected);
    connected();
    try {
        await open();
        find('main').removeAttribute('aria-busy');
        if (nextStep() === 'payment' && !checkout.state.taxes.length) await call('POST', '/taxes').catch(() => null);
    } catch (error) {
        return explain(error);
    }
    return go(checkout.prefill === 'ignored' ? word('prefill_ignored') : '');
}

addEventListener('unhandledrejection', () => sayProblem(word('failed')));
start();
