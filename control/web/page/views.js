// The views: what each watches, and how an answer is shown.
import {buttons} from './actions.js';
import {bars, dollars, spark} from './chart.js';
import {chatPart} from './chat.js';
import {filesPart} from './files.js';
import {draw} from './graph.js';
import {List} from './list.js';
import {logPart} from './log.js';
import {clean, el, json, outside, since, status} from './text.js';
import {transcriptPart} from './transcript.js';

const to = (kind, id, text) => el('a', {href: '#/' + kind + '/' + encodeURIComponent(id)}, text ?? id.slice(-12));
const words = text => clean(text ?? '', 300);
const names = new Map();  // of projects, by id
const projectLink = id => id ? to('project', id, names.get(id) ?? id.slice(-12)) : el('span', {class: 'dim'}, '\u2013');

const kTaskColumns = [
    {name: 'Task', show: row => to('task', row.id), width: '9rem'},
    {name: 'Type', wide: true, show: row => row.type, width: '8rem'},
    {name: 'Project', show: row => projectLink(row.project_id)},
    {name: 'Status', show: row => status(row.status), width: '7rem'},
    {name: 'What', wide: true, show: row => words(typeof row.spec === 'string' ? row.spec : row.spec && JSON.stringify(row.spec)), width: '30%'},
    {name: 'Age', show: row => since(row.created_at), width: '4.5rem'},
    {name: 'Actions', act: true, show: row => buttons('task', row), width: '6.5rem'},
];
const kFlowColumns = [
    {name: 'Flow', show: row => to('flow', row.id), width: '9rem'},
    {name: 'Graph', wide: true, show: row => row.graph, width: '8rem'},
    {name: 'Node', show: row => row.node},
    {name: 'Status', show: row => status(row.status), width: '7rem'},
    {name: 'Reason', wide: true, show: row => words(row.reason), width: '30%'},
    {name: 'Moved', show: row => since(row.updated_at), width: '4.5rem'},
    {name: 'Actions', act: true, show: row => buttons('flow', row).slice(0, 2), width: '11rem'},
];
const kWorkerColumns = [
    {name: 'Worker', show: row => to('worker', row.id), width: '9rem'},
    {name: 'Type', wide: true, show: row => row.type, width: '8rem'},
    {name: 'State', show: row => status(row.state)},
    {name: 'Task', show: row => row.task_id ? to('task', row.task_id) : '\u2013', width: '9rem'},
    {name: 'Error', wide: true, show: row => words(row.error ?? row.cause), width: '30%'},
    {name: 'Age', show: row => since(row.created_at), width: '4.5rem'},
    {name: 'Actions', act: true, show: row => buttons('worker', row), width: '6.5rem'},
];
const kDeploymentColumns = [
    {name: 'Service', show: row => row.service_name},
    {name: 'Project', wide: true, show: row => projectLink(row.project_id)},
    {name: 'Status', show: row => status(row.status), width: '7rem'},
    {name: 'Address', show: row => row.url ? outside(row.url) : '\u2013', width: '30%'},
    {name: 'Error', wide: true, show: row => words(row.error)},
    {name: 'Checked', show: row => since(row.last_health_check), width: '5rem'},
];
const kIncidentColumns = [
    {name: 'Incident', show: row => words(row.title)},
    {name: 'Severity', wide: true, show: row => status(row.severity), width: '6rem'},
    {name: 'Status', show: row => status(row.status), width: '6rem'},
    {name: 'What', wide: true, show: row => words(row.description), width: '35%'},
    {name: 'Age', show: row => since(row.created_at), width: '4.5rem'},
    {name: 'Actions', act: true, show: row => buttons('incident', row), width: '7rem'},
];

const kCostColumns = [
    {name: 'Calls', show: row => row.calls, width: '6rem'},
    {name: 'Read', wide: true, show: row => row.input_tokens + row.cache_read_tokens + row.cache_write_tokens, width: '8rem'},
    {name: 'Written', wide: true, show: row => row.output_tokens, width: '8rem'},
    {name: 'Cost', show: row => dollars(row.cost_usd), width: '7rem'},
];

