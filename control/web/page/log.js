// The log of a worker, followed: a command that a daemon carries out for two minutes, renewed while somebody looks.
import {ask} from './api.js';
import {clean, el} from './text.js';

const kNear = 40;  // pixels from the end: whoever is there stays at the end

class FollowedLog {
    constructor(worker) {
        this.worker = worker;
        this.button = el('button', {type: 'button', 'aria-pressed': 'false', onclick: () => this.toggle()}, 'Follow the log');
        this.state = el('span', {class: 'dim', role: 'status'});
        this.text = el('pre', {tabindex: '0', role: 'region', 'aria-label': 'Log'});
        this.text.hidden = true;
        this.node = el('section', {}, el('h2', {}, 'Log'), el('p', {class: 'buttons'}, this.button, this.state), this.text);
    }

    toggle() {
        this.follows = !this.follows;
        this.button.setAttribute('aria-pressed', String(this.follows));
        this.button.textContent = this.follows ? 'Stop following' : 'Follow the log';
        this.say('');
        if (this.follows && !this.current) this.request();
    }

    say(text) {
        this.state.textContent = clean(text, 2000);
    }

    end(why) {
        if (this.follows) this.toggle();
        this.say(why);
    }

    async request() {
        this.say('Asked for \u2026');
        try {
            await ask('POST', '/api/commands', {target: 'worker', target_id: this.worker, command: 'follow'});
        } catch (refusal) {
            this.end(refusal.message);
        }
    }

    // Commands that are being carried out for this worker.
    fill(rows) {
        const row = rows.find(row => row.command === 'follow');
        const before = this.current;
        this.current = row?.id;
        if (row) return this.show(row.output ?? '');
        if (before && this.follows && this.node.isConnected) this.renew();
    }

    // The command is over: its time was, or the worker has ended.
    async renew() {
        try {
            const {value} = await ask('GET', '/api/workers/' + encodeURIComponent(this.worker));
            if (value.ended_at) this.end('The worker has ended; its last output is above.');
            else if (this.follows) await this.request();
        } catch (refusal) {
            this.end(refusal.message);
        }
    }

    show(output) {
        if (!this.follows) return;
        const isAtEnd = this.text.scrollHeight - this.text.scrollTop - this.text.clientHeight < kNear;
        this.text.hidden = false;
        this.text.textContent = clean(output) || 'It has written nothing yet.';
        if (isAtEnd) this.text.scrollTop = this.text.scrollHeight;
        this.say('live');
    }
}

export function logPart(worker) {
    const log = new FollowedLog(worker);
    return {path: '/api/commands?limit=5&status=taken&target_id=' + encodeURIComponent(worker), node: log.node,
        show: answer => log.fill(answer.body), refuse: text => log.end(text)};
}
