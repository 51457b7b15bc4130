// A list of rows, however long: only those in sight are elements. The first page is live; older
// ones are fetched when one comes to the end.
import {clean, el} from './text.js';
import {ask} from './api.js';

const kBeyond = 10;  // rows drawn above and below what is in sight

export class List {
    // columns: [{name, wide?, width?, show(row)}]
    constructor(title, columns, empty) {
        this.columns = columns;
        this.rows = [];
        this.older = new Map();
        this.drawn = new Map();
        this.count = el('span', {class: 'count'});
        this.body = el('tbody');
        this.table = el('table', {},
            el('thead', {}, el('tr', {}, columns.map(column => el('th', {scope: 'col', class: column.wide && 'wide'}, column.name)))),
            this.body);
        columns.forEach((column, index) => {
            if (column.width) this.table.tHead.rows[0].cells[index].style.width = column.width;
        });
        this.box = el('div', {class: 'list', tabindex: '0', role: 'region', 'aria-label': title}, this.table);
        this.empty = el('p', {class: 'empty'}, empty);
        this.problem = el('p', {class: 'problem', role: 'alert'});
        this.node = el('section', {}, el('h2', {}, title, ' ', this.count), this.problem, this.empty, this.box);
        this.problem.hidden = this.empty.hidden = true;
        this.box.hidden = true;
        this.box.addEventListener('scroll', () => this.draw(), {passive: true});
        this.above = el('tr', {class: 'space', 'aria-hidden': 'true'}, el('td', {colspan: columns.length}));
        this.below = this.above.cloneNode(true);
        this.body.append(this.above, this.below);
    }

    refuse(text) {
        this.problem.textContent = clean(text, 2000);
        this.problem.hidden = false;
        this.empty.hidden = this.box.hidden = true;
        this.count.textContent = '';
    }

    fill(rows, next) {
        this.live = rows;
        this.next ??= next ?? '';
        this.problem.hidden = true;
        this.merge();
    }

    merge() {
        const known = new Set(this.live.map(row => this.key(row)));
        this.rows = [...this.live, ...[...this.older.values()].filter(row => !known.has(this.key(row)))];
        this.empty.hidden = this.rows.length > 0;
        this.box.hidden = this.rows.length === 0;
        this.count.textContent = this.rows.length + (this.next ? '+' : '');
        this.table.setAttribute('aria-rowcount', this.next ? -1 : this.rows.length + 1);
        this.draw();
    }

    key(row) {
        return String(row.id ?? row.name ?? row.work ?? row.step ?? row.key ?? [row.scope, row.subject, row.day, row.period]);
    }

    async more() {
        if (!this.next || this.fetching) return;
        this.fetching = true;
        try {
            const page = await ask('GET', this.next);
            for (const row of page.value) this.older.set(this.key(row), row);
            this.next = page.next ?? '';
            this.merge();
        } catch { /* at the next scroll again */ }
        this.fetching = false;
    }

    draw() {
        const height = this.height ?? 36;
        const first = Math.max(0, Math.floor(this.box.scrollTop / height) - kBeyond);
        const last = Math.min(this.rows.length, Math.ceil((this.box.scrollTop + (this.box.clientHeight || 600)) / height) + kBeyond);
        this.above.cells[0].style.height = first * height + 'px';
        this.below.cells[0].style.height = (this.rows.length - last) * height + 'px';
        const focused = document.activeElement;
        const wanted = new Map();
        let place = this.above;
        for (let index = first; index < last; ++index) {
            const key = this.key(this.rows[index]);
            const line = this.line(key, this.rows[index], index, focused);
            if (place.nextSibling !== line) place.after(line);
            place = line;
            wanted.set(key, this.drawn.get(key));
        }
        for (const [key, {line}] of this.drawn) if (!wanted.has(key)) line.remove();
        this.drawn = wanted;
        const measured = this.above.nextSibling?.offsetHeight;
        if (measured && measured !== this.height && this.rows.length) this.height = measured;
        if (last === this.rows.length) this.more();
    }

    // The row's element: the one that is there when it shows the same. Whoever is at a button or
    // link of it stays there.
    line(key, row, index, focused) {
        const text = JSON.stringify(row);
        const before = this.drawn.get(key);
        if (before?.text === text) return before.line;
        const line = el('tr', {'aria-rowindex': index + 2, class: before && 'fresh', 'data-key': key},
            this.columns.map(column => el('td', {class: [column.wide && 'wide', column.act && 'act'].filter(Boolean).join(' ') || null},
                column.show(row))));
        for (const cell of line.cells) cell.title = cell.textContent.slice(0, 300);
        if (before) {
            const stops = [...before.line.querySelectorAll('a, button')];
            const at = stops.indexOf(focused);
            before.line.replaceWith(line);
            if (at >= 0) line.querySelectorAll('a, button')[at]?.focus();
        }
        this.drawn.set(key, {line, text});
        return line;
    }
}