const list = (path, title, columns, empty) => {
    const made = new List(title, columns, empty);
    return {path, node: made.node, show: answer => {
        made.node.hidden = false;
        made.fill(answer.body, answer.next);
    }, refuse: (text, code) => {
        made.node.hidden = code === 404;  // there is no such list here
        made.refuse(text);
    }};
};

// One entity, in a box that is made anew when it changes.
const one = (path, show) => {
    const node = el('section', {}, el('p', {class: 'empty'}, 'Asking \u2026'));
    return {path, node, show: answer => node.replaceChildren(...show(answer.body).flat(Infinity)),
        refuse: text => node.replaceChildren(el('p', {class: 'problem', role: 'alert'}, text))};
};

const facts = pairs => el('dl', {}, Object.entries(pairs).filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));

// Watched for its names alone.
const projectNames = () => ({path: '/api/projects?limit=200', refuse: () => {},
    show: answer => { for (const project of answer.body) names.set(project.id, project.name); }});

const tasks = (query = '') => list('/api/tasks?limit=100' + query, 'Tasks', kTaskColumns,
    'No task yet. Describe a product in the chat (orchestratord chat), or: orchestrator project create --name NAME --start');
const flows = (query = '') => list('/api/flows?limit=100' + query, 'Flows', kFlowColumns, 'No flow: nothing is being worked on.');
const deployments = (query = '') => list('/api/service_deployments?limit=100' + query, 'Deployments', kDeploymentColumns,
    'Nothing is deployed. A finished project is put at an address with: orchestrator deploy start --project ID');

// How a project's deployments have answered.
const health = id => {
    const node = el('section', {});
    return {path: '/api/deployment_health?project_id=' + encodeURIComponent(id), node, show: answer => node.replaceChildren(...answer.body.flatMap(one => {
        const {picture, words} = spark(one.hours);
        return el('p', {}, 'Health of ', clean(one.service_name, 100), ' ', picture, ' ', words);
    })), refuse: () => node.replaceChildren()};
};

const drawing = (text, node) => [el('div', {class: 'list', tabindex: '0', role: 'region', 'aria-label': 'Graph'}, draw(text, node)),
    el('details', {}, el('summary', {}, 'As Mermaid'), el('pre', {tabindex: '0', role: 'region', 'aria-label': 'As Mermaid'}, text))];

