// What one can do: each is a request of the API, asked once more before it is made. To add one: a
// line here.
import {ask} from './api.js';
import {el} from './text.js';

const runs = row => ['queued', 'running'].includes(row.status);

export const kActions = {
    task: [
        {name: 'Cancel', when: runs, question: row => 'Cancel this ' + row.type + ' task?',
            request: row => ({method: 'PATCH', path: '/api/tasks/' + encodeURIComponent(row.id), body: {status: 'cancelled'}, same: true})},
    ],
    incident: [
        {name: 'Resolve', when: row => row.status === 'open', question: row => 'Is this over: ' + row.title + '?',
            request: row => ({method: 'PATCH', path: '/api/incidents/' + encodeURIComponent(row.id), body: {status: 'resolved'}, same: true})},
    ],
    session: [
        {name: 'Sign out', when: () => true, question: row => 'Sign out ' + (row.browser || 'this session') + '?',
            request: row => ({method: 'DELETE', path: '/api/web_sessions/' + encodeURIComponent(row.id)})},
    ],
    flow: [],
    worker: [],
};

function confirm(question, name, input) {
    const dialog = document.getElementById('confirm');
    dialog.querySelector('#confirm-question').textContent = question;
    dialog.querySelector('#confirm-yes').textContent = name;
    const label = dialog.querySelector('#confirm-input-label');
    label.hidden = !input;
    label.querySelector('span').textContent = input ?? '';
    const area = dialog.querySelector('#confirm-input');
    area.value = '';
    dialog.returnValue = 'no';
    dialog.showModal();
    return new Promise(done => {
        dialog.onclose = () => done(dialog.returnValue === 'yes' ? {text: area.value} : null);
    });
}

export function tell(text) {
    document.getElementById('told').textContent = text;
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => { document.getElementById('told').textContent = ''; }, 8000);
}

// The row may have moved on since it was shown: it is looked at first, and changed only as it was.
async function act(action, row) {
    const request = action.request(row);
    let etag;
    try {
        if (request.same) {
            const now = await ask('GET', request.path);
            if (!action.when(now.value)) return tell('It is ' + now.value.status + ' by now; nothing was done.');
            etag = now.etag;
        }
        const answer = await confirm(action.question(row), action.name, action.input);
        if (!answer) return;
        const body = action.input ? {...request.body, text: answer.text} : request.body;
        await ask(request.method, request.path, body, etag ? {'If-Match': etag} : {});
        tell(action.name + ': done.');
    } catch (refusal) {
        tell(refusal.status === 412 || refusal.status === 409
            ? 'It has changed meanwhile; nothing was done. ' + refusal.message : refusal.message);
    }
}

export function buttons(kind, row) {
    return kActions[kind].filter(action => action.when(row)).map(action =>
        el('button', {type: 'button', onclick: () => act(action, row)}, action.name));
}
