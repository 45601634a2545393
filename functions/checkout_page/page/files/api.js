// Requests to the API. What goes wrong is an Error whose message is a sentence for the shopper.
import { hasWord, word } from './facts.js';

const BUSY = [429, 502, 503, 504, 530, 544];
const PAUSES = [400, 1200, 2500];
// Processing waits for banks.
const PATIENT = [1000, 2000, 3000, 4000, 5000, 5000, 5000, 5000];
const LONGEST = 35_000;
const SOON = 5;

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// The API was reached and says no. `errors` as the Bold dialect has them; `body` is all that it said.
export class Refusal extends Error {
    constructor(status, body) {
        const errors = Array.isArray(body?.errors) ? body.errors : [];
        super(sentence(status, errors[0]));
        Object.assign(this, { status, errors, body });
    }

    is(subType) {
        return this.errors.some((error) => error.sub_type === subType);
    }
}

// There was no answer: perhaps it was done and perhaps not.
export class Unreachable extends Error {}

// Shoppers of another language are told in theirs where the sentence is known by what it is about.
export function sentence(status, error) {
    const about = `refused_${error?.sub_type || error?.field}`;
    if (!error?.message || status >= 500) return word(status === 530 ? 'locked' : 'failed');
    if (status === 429) return word('too_many');
    return hasWord(about) ? word(about) : error.message;
}

const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

// The status and the body of a good answer. A request that is sent again has the same key, so that it counts once.
export async function send(method, url, { body, token, patient = false } = {}) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': newKey() };
    if (token) headers.Authorization = `Bearer ${token}`;
    const request = { method, headers, credentials: 'omit', cache: 'no-store' };
    if (body) request.body = JSON.stringify(body);
    let answer = null;
    for (const pause of [...(patient ? PATIENT : PAUSES), 0]) {
        answer = await fetch(url, { ...request, signal: AbortSignal.timeout(LONGEST) }).catch(() => null);
        const later = Number(answer?.headers.get('Retry-After') ?? 0);
        if (!pause || (answer && !BUSY.includes(answer.status)) || later > SOON) break;
        await wait(Math.max(pause, later * 1000));
    }
    if (!answer) throw new Unreachable(word(navigator.onLine ? 'unreachable' : 'offline'));
    const said = await answer.json().catch(() => null);
    if (answer.ok && said) return { status: answer.status, body: said };
    throw new Refusal(answer.status, said);
}
