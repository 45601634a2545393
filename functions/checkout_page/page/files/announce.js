// What is said to the shopper, seen and heard.
import { find, focusOn, make } from './elements.js';
import { word } from './facts.js';

// The place within a step where its problem is said. It is there before the problem is, so that it is read out.
export const problemPlace = () => make('div', { class: 'problem', id: 'problem', role: 'alert' });

export function sayProblem(text) {
    const place = find('problem');
    if (!place) return sayNote(text);
    place.replaceChildren(...(text ? [make('p', {}, text)] : []));
    if (text) place.scrollIntoView({ block: 'center' });
}

// Only heard: what a seeing shopper notices by themselves.
export function sayQuietly(text) {
    find('status').textContent = text;
}

// At the head of the page, until the next step.
export function sayNote(text) {
    const note = find('note');
    if (!note) return;
    note.textContent = text;
    note.hidden = !text;
}

// The whole page is this one message, perhaps with something to do about it.
export function sayOnly(title, text, action = null) {
    const heading = make('h1', { class: 'title' }, title);
    const button = action && make('button', { type: 'button', class: 'button', click: action.run }, action.name);
    find('order').hidden = true;
    find('main').replaceChildren(make('section', { class: 'step alone' }, heading, make('p', {}, text), button));
    find('main').removeAttribute('aria-busy');
    document.title = title;
    focusOn(heading);
}

// Runs what a button is for, once at a time: until it ends the button does nothing and says so.
export async function busyWith(button, work) {
    if (button.ariaDisabled === 'true') return;
    const label = button.textContent;
    // Not `disabled`, which would take the focus away.
    button.ariaDisabled = 'true';
    button.classList.add('button--busy');
    button.textContent = word('wait');
    sayProblem('');
    try {
        await work();
    } catch (error) {
        sayProblem(error.message || word('failed'));
    } finally {
        button.ariaDisabled = 'false';
        button.classList.remove('button--busy');
        if (button.textContent === word('wait')) button.textContent = label;
    }
}
