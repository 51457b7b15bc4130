// Signing in, the way from view to view, and what is live in each.
import {ask, Refusal} from './api.js';
import {Live} from './live.js';
import {tell} from './actions.js';
import {el} from './text.js';
import {kViews} from './views.js';

const content = document.getElementById('content');
const views = document.getElementById('views');
const state = document.getElementById('state');
const signOut = document.getElementById('sign-out');

const kStates = {connecting: 'connecting \u2026', live: 'live', lost: 'connection lost, trying again \u2026', asleep: 'asleep while hidden'};
const live = new Live(word => { state.textContent = kStates[word]; }, () => showSignIn('Your session has ended. Sign in again.'));

function showSignIn(why) {
    live.close();
    views.hidden = signOut.hidden = true;
    state.textContent = '';
    document.title = 'Sign in \u2013 Orchestrator';
    const input = el('input', {id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true});
    const problem = el('p', {class: 'problem', role: 'alert'}, why ?? '');
    problem.hidden = !why;
    const form = el('form', {class: 'sign-in'}, el('h1', {}, 'Sign in'), problem,
        el('p', {}, 'Run ', el('code', {}, 'orchestrator web link'), ' and open the link that it prints, or give a token:'),
        el('p', {}, el('label', {for: 'token'}, 'Token'), input), el('p', {}, el('button', {type: 'submit'}, 'Sign in')));
    form.addEventListener('submit', event => {
        event.preventDefault();
        signIn({token: input.value.trim()});
    });
    content.replaceChildren(form);
    input.focus();
}

async function signIn(proof) {
    try {
        await ask('POST', '/session', proof);
        await begin();
    } catch (refusal) {
        showSignIn(refusal.message);
    }
}

async function begin() {
    try {
        await ask('GET', '/session');
    } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        return showSignIn(refusal.status === 401 ? '' : refusal.message);
    }
    views.replaceChildren(...Object.entries(kViews).filter(([, view]) => view.title)
        .map(([name, view]) => el('a', {href: '#/' + name}, view.title)));
    views.hidden = signOut.hidden = false;
    show();
}

function place() {
    const [, name = '', id = ''] = /^#\/(\w+)(?:\/([^/]+))?$/.exec(location.hash) ?? [];
    return Object.hasOwn(kViews, name) && (kViews[name].title || id) ? {name, id} : {name: 'now', id: ''};
}

function show() {
    const {name, id} = place();
    const view = kViews[name];
    for (const link of views.children)
        if (link.getAttribute('href') === '#/' + name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
    document.title = (view.title ?? name) + ' \u2013 Orchestrator';
    const parts = view.parts(id);
    content.replaceChildren(...(view.title ? [el('h1', {}, view.title)] : []), ...parts.map(part => part.node).filter(Boolean));
    live.watch(parts.map(part => part.path), (index, answer) => {
        const part = parts[index];
        if (answer.status === 200) part.show(answer);
        else part.refuse(new Refusal(answer.status, answer.body).message, answer.status);
    });
}

document.getElementById('skip').addEventListener('click', event => {
    event.preventDefault();
    content.focus();
});
signOut.addEventListener('click', async () => {
    try {
        await ask('DELETE', '/session');
        showSignIn('');
    } catch (refusal) {
        tell(refusal.message);
    }
});
addEventListener('hashchange', () => {
    if (takeLink() || views.hidden) return;
    show();
    content.focus();
});

// A link's secret is used, and is not left in the address or the history.
function takeLink() {
    const link = /^#link=([0-9a-f]+)$/.exec(location.hash)?.[1];
    if (!link) return false;
    history.replaceState(null, '', '/web/#/now');
    signIn({link});
    return true;
}

if (!takeLink()) begin();
