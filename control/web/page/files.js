// The files of the branch that a worker's work is on, as the forge has them: asked for when somebody looks, and text whatever an
// agent called them or wrote into them.
import {ask} from './api.js';
import {clean, el} from './text.js';

const kLongestName = 300;
const kContents = {binary: 'It is not text, so it is not shown.', too_large: 'It is larger than 256 KiB, so it is not shown.'};
const kKinds = {link: 'link, not followed', repository: 'another repository'};

class BranchFiles {
    constructor(worker) {
        this.worker = '/api/workers/' + encodeURIComponent(worker);
        this.asked = 0;
        this.button = el('button', {type: 'button', onclick: () => this.open([])}, 'Show the files');
        this.state = el('span', {class: 'dim', role: 'status'});
        this.way = el('nav', {class: 'buttons', 'aria-label': 'Directory'});
        this.list = el('ul', {class: 'list files', tabindex: '0', role: 'list', 'aria-label': 'Files'});
        this.text = el('pre', {tabindex: '0', role: 'region', 'aria-label': 'File'});
        this.node = el('section', {}, el('h2', {}, 'Files of its branch'), el('p', {class: 'buttons'}, this.button, this.state),
            this.way, this.list, this.text);
        this.way.hidden = this.list.hidden = this.text.hidden = this.node.hidden = true;
    }

    // The answer, unless something else was asked for in the meantime.
    async ask(path, take) {
        const turn = ++this.asked;
        this.state.textContent = 'Asked for \u2026';
        try {
            const answer = await ask('GET', path);
            if (turn === this.asked) take(answer);
        } catch (refusal) {
            if (turn === this.asked) this.state.textContent = clean(refusal.message, 2000);
        }
    }

    open(parts) {
        return this.ask(this.worker + '/files?limit=500&path=' + encodeURIComponent(parts.join('/')), ({value, next}) => {
            this.button.textContent = 'Look again';
            this.showWay(parts);
            this.list.replaceChildren();
            this.text.hidden = true;
            this.add(parts, value, next);
            this.list.focus();
        });
    }

    showWay(parts) {
        this.way.hidden = false;
        this.way.replaceChildren(...['the root', ...parts].map((part, depth) =>
            el('button', {type: 'button', 'aria-current': depth === parts.length && 'location', onclick: () => this.open(parts.slice(0, depth))},
                clean(part, kLongestName))));
    }

    add(parts, entries, next) {
        this.list.hidden = false;
        this.list.append(...entries.map(entry => this.line(parts, entry)));
        this.state.textContent = this.list.childElementCount ? '' : 'It is empty.';
        if (!next) return;
        const more = el('li', {}, el('button', {type: 'button', onclick: () => this.ask(next, ({value, next: after}) => {
            more.remove();
            this.add(parts, value, after);
            this.list.focus();
        })}, 'Show more'));
        this.list.append(more);
    }

    line(parts, entry) {
        const name = clean(entry.name, kLongestName), below = [...parts, entry.name];
        if (entry.kind === 'directory') return el('li', {}, el('button', {type: 'button', onclick: () => this.open(below)}, name + '/'));
        if (entry.kind !== 'file') return el('li', {}, name, ' ', el('span', {class: 'dim'}, kKinds[entry.kind] ?? entry.kind));
        return el('li', {}, el('button', {type: 'button', onclick: () => this.read(below)}, name), ' ',
            el('span', {class: 'dim'}, entry.bytes + ' bytes'));
    }

    read(parts) {
        return this.ask(this.worker + '/file?path=' + encodeURIComponent(parts.join('/')), ({value}) => {
            this.state.textContent = clean(parts.at(-1), kLongestName) + ' at ' + value.commit.slice(0, 12) + ', ' + value.bytes + ' bytes';
            this.text.hidden = false;
            this.text.textContent = clean(value.content === 'text' ? value.text : kContents[value.content], 262144);
            this.text.focus();
        });
    }
}

export function filesPart(worker) {
    const files = new BranchFiles(worker);
    // A worker without a branch has none.
    return {path: files.worker, node: files.node, show: answer => { files.node.hidden = !answer.body.branch; },
        refuse: () => { files.node.hidden = true; }};
}
