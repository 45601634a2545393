// Elements of the page, made without any markup, so that no text of a shop or a shopper is ever read as such.
export const find = (id) => document.getElementById(id);

// Members that are functions are listeners, null and false are left out, and true is an attribute without a value.
export function make(tag, members = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(members)) {
        if (typeof value === 'function') element.addEventListener(name, value);
        else if (value === true) element.setAttribute(name, '');
        else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

// Where the next Tab begins, and what a screen reader reads: a heading of what is new.
export function focusOn(element) {
    if (!element.hasAttribute('tabindex') && !element.matches('input, select, textarea, button, a[href], iframe')) {
        element.tabIndex = -1;
    }
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: element.offsetHeight > innerHeight / 2 ? 'start' : 'center' });
}
