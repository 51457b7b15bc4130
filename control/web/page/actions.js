// What one can do: each is a request of the API, asked once more before it is made. To add one: a
// line here.
import {ask} from './api.js';
import {clean, el} from './text.js';

const runs = row => ['queued', 'running'].includes(row.status);
const is = (...words) => row => words.includes(row.status ?? row.state);
// A command to a flow or a worker is a row, which a daemon carries out.
const command = (target, word) => row => ({method: 'POST', path: '/api/commands', body: {target, target_id: row.id, command: word}});
const letter = verb => row => ({method: 'POST',
    path: '/api/queues/' + encodeURIComponent(row.queue) + '/dead_letters/' + encodeURIComponent(row.id) + '/' + verb, body: {}});
const kFollowEvery = 300, kFollowFor = 30000;

export const kActions = {
    task: [
        {name: 'Cancel', when: runs, question: row => 'Cancel this ' + row.type + ' task?',
            request: row => ({method: 'PATCH', path: '/api/tasks/' + encodeURIComponent(row.id), body: {status: 'cancelled'}, same: true})},
    ],
    incident: [
        {name: 'Resolve', when: row => row.status === 'open', question: row => 'Is this over: ' + row.title + '?',
            request: row => ({method: 'PATCH', path: '/api/incidents/' + encodeURIComponent(row.id), body: {status: 'resolved'}, same: true})},
    ],
    letter: [
        {name: 'Requeue', when: () => true, question: () => 'Send this message once more?', request: letter('requeue')},
        {name: 'Drop', when: () => true, question: () => 'Drop this message? It will not be processed.', request: letter('drop')},
    ],
    session: [
        {name: 'Sign out', when: () => true, question: row => 'Sign out ' + (row.browser || 'this session') + '?',
            request: row => ({method: 'DELETE', path: '/api/web_sessions/' + encodeURIComponent(row.id)})},
    ],
    flow: [
        {name: 'Answer', when: is('blocked'), question: row => row.reason || 'What does it need to go on?', input: 'Answer', request: command('flow', 'answer')},
        {name: 'Retry', when: is('blocked', 'failed'), question: row => 'Try node ' + row.node + ' again?', request: command('flow', 'retry')},
        {name: 'Pause', when: is('running', 'waiting'), question: row => 'Pause this flow at node ' + row.node + '?', request: command('flow', 'pause')},
        {name: 'Resume', when: is('paused'), question: row => 'Let this flow go on at node ' + row.node + '?', request: command('flow', 'resume')},
        {name: 'Cancel', when: is('running', 'waiting', 'paused', 'blocked', 'failed'), question: row => 'Cancel this flow at node ' + row.node + '?',
            request: command('flow', 'cancel')},
    ],
    project: [
        {name: 'Redeploy', when: row => row.status !== 'archived', question: row => 'Deploy ' + row.name + ' again? The version that runs serves until the new one answers.',
            request: command('project', 'redeploy'), done: 'asked for. It begins within a minute, as a deploy task below.'},
    ],
    worker: [
        {name: 'Kill', when: row => !row.ended_at, question: row => 'Kill this ' + row.type + '? Its turn is lost.', request: command('worker', 'kill')},
    ],
};

function confirm(question, name, input) {
    const dialog = document.getElementById('confirm');
    dialog.querySelector('#confirm-question').textContent = clean(question, 2000);
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
    document.getElementById('told').textContent = clean(text, 2000);
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => { document.getElementById('told').textContent = ''; }, 8000);
}

async function follow(made) {
    tell('Asked for; waiting until a daemon does it \u2026');
    const until = Date.now() + kFollowFor;
    let row = made;
    while (['waiting', 'taken'].includes(row.status)) {
        if (Date.now() > until) return 'no daemon has done it yet; it stays asked for.';
        await new Promise(done => setTimeout(done, kFollowEvery));
        row = (await ask('GET', '/api/commands/' + encodeURIComponent(made.id))).value;
    }
    return row.status === 'done' ? 'done.' : 'refused. ' + [row.reason, row.next_step].filter(Boolean).join(' \u2013 ');
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
        const made = await ask(request.method, request.path, body, etag ? {'If-Match': etag} : {});
        tell(action.name + ': ' + (action.done ?? (request.path === '/api/commands' ? await follow(made.value) : 'done.')));
    } catch (refusal) {
        tell(refusal.status === 412 || refusal.status === 409
            ? 'It has changed meanwhile; nothing was done. ' + refusal.message : refusal.message);
    }
}

export function buttons(kind, row) {
    return kActions[kind].filter(action => action.when(row)).map(action =>
        el('button', {type: 'button', onclick: () => act(action, row)}, action.name));
}
