// The page as a person uses it, in a real Chromium, with a real daemon (test_page.py starts
// both).
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {promisify} from 'node:util';

const {API_URL, API_TOKEN, ORCHESTRATOR, CHROMIUM, PAGE_PACKAGES, CHATS, BRANCH_WORKER} = process.env;
const load = createRequire(PAGE_PACKAGES + '/');
const {chromium} = load('playwright-core');
const kAxe = readFileSync(load.resolve('axe-core/axe.min.js'), 'utf8');
const kPatience = 20000;

let browser, context, page, violations;

async function api(method, path, body, headers = {}) {
    const response = await fetch(API_URL + path, {method, body: body && JSON.stringify(body),
        headers: {Authorization: 'Bearer ' + API_TOKEN, ...(body ? {'Content-Type': 'application/json'} : {}), ...headers}});
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text.slice(0, 400)}`);
    return text ? JSON.parse(text) : null;
}

async function command(...words) {
    const {stdout} = await promisify(execFile)(ORCHESTRATOR, words);
    return stdout;
}

const link = async () => (await command('web', 'link', '--quiet')).trim();
let made = 0;
const project = (more = {}) => api('POST', '/api/projects', {name: 'project-' + ++made, ...more});
const task = (owner, more = {}) => api('POST', '/api/tasks', {project_id: owner.id, type: 'engineering', ...more});
const row = text => page.locator('tr', {hasText: text});

async function open(where = context) {
    const opened = await where.newPage();
    opened.setDefaultTimeout(kPatience);
    await opened.addInitScript(() => {
        window.violations = [];
        document.addEventListener('securitypolicyviolation', event => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
    });
    opened.on('console', line => { if (line.type() === 'error') violations.push(line.text()); });
    opened.on('pageerror', error => violations.push(String(error)));
    return opened;
}

async function signIn() {
    await page.goto(await link());
    await page.getByRole('heading', {name: 'Now'}).waitFor();
    await page.getByRole('status').filter({hasText: /^live$/}).waitFor();
}

async function view(hash, heading) {
    await page.evaluate(to => { location.hash = to; }, hash);
    await page.getByRole('heading', {level: 1, name: heading}).waitFor();
}

before(async () => {
    browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage']});
});
after(() => browser.close());
beforeEach(async () => {
    violations = [];
    context = await browser.newContext();
    page = await open();
});
afterEach(async () => {
    const refused = [...violations, ...await page.evaluate(() => window.violations ?? [])];
    await context.close();
    // A browser reports every status other than 2xx; some tests provoke these on purpose.
    assert.deepEqual(refused.filter(text => !/status of (40[0-9]|412)|ERR_INTERNET_DISCONNECTED/.test(text)), []);
});

test('a link signs in once, and its secret stays nowhere', async () => {
    const url = await link();
    await page.goto(url);
    await page.getByRole('heading', {name: 'Now'}).waitFor();
    assert.ok(!page.url().includes('link='));
    const [cookie] = await context.cookies();
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    await page.reload();
    await page.getByRole('heading', {name: 'Now'}).waitFor();

    const other = await browser.newContext();
    const stranger = await open(other);
    await stranger.goto(url);
    await stranger.getByRole('alert').filter({hasText: 'used before'}).waitFor();
    await stranger.getByLabel('Token').fill('orch_000000000000_wrong');
    await stranger.keyboard.press('Enter');
    await stranger.getByRole('alert').filter({hasText: 'token'}).waitFor();
    await stranger.getByLabel('Token').fill(API_TOKEN);
    await stranger.keyboard.press('Enter');
    await stranger.getByRole('heading', {name: 'Now'}).waitFor();
    await other.close();
});

test('a task is seen to come and to move, without a reload', async () => {
    const owner = await project();
    await signIn();
    await page.getByText('No task yet').or(page.getByRole('region', {name: 'Tasks'})).first().waitFor();
    const one = await task(owner, {spec: 'a page that is live'});
    const line = row('a page that is live');
    await line.waitFor();
    await line.getByText('queued').waitFor();
    await page.evaluate(id => {
        window.seen = new Promise(done => new MutationObserver(() => {
            const line = document.querySelector(`tr[data-key="${id}"]`);
            if (line?.textContent.includes('running')) done(Date.now());
        }).observe(document.body, {childList: true, subtree: true}));
    }, one.id);
    await api('PATCH', '/api/tasks/' + one.id, {status: 'running'});
    const committed = Date.now();
    console.log('seen after ' + (await page.evaluate(() => window.seen) - committed) + ' ms');
    await view('#/task/' + one.id, 'engineering task');
    await page.getByText('a page that is live').waitFor();
    await api('PATCH', '/api/tasks/' + one.id, {status: 'completed', result: {summary: 'well done'}});
    await page.getByText('well done').waitFor();
});

test('a connection that was lost comes again, with what happened meanwhile', async () => {
    const owner = await project();
    await signIn();
    await context.setOffline(true);
    await page.evaluate(() => { location.hash = '#/projects'; });
    await page.getByRole('status').filter({hasText: 'connection lost'}).waitFor();
    await task(owner, {spec: 'made meanwhile'});
    await page.evaluate(() => { location.hash = '#/now'; });
    await context.setOffline(false);
    await row('made meanwhile').waitFor();
    await page.getByRole('status').filter({hasText: /^live$/}).waitFor();
});

test('by keyboard alone: to a view, to a task, and it is cancelled after one more question', async () => {
    const owner = await project();
    const one = await task(owner, {spec: 'too much'});
    await signIn();
    await row('too much').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'skip');
    for (let i = 0; i < 3; ++i) await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Projects');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', {level: 1, name: 'Projects'}).waitFor();
    await row(owner.name).waitFor();
    const go = async wanted => {
        for (let i = 0; i < 200; ++i) {
            await page.keyboard.press('Tab');
            if (await page.evaluate(text => document.activeElement.textContent === text, wanted)) return;
        }
        assert.fail('Tab never came to ' + wanted);
    };
    await go(owner.name);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', {level: 1, name: owner.name}).waitFor();
    await row('too much').waitFor();
    await go('Cancel');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Cancel this engineering task?').waitFor();
    await page.keyboard.press('Escape');
    assert.equal((await api('GET', '/api/tasks/' + one.id)).status, 'queued');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await go('Cancel');
    await page.keyboard.press('Enter');
    await row('too much').getByText('cancelled').waitFor();
    assert.equal((await api('GET', '/api/tasks/' + one.id)).status, 'cancelled');
});

test('what has moved on meanwhile is told, and not done', async () => {
    const one = await task(await project(), {spec: 'moves on'});
    await signIn();
    await row('moves on').getByRole('button', {name: 'Cancel'}).click();
    await page.getByRole('dialog').waitFor();
    await api('PATCH', '/api/tasks/' + one.id, {status: 'running'});
    await page.getByRole('dialog').getByRole('button', {name: 'Cancel'}).click();
    await page.getByText('It has changed meanwhile; nothing was done.').waitFor();
    assert.equal((await api('GET', '/api/tasks/' + one.id)).status, 'running');
});

test('what somebody hostile wrote is shown and does nothing', async () => {
    const bad = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>\u001b[31mred\u0007 ' +
        '\u202egnp.exe\u2066 a\u200bb </td></tr></table> javascript:alert(1) ';
    const owner = await project({description: bad});
    const one = await task(owner, {spec: bad + 'x'.repeat(60000)});
    await api('PATCH', '/api/tasks/' + one.id, {status: 'running'});
    await api('PATCH', '/api/tasks/' + one.id, {status: 'completed', result: {'<b>key</b>': bad}});
    await api('POST', '/api/service_deployments', {project_id: owner.id, server_id: (await api('POST', '/api/servers', {
        name: bad.slice(0, 60), handle: 'h-' + made, ip_address: '10.0.0.1', provider_id: 'p-' + made})).id,
    service_name: 'web', port: 8123, status: 'running', url: 'javascript:window.caught=1'});
    await signIn();
    for (const [hash, heading] of [['#/now', 'Now'], ['#/projects', 'Projects'], ['#/servers', 'Servers'],
        ['#/project/' + owner.id, owner.name], ['#/task/' + one.id, 'engineering task']]) {
        await view(hash, heading);
        await page.getByText('window.caught').first().waitFor();
        const shown = await page.evaluate(() => ({text: document.body.innerText, caught: window.caught,
            made: document.querySelectorAll('main script, main img, main b, main iframe, main a[href^="javascript"]').length}));
        assert.equal(shown.caught, undefined);
        assert.equal(shown.made, 0);
        assert.ok(!/[\u001b\u0007\u202e\u2066\u200b]/.test(shown.text), 'a steering character is on the page');
    }
    await page.getByText('\u241b[31mred\u2407').first().waitFor();
    await page.getByText('\u27e6U+202E\u27e7gnp.exe').first().waitFor();
    for (const strange of ['#/constructor', '#/now/1/2', '#<b>']) await view(strange, 'Now');
    await page.evaluate(() => { location.hash = '#/task/%3Cscript%3E'; });
    await page.getByRole('alert').filter({hasText: 'no such'}).or(page.getByRole('alert')).first().waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0);
});

test('the policy stops what would be markup, wherever it comes from', async () => {
    await signIn();
    const outcome = await page.evaluate(() => {
        try {
            document.getElementById('told').innerHTML = '<img src=x onerror="window.caught=1">';
            return 'taken';
        } catch (error) {
            return error.name;
        }
    });
    assert.equal(outcome, 'TypeError');
    await page.evaluate(() => { window.violations.length = 0; });
    violations.length = 0;
});

test('nobody else acts in a signed-in name', async () => {
    await signIn();
    const [cookie] = await context.cookies();
    const base = {Cookie: cookie.name + '=' + cookie.value};
    const send = (path, headers, method = 'POST') => fetch(API_URL + path, {method, headers: {...base, ...headers}, body: method === 'GET' ? undefined : '{}'});
    assert.equal((await send('/web/api/projects', {})).status, 403);
    assert.equal((await send('/web/api/projects', {'X-Orchestrator-Page': '1', Origin: 'https://evil.example'})).status, 403);
    assert.equal((await send('/web/api/projects', {'X-Orchestrator-Page': '1', 'Sec-Fetch-Site': 'cross-site'})).status, 403);
    assert.equal((await send('/web/session', {Origin: 'null'}, 'DELETE')).status, 403);
    assert.equal((await send('/web/events?watch=%2Fapi%2Fprojects', {Origin: 'https://evil.example'}, 'GET')).status, 403);
    assert.equal((await send('/web/api/projects', {'X-Orchestrator-Page': '1', Authorization: 'Bearer nonsense'}, 'GET')).status, 200);
    // The cookie is valid for the page only, not for the API.
    assert.equal((await send('/api/projects', {}, 'GET')).status, 401);
    const plain = await fetch(API_URL + '/web/');
    assert.match(plain.headers.get('Content-Security-Policy'), /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.ok(!/unsafe/.test(plain.headers.get('Content-Security-Policy')));
    const root = await fetch(API_URL + '/', {redirect: 'manual'});
    assert.equal(root.headers.get('Location'), '/web/');
});

test('a graph is drawn with the node that it is at, and circles and nonsense do no harm', async () => {
    await page.goto(API_URL + '/web/');
    const drawn = await page.evaluate(async () => {
        const {draw} = await import('/web/graph.js');
        const look = (text, node) => {
            const picture = draw(text, node);
            document.body.append(picture);
            return {boxes: picture.querySelectorAll('rect').length, lines: picture.querySelectorAll('path').length,
                at: picture.querySelectorAll('rect.current').length, label: picture.getAttribute('aria-label'), broken: /NaN|undefined/.test(picture.outerHTML)};
        };
        return [look('flowchart TD\n    __start__([start]) --> a\n    a\n    a --> b\n    b --> a\n    b --> b\n    c\n    class b current\n', 'b'),
            look('<script>window.caught=1</script>\n    x --> <img>\n', '\u202enode'), look('', 'a')];
    });
    assert.deepEqual(drawn, [{boxes: 4, lines: 4, at: 1, label: 'The graph; it is at b', broken: false},
        {boxes: 0, lines: 0, at: 0, label: 'The graph; it is at \u27e6U+202E\u27e7node', broken: false},
        {boxes: 0, lines: 0, at: 0, label: 'The graph; it is at a', broken: false}]);
});

test('a session that is ended elsewhere asks to sign in again, in each of its tabs', async () => {
    await signIn();
    const second = await open();
    await second.goto(API_URL + '/');
    await second.getByRole('heading', {name: 'Now'}).waitFor();
    await second.getByRole('status').filter({hasText: /^live$/}).waitFor();
    const sessions = JSON.parse(await command('web', 'sessions')).data;
    assert.ok(sessions.length > 0 && /Chrom/.test(sessions[0].browser));
    await command('web', 'end', sessions[0].id);
    for (const tab of [page, second]) await tab.getByRole('heading', {name: 'Sign in'}).waitFor();
    await page.getByRole('alert').filter({hasText: 'ended'}).waitFor();
    await page.reload();
    await page.getByRole('heading', {name: 'Sign in'}).waitFor();
});

test('signing out ends the session here and in the store', async () => {
    await signIn();
    const before = JSON.parse(await command('web', 'sessions')).data.length;
    await page.getByRole('button', {name: 'Sign out'}).first().click();
    await page.getByRole('heading', {name: 'Sign in'}).waitFor();
    assert.equal(JSON.parse(await command('web', 'sessions')).data.length, before - 1);
});

const said = (kind, text) => page.locator('.chat-line.' + kind, {hasText: text});

test('the chat, by keyboard alone: what is written is answered once, live and as text', {skip: !CHATS && 'a Product Owner needs root'}, async () => {
    await signIn();
    await view('#/chat', 'Chat');
    await page.getByText('Nothing has been said here yet').waitFor();
    await page.getByLabel('Message').focus();
    await page.keyboard.type('/help');
    await page.keyboard.press('Enter');
    await said('message', '/help').waitFor();
    await said('answer', '/projects').waitFor();
    assert.equal(await page.getByLabel('Message').inputValue(), '');

    await page.keyboard.type('a shop <i>please</i>');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('with two lines');
    await page.keyboard.press('Enter');
    await said('message', 'a shop <i>please</i>').waitFor();
    await page.locator('.chat-line.progress').first().waitFor();
    await said('answer', 'You said: with two lines').waitFor();
    const shown = await page.evaluate(() => ({caught: window.caught, made: document.querySelectorAll('main script, main img, main b, main i').length,
        left: document.querySelectorAll('.chat-line.progress').length}));
    assert.equal(shown.caught, undefined);
    assert.equal(shown.made, 0);
    assert.equal(shown.left, 0);
    await page.getByText('\u241b[31mred').waitFor();
});

test('a chat that lost its connection misses nothing and shows nothing twice; nobody else reads it', {skip: !CHATS && 'a Product Owner needs root'}, async () => {
    await signIn();
    await view('#/chat', 'Chat');
    await page.getByLabel('Message').waitFor();
    await context.setOffline(true);
    await page.evaluate(() => { location.hash = '#/projects'; });
    await page.getByRole('status').filter({hasText: 'connection lost'}).waitFor();
    await page.evaluate(() => { location.hash = '#/chat'; });
    await page.getByRole('status').filter({hasText: 'connection lost'}).waitFor();
    await page.getByLabel('Message').fill('kept');
    await page.getByRole('button', {name: 'Send'}).click();
    await page.getByRole('alert').filter({hasText: 'Your message was not sent'}).waitFor();
    await api('POST', '/api/chat', {text: 'from another tab'}, {'Idempotency-Key': 'twice'});
    await api('POST', '/api/chat', {text: 'from another tab'}, {'Idempotency-Key': 'twice'});
    await context.setOffline(false);
    await page.getByRole('status').filter({hasText: /^live$/}).waitFor();
    await page.getByRole('button', {name: 'Send'}).click();
    await said('answer', 'You said: from another tab').waitFor();
    await said('answer', 'You said: kept').waitFor();
    for (const text of ['from another tab', 'kept']) {
        assert.equal(await said('message', text).count(), 1);
        assert.equal(await said('answer', 'You said: ' + text).count(), 1);
    }
    const lines = () => page.locator('.chat-line').evaluateAll(all => all.map(line => line.dataset.key));
    const before = await lines();
    assert.equal(new Set(before).size, before.length);
    await page.reload();
    await said('answer', 'You said: kept').waitFor();
    assert.deepEqual(await lines(), before);

    const other = await api('POST', '/api/users', {telegram_id: '4711'});
    const key = await api('POST', '/api/api_keys', {name: 'other', user_id: other.id, scopes: ['PRODUCT_OWNER']});
    const theirs = await fetch(API_URL + '/api/chat', {headers: {Authorization: 'Bearer ' + (key.token ?? key.key)}});
    assert.equal(theirs.status, 200);
    assert.deepEqual(await theirs.json(), []);
});

test('one worker: its log is followed while it lives, and its receipt and last output stay', {skip: !CHATS && 'a worker needs root'}, async () => {
    await signIn();
    await view('#/chat', 'Chat');
    await page.getByLabel('Message').fill('be there');
    await page.getByRole('button', {name: 'Send'}).click();
    await said('answer', 'You said: be there').waitFor();
    const [{id}] = await api('GET', '/api/workers?state=running&type=po');
    await view('#/worker/' + id, 'po worker');
    await page.getByRole('heading', {name: 'Receipt of its last turn'}).waitFor();
    await page.getByRole('button', {name: 'Follow the log'}).click();
    await page.getByRole('region', {name: 'Log', exact: true}).filter({hasText: /\S/}).waitFor();
    await page.getByRole('button', {name: 'Kill'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Kill'}).click();
    await page.getByText('The worker has ended; its last output is above.').waitFor();
    await page.getByRole('region', {name: 'Last output'}).waitFor();
    await page.getByRole('button', {name: 'Follow the log'}).waitFor();
    for (const row of await api('GET', '/api/commands?target_id=' + id)) {
        assert.equal(row.status, 'done');
        assert.match(row.asked_by, /^token /);
        assert.ok(row.command !== 'follow' || row.output === undefined);
    }
});

test('a transcript is text, whatever an agent wrote into it', async () => {
    await signIn();
    const shown = await page.evaluate(async () => {
        const {transcriptPart} = await import('/web/transcript.js');
        const part = transcriptPart('a/b?c');
        part.show({body: [{who: 'prompt', at: '2026-01-08T12:30:00.000Z', text: 'build it'}, {who: 'tool', text: 'Bash {"command":"ls"}'},
            {who: 'agent', text: '<img src=x onerror="window.caught=1"> \u001b[31mred \u202eleft ' + 'x'.repeat(10000)}, {who: 'other', text: 'y'}]});
        document.querySelector('main').append(part.node);
        const lines = [...part.node.querySelectorAll('.said')].map(line => line.textContent);
        return {path: part.path, lines, who: [...part.node.querySelectorAll('.who')].map(who => who.firstChild.textContent),
            elements: part.node.querySelectorAll('img').length};
    });
    assert.equal(shown.path, '/api/workers/a%2Fb%3Fc/transcript?limit=500');
    assert.deepEqual(shown.who, ['Prompt', 'Tool', 'Agent', 'other']);
    assert.deepEqual(shown.lines.slice(0, 2), ['build it', 'Bash {"command":"ls"}']);
    assert.match(shown.lines[2], /^<img src=x onerror="window.caught=1"> \u241b\[31mred \u27e6U\+202E\u27e7left x+ \u2026 \(\d+ more characters\)$/);
    assert.equal(shown.elements, 0);
    assert.equal(await page.evaluate(() => window.caught), undefined);
});

test('the files of a branch: found with the keyboard, and only text, whatever an agent pushed', {skip: !BRANCH_WORKER && 'a forge needs root'}, async () => {
    await signIn();
    await view('#/worker/' + BRANCH_WORKER, 'developer worker');
    await page.getByRole('button', {name: 'Show the files'}).focus();
    await page.keyboard.press('Enter');
    const files = page.getByRole('list', {name: 'Files'});
    const file = page.getByRole('region', {name: 'File', exact: true});
    await files.getByRole('button', {name: 'README.md'}).waitFor();
    assert.equal(await files.evaluate(node => node === document.activeElement), true);
    const names = await files.locator('li').allInnerTexts();
    for (const name of ['<img src=x onerror=window.caught=1> 1 bytes', '\u27e6U+202E\u27e7txt.exe 1 bytes', '-rf 1 bytes', 'link link, not followed', 'src/'])
        assert.ok(names.some(text => text.trim() === name), name + ' in ' + names);
    assert.equal(await files.locator('img').count(), 0);

    await files.getByRole('button', {name: 'README.md'}).press('Enter');
    await page.getByText(/^README.md at [0-9a-f]{12}, \d+ bytes$/).waitFor();
    assert.equal(await file.innerText(), '# Shop\nKEY=***\n<script>window.caught=1</script>\n');
    assert.equal(await file.evaluate(node => node === document.activeElement), true);
    for (const [name, words] of [['binary', 'It is not text, so it is not shown.'], ['large', 'It is larger than 256 KiB, so it is not shown.'],
        ['<img src=x onerror=window.caught=1>', 'x'], ['\u27e6U+202E\u27e7txt.exe', 'x'], ['-rf', 'x']]) {
        await files.getByRole('button', {name, exact: true}).click();
        await file.filter({hasText: words}).waitFor();
    }

    await files.getByRole('button', {name: 'src/'}).press('Enter');
    await files.getByRole('button', {name: 'deep/'}).press('Enter');
    await files.getByRole('button', {name: 'note'}).press('Enter');
    await file.filter({hasText: 'deep down'}).waitFor();
    await page.getByRole('navigation', {name: 'Directory'}).getByRole('button', {name: 'the root'}).press('Enter');
    await files.getByRole('button', {name: 'many/'}).press('Enter');
    await files.getByRole('button', {name: 'Show more'}).press('Enter');
    await files.locator('li:nth-child(600)').waitFor();
    assert.equal(await files.locator('li').count(), 600);
    assert.equal(await page.evaluate(() => window.caught), undefined);
});

test('a project: it is deployed again after one more question, which is recorded, and its health is drawn', async () => {
    const owner = await project();
    await api('POST', '/api/service_deployments', {project_id: owner.id, server_id: (await api('POST', '/api/servers', {
        name: 'one', handle: 'health-' + made, ip_address: '10.0.0.2', provider_id: 'health-' + made})).id,
    service_name: 'shown', port: 8124, status: 'active', url: 'http://127.0.0.1:1/'});
    await signIn();
    await view('#/project/' + owner.id, owner.name);
    await page.getByText('Health of shown').waitFor();
    await page.getByRole('img', {name: 'not looked at in 7 days'}).waitFor();
    await page.getByRole('button', {name: 'Redeploy'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Leave it'}).click();
    assert.deepEqual(await api('GET', '/api/tasks?project_id=' + owner.id), []);
    await page.getByRole('button', {name: 'Redeploy'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Redeploy'}).click();
    await page.getByText('Redeploy: asked for').waitFor();
    await row('deploy').getByText('queued').waitFor();
    const [asked] = await api('GET', '/api/commands?target_id=' + owner.id);
    assert.equal(asked.command, 'redeploy');
    assert.match(asked.asked_by, /^token /);
    assert.deepEqual((await api('GET', '/api/tasks?project_id=' + owner.id)).map(one => one.id), [asked.task_id]);

    const drawn = await page.evaluate(async () => {
        const {spark} = await import('/web/chart.js');
        const now = Date.UTC(2026, 0, 8, 12, 30), hour = ago => new Date(now - ago * 3600000).toISOString();
        const look = hours => {
            const {picture, words} = spark(hours, now);
            return {words, path: picture.querySelector('path')?.getAttribute('d') ?? null, broken: /NaN|undefined/.test(picture.outerHTML)};
        };
        return [look([{begins: hour(3), hits: 30, misses: 0}, {begins: hour(2), hits: 15, misses: 15}, {begins: hour(0), hits: 30, misses: 0}]),
            look([{begins: hour(400), hits: 1, misses: 0}, {begins: 'nonsense', hits: 1, misses: 1}]), look([])];
    });
    assert.deepEqual(drawn, [
        {words: '83.33 % of 90 looks answered in 7 days', path: 'M164 2.0 h1 L165 14.0 h1 M167 2.0 h1', broken: false},
        {words: 'not looked at in 7 days', path: null, broken: false}, {words: 'not looked at in 7 days', path: null, broken: false}]);
});

test('hundreds of tasks: only those in sight are elements, and older ones come as one goes on', async () => {
    const owner = await project();
    for (let i = 0; i < 40; ++i) await Promise.all(Array.from({length: 10}, (_, n) => task(owner, {spec: 'many ' + (10 * i + n)})));
    await signIn();
    const box = page.getByRole('region', {name: 'Tasks'});
    await box.waitFor();
    assert.ok(await box.locator('tbody tr').count() < 80);
    for (let last = 0, rows = 0; rows < 400;) {
        await box.evaluate(node => { node.scrollTop = node.scrollHeight; });
        await page.waitForFunction(before => Number.parseInt(document.querySelector('main h2 + * ~ .list[aria-label="Tasks"]')
            ?.parentElement.querySelector('.count').textContent) > before, last).catch(() => {});
        rows = await box.evaluate(node => Number.parseInt(node.parentElement.querySelector('.count').textContent));
        assert.ok(rows > last, 'no more rows came after ' + rows);
        last = rows;
    }
    assert.ok(await box.locator('tbody tr').count() < 80);
});

for (const scheme of ['light', 'dark'])
    test('every view is accessible, ' + scheme, async () => {
        const owner = await project({description: 'described'});
        const one = await task(owner, {spec: 'looked at'});
        await page.emulateMedia({colorScheme: scheme});
        const look = async name => {
            const found = await page.evaluate(async source => {
                const axe = new Function('module', source + '; return module.exports;')({exports: {}});
                return (await (axe.run ? axe : window.axe).run(document)).violations.map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' ').slice(0, 300));
            }, kAxe);
            assert.deepEqual(found, [], name);
        };
        const lenient = await browser.newContext({bypassCSP: true, colorScheme: scheme});
        await context.close();
        context = lenient;
        page = await open();
        await page.goto(API_URL + '/web/');
        await page.getByRole('heading', {name: 'Sign in'}).waitFor();
        await look('sign-in');
        await signIn();
        for (const [hash, heading] of [['#/now', 'Now'], ['#/chat', 'Chat'], ['#/projects', 'Projects'], ['#/cost', 'Cost'], ['#/servers', 'Servers'], ['#/platform', 'Platform'],
            ['#/project/' + owner.id, owner.name], ['#/task/' + one.id, 'engineering task']]) {
            await view(hash, heading);
            await page.waitForLoadState();
            await look(hash);
        }
        await view('#/task/' + one.id, 'engineering task');
        await page.getByRole('button', {name: 'Cancel'}).click();
        await page.getByRole('dialog').waitFor();
        await look('dialog');
        if (!BRANCH_WORKER) return;
        await page.getByRole('button', {name: 'Leave it'}).click();
        await view('#/worker/' + BRANCH_WORKER, 'developer worker');
        await page.getByRole('button', {name: 'Show the files'}).click();
        await page.getByRole('button', {name: 'README.md'}).click();
        await page.getByRole('region', {name: 'File', exact: true}).waitFor();
        await look('files');
    });

test('on a phone nothing is wider than the screen', async () => {
    await task(await project({description: 'd'.repeat(400)}), {spec: 'w'.repeat(400)});
    await page.setViewportSize({width: 360, height: 640});
    await signIn();
    for (const [hash, heading] of [['#/now', 'Now'], ['#/chat', 'Chat'], ['#/projects', 'Projects'], ['#/platform', 'Platform']]) {
        await view(hash, heading);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, hash);
    }
    if (!BRANCH_WORKER) return;
    await view('#/worker/' + BRANCH_WORKER, 'developer worker');
    await page.getByRole('button', {name: 'Show the files'}).click();
    await page.getByRole('button', {name: 'README.md'}).click();
    await page.getByRole('region', {name: 'File', exact: true}).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, 'files');
});