export const kViews = {
    now: {title: 'Now', parts: () => [projectNames(), flows(), tasks(),
        list('/api/workers?limit=100', 'Workers', kWorkerColumns, 'No worker runs.'),
        list('/api/incidents?limit=50&status=open', 'Open incidents', kIncidentColumns, 'Nothing is wrong.')]},
    chat: {title: 'Chat', parts: () => [chatPart()]},
    projects: {title: 'Projects', parts: () => [projectNames(), list('/api/projects?limit=100', 'Projects', [
        {name: 'Project', show: row => to('project', row.id, row.name)},
        {name: 'Status', show: row => status(row.status), width: '8rem'},
        {name: 'Description', wide: true, show: row => words(row.description), width: '45%'},
        {name: 'Id', wide: true, show: row => row.id},
    ], 'No project yet. Describe a product in the chat (orchestratord chat), or: orchestrator project create --name NAME --start'),
    deployments()]},
    cost: {title: 'Cost', parts: () => [projectNames(), one('/api/usage?by=day&limit=30', days => [el('h2', {}, 'What models cost'),
        days.length ? el('div', {class: 'list', tabindex: '0', role: 'region', 'aria-label': 'Cost by day'},
            bars(days.map(row => ({day: row.day, amount: row.cost_usd})), 'Cost by day, ' + days.length + ' days, in dollars'))
            : el('p', {class: 'empty'}, 'No model was called in the last 30 days.')]),
    list('/api/budgets?limit=100', 'Budgets', [
        {name: 'Of', show: row => row.scope === 'project' ? projectLink(row.subject) : row.scope === 'task' ? to('task', row.subject) : row.scope},
        {name: 'Period', wide: true, show: row => row.period, width: '6rem'},
        {name: 'Spent', show: row => dollars(row.spent_usd), width: '7rem'},
        {name: 'Cap', show: row => dollars(row.cap_usd), width: '7rem'},
        {name: 'Left', show: row => el('span', {class: row.left_usd > 0 ? 'good' : 'bad'}, dollars(row.left_usd)), width: '7rem'},
    ], 'Nothing is capped. Set a cap with: orchestrator budget set --project ID --usd 20'),
    list('/api/usage?by=project&limit=100', 'By project', [
        {name: 'Project', show: row => projectLink(row.subject)}, ...kCostColumns], 'No project has called a model.'),
    list('/api/usage?by=user&limit=100', 'By user', [
        {name: 'User', show: row => row.subject}, ...kCostColumns], 'No user has called a model.'),
    list('/api/usage?by=day&limit=30', 'By day', [
        {name: 'Day', show: row => row.day}, ...kCostColumns], 'No model was called in the last 30 days.')]},
    servers: {title: 'Servers', parts: () => [list('/api/servers?limit=100', 'Servers', [
        {name: 'Server', show: row => row.name},
        {name: 'Address', show: row => row.ip_address},
        {name: 'Status', show: row => status(row.status), width: '8rem'},
        {name: 'Checked', show: row => since(row.last_health_check), width: '5rem'},
    ], 'No server is known.'),
    list('/api/incidents?limit=100', 'Incidents', kIncidentColumns, 'There was no incident.')]},
    platform: {title: 'Platform', parts: () => [list('/api/work?limit=200', 'Queues and calls', [
        {name: 'Work', show: row => row.work},
        {name: 'Picked up by', show: row => row.picked_up_by.join(', ') || '\u2013', width: '30%'},
        {name: 'Problem', show: row => row.problem ? el('span', {class: 'bad'}, row.problem + '; ' + row.next_step) : '', width: '40%'},
    ], 'No work waits.'),
    list('/api/queues?limit=100', 'Queues', [
        {name: 'Queue', show: row => row.dead ? to('queue', row.name, row.name) : row.name},
        {name: 'Length', wide: true, show: row => row.length, width: '5rem'},
        {name: 'Waiting', show: row => row.lag, width: '6rem'},
        {name: 'In progress', show: row => row.pending, width: '6rem'},
        {name: 'Failed', show: row => row.dead ? el('span', {class: 'bad'}, row.dead) : 0, width: '5rem'},
        {name: 'As of', wide: true, show: row => since(row.looked_at), width: '4.5rem'},
    ], 'No scheduler has looked at the queues yet.'),
    list('/api/daemons?limit=100', 'Daemons', [
        {name: 'Daemon', show: row => row.name},
        {name: 'Host', wide: true, show: row => row.host},
        {name: 'State', show: row => status(row.alive ? 'alive' : 'down'), width: '5rem'},
        {name: 'Roles', show: row => row.roles.join(', '), width: '40%'},
        {name: 'Seen', show: row => since(row.seen_at), width: '4.5rem'},
    ], 'No daemon has announced itself.'),
    list('/api/web_sessions?limit=100', 'Signed in to this page', [
        {name: 'Browser', show: row => words(row.browser)},
        {name: 'Token', wide: true, show: row => row.token, width: '10rem'},
        {name: 'Since', show: row => since(row.created_at), width: '4.5rem'},
        {name: 'Actions', act: true, show: row => buttons('session', row), width: '7rem'},
    ], 'Nobody is signed in.')]},
    queue: {parts: id => [list('/api/queues/' + id + '/dead_letters?limit=100', 'Failed messages', [
        {name: 'Reason', show: row => words(row.error)},
        {name: 'Message', wide: true, show: row => words(row.body), width: '35%'},
        {name: 'Tries', wide: true, show: row => row.attempts, width: '4rem'},
        {name: 'Age', show: row => since(row.failed_at), width: '4.5rem'},
        {name: 'Actions', act: true, show: row => buttons('letter', row), width: '11rem'},
    ], 'Nothing has failed in this queue.')]},
    project: {parts: id => [one('/api/projects/' + id, row => [el('h1', {}, row.name), facts({Status: status(row.status),
        Description: row.description, Repository: row.repository_url, Modules: row.modules?.join(', '), Id: row.id}),
    el('p', {}, buttons('project', row))]),
    health(id), tasks('&project_id=' + id), deployments('&project_id=' + id)]},
    task: {parts: id => [projectNames(), one('/api/tasks/' + id, row => [el('h1', {}, row.type + ' task'), facts({Status: status(row.status),
        Project: projectLink(row.project_id), Began: since(row.created_at), Changed: row.updated_at && since(row.updated_at), Id: row.id}),
    el('p', {}, buttons('task', row)),
    row.spec ? [el('h2', {}, 'What was asked for'), typeof row.spec === 'string' ? el('pre', {tabindex: '0', role: 'region', 'aria-label': 'What was asked for'}, row.spec) : json(row.spec)] : [],
    row.result ? [el('h2', {}, 'Result'), json(row.result)] : []]),
    flows('&task_id=' + id),
    list('/api/task_executions?limit=100&task_id=' + id, 'Runs of its workers', [
        {name: 'Worker', show: row => to('worker', row.worker_id), width: '9rem'},
        {name: 'Status', show: row => status(row.status), width: '7rem'},
        {name: 'Exit', wide: true, show: row => row.exit_code ?? '\u2013', width: '4rem'},
        {name: 'Seconds', show: row => row.duration_ms === undefined ? '\u2013' : (row.duration_ms / 1000).toFixed(1), width: '6rem'},
        {name: 'Output', wide: true, show: row => words(row.result_data && JSON.stringify(row.result_data))},
        {name: 'Age', show: row => since(row.created_at), width: '4.5rem'},
    ], 'No worker has run for it yet.')]},
    flow: {parts: id => [one('/api/flows/' + id, row => [el('h1', {}, row.graph + ' flow'), facts({Status: status(row.status), Node: row.node,
        Reason: row.reason, Task: row.task_id && to('task', row.task_id), 'Waits for': row.waits_for?.join(', '),
        'Looks again': row.wake_at, Moved: since(row.updated_at), Id: row.id}), el('p', {}, buttons('flow', row)),
    row.drawing ? drawing(row.drawing, row.node) : [], row.state ? [el('h2', {}, 'Checkpoint'), json(row.state)] : []]),
    list('/api/flows/' + id + '/steps?limit=100', 'History', [
        {name: 'Step', show: row => row.step, width: '5rem'}, {name: 'Node', show: row => row.node},
        {name: 'Event', wide: true, show: row => words(row.event)}, {name: 'Outcome', show: row => words(row.outcome), width: '35%'},
        {name: 'Age', show: row => since(row.at), width: '4.5rem'},
    ], 'It has done no step yet.')]},
    worker: {parts: id => [one('/api/workers/' + id, row => [el('h1', {}, row.type + ' worker'), facts({State: status(row.state),
        Agent: row.agent_type, Cause: row.cause, Error: row.error, 'Exit code': row.exit_code, Task: row.task_id && to('task', row.task_id),
        Project: row.project_id && projectLink(row.project_id), Branch: row.branch, Daemon: row.owner, Began: since(row.created_at),
        Ended: row.ended_at && since(row.ended_at), Id: row.id}), el('p', {}, buttons('worker', row)),
    row.receipt ? [el('h2', {}, 'Receipt of its last turn'), json(row.receipt)] : [],
    row.last_output ? [el('h2', {}, 'Last output'), el('pre', {tabindex: '0', role: 'region', 'aria-label': 'Last output'}, row.last_output)] : []]),
    transcriptPart(id), filesPart(id), logPart(id),
    list('/api/task_executions?limit=100&worker_id=' + id, 'Its runs', [
        {name: 'Task', show: row => row.task_id ? to('task', row.task_id) : '\u2013', width: '9rem'},
        {name: 'Status', show: row => status(row.status), width: '7rem'},
        {name: 'Output', show: row => words(row.result_data && JSON.stringify(row.result_data))},
        {name: 'Age', show: row => since(row.created_at), width: '4.5rem'},
    ], 'It has run nothing yet.')]},
};
