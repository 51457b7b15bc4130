// The chat with one's Product Owner. Its lines come live, as every list does; each is an element that stays, so a screen
// reader announces what is new and nothing twice.
import {ask} from './api.js';
import {clean, el, since} from './text.js';

const kLive = '/api/chat?limit=50';
const kSpeakers = {message: 'You', answer: 'Product Owner', progress: 'Progress', notice: 'Notice', error: 'Error'};
const kNear = 80;  // pixels from the end: whoever is there stays at the end

// The same for a second try of one message, so that an answer that was lost has it sent once.
function newKey() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}

class Chat {
    constructor() {
        this.drawn = new Map();  // id: {text, line}
        this.lines = el('div', {class: 'chat-lines', role: 'log', 'aria-label': 'Conversation', tabindex: '0'});
        this.empty = el('p', {class: 'empty'}, 'Nothing has been said here yet. Write what you want built, or /help.');
        this.problem = el('p', {class: 'problem', role: 'alert'});
        this.earlier = el('button', {type: 'button', onclick: () => this.more()}, 'Earlier messages');
        this.area = el('textarea', {id: 'chat-text', rows: '3', required: true, autocomplete: 'off'});
        this.button = el('button', {type: 'submit'}, 'Send');
        this.form = el('form', {class: 'chat-form'}, el('label', {for: 'chat-text'}, 'Message'), this.area,
            el('p', {class: 'buttons'}, this.button, el('span', {class: 'dim'}, 'Enter sends, Shift+Enter begins a new line.')));
        this.node = el('section', {class: 'chat'}, this.problem, this.empty, this.earlier, this.lines, this.form);
        this.problem.hidden = this.empty.hidden = this.earlier.hidden = this.lines.hidden = true;
        this.form.addEventListener('submit', event => {
            event.preventDefault();
            this.send();
        });
        this.area.addEventListener('keydown', event => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            this.send();
        });
    }

    refuse(text) {
        this.problem.textContent = clean(text, 2000);
        this.problem.hidden = false;
    }

    // The newest lines, the newest first. A progress line that is missing among them is over.
    fill(rows, next) {
        this.problem.hidden = true;
        this.next ??= next ?? '';
        const isAtEnd = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < kNear;
        const now = new Set(rows.map(row => row.id));
        for (const [id, {line, row}] of this.drawn) {
            if (row.kind !== 'progress' || now.has(id)) continue;
            line.remove();
            this.drawn.delete(id);
        }
        let after = null;
        for (const row of rows) {
            const line = this.draw(row);
            if (line.nextSibling !== after || line.parentNode !== this.lines) this.lines.insertBefore(line, after);
            after = line;
        }
        this.empty.hidden = this.drawn.size > 0;
        this.lines.hidden = this.drawn.size === 0;
        this.earlier.hidden = !this.next;
        if (isAtEnd) this.lines.scrollTop = this.lines.scrollHeight;
    }

    draw(row) {
        const text = JSON.stringify(row);
        const before = this.drawn.get(row.id);
        if (before?.text === text) return before.line;
        const line = el('div', {class: 'chat-line ' + row.kind, 'data-key': row.id},
            el('span', {class: 'who'}, kSpeakers[row.kind] ?? row.kind, ' ', since(row.created_at),
                row.waits ? ' \u2013 not passed on yet' : null),
            el('p', {class: 'said'}, row.text));
        before?.line.replaceWith(line);
        this.drawn.set(row.id, {text, line, row});
        return line;
    }

    async more() {
        try {
            const page = await ask('GET', this.next);
            this.next = page.next ?? '';
            let first = this.lines.firstChild;
            for (const row of page.value) {
                if (this.drawn.has(row.id)) continue;
                const line = this.draw(row);
                this.lines.insertBefore(line, first);
                first = line;
            }
            this.earlier.hidden = !this.next;
        } catch (refusal) {
            this.refuse(refusal.message);
        }
    }

    async send() {
        const text = this.area.value;
        if (!text.trim() || this.button.disabled) return;
        if (this.tried !== text) this.key = newKey();
        this.tried = text;
        this.button.disabled = true;
        try {
            await ask('POST', '/api/chat', {text}, {'Idempotency-Key': this.key});
            this.tried = null;
            this.problem.hidden = true;
            if (this.area.value === text) this.area.value = '';
            this.lines.scrollTop = this.lines.scrollHeight;
        } catch (refusal) {
            this.refuse('Your message was not sent. ' + refusal.message);
        }
        this.button.disabled = false;
    }
}

export function chatPart() {
    const chat = new Chat();
    return {path: kLive, node: chat.node, show: answer => chat.fill(answer.body, answer.next), refuse: text => chat.refuse(text)};
}
