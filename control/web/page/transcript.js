// What an agent said and did, as it was kept when its worker ended.
import {clean, el, since} from './text.js';

const kSpeakers = {prompt: 'Prompt', agent: 'Agent', tool: 'Tool', result: 'Result', note: 'Note'};
const kLongest = 8192;

const lineOf = line => el('div', {class: 'chat-line ' + (line.who === 'prompt' ? 'message' : line.who === 'agent' ? 'answer' : 'progress')},
    el('span', {class: 'who'}, kSpeakers[line.who] ?? line.who, ' ', line.at ? since(line.at) : null),
    el('p', {class: 'said'}, clean(line.text, kLongest)));

export function transcriptPart(worker) {
    const node = el('section', {});
    return {path: '/api/workers/' + encodeURIComponent(worker) + '/transcript?limit=500', node,
        show: answer => node.replaceChildren(el('h2', {}, 'Transcript'),
            el('div', {class: 'chat-lines', tabindex: '0', role: 'region', 'aria-label': 'Transcript'}, answer.body.map(lineOf))),
        // It is there once the worker has ended, if its agent keeps sessions.
        refuse: () => node.replaceChildren()};
}
