// A graph as it is drawn in Mermaid ("a --> b" a line), as boxes in columns by how far they are from the start, with the
// current one marked.
import {clean} from './text.js';

const kWidth = 150, kHeight = 34, kAcross = 50, kDown = 18;

export function parse(text) {
    const nodes = new Map();
    const node = name => nodes.get(name) ?? nodes.set(name, {name, to: []}).get(name);
    for (const line of text.split('\n')) {
        const edge = /^\s+(\w+)(?:\(\[.*?\]\))? --> (\w+)\s*$/.exec(line);
        if (edge) node(edge[1]).to.push(edge[2]), node(edge[2]);
        else if (/^\s+\w+$/.test(line)) node(line.trim());
    }
    return nodes;
}

// Breadth first; what nothing leads to stands in the first column.
function place(nodes) {
    const columns = [];
    const put = (name, column) => {
        const node = nodes.get(name);
        if (node.column !== undefined) return false;
        node.column = column;
        node.row = (columns[column] ??= []).push(node) - 1;
        return true;
    };
    for (const start of nodes.keys()) {
        let wave = put(start, 0) ? [start] : [];
        for (let column = 1; wave.length; ++column)
            wave = wave.flatMap(name => nodes.get(name).to.filter(next => put(next, column)));
    }
    return columns;
}

function shape(name, attributes, text) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = clean(text, 40);
    return made;
}

function line(from, to) {
    const [x1, y1] = [from.x + kWidth, from.y + kHeight / 2], [x2, y2] = [to.x, to.y + kHeight / 2];
    const ahead = to.column > from.column;
    const bow = ahead ? kAcross / 2 : kAcross;
    return 'M' + x1 + ' ' + y1 + ' C' + (x1 + bow) + ' ' + (ahead ? y1 : y1 + kHeight) + ' ' +
        (x2 - bow) + ' ' + (ahead ? y2 : y2 + kHeight) + ' ' + x2 + ' ' + y2;
}

export function draw(text, current) {
    const nodes = parse(text);
    const columns = place(nodes);
    const tallest = Math.max(1, ...columns.map(column => column.length));
    const width = columns.length * (kWidth + kAcross), height = tallest * (kHeight + kDown);
    for (const node of nodes.values()) {
        node.x = kAcross / 2 + node.column * (kWidth + kAcross);
        node.y = kDown / 2 + node.row * (kHeight + kDown) + (tallest - columns[node.column].length) * (kHeight + kDown) / 2;
    }
    const picture = shape('svg', {viewBox: '0 0 ' + width + ' ' + height, width, height, role: 'img', class: 'graph',
        'aria-label': 'The graph; it is at ' + clean(current, 100)});
    for (const node of nodes.values())
        for (const next of node.to) picture.append(shape('path', {d: line(node, nodes.get(next)), class: 'edge'}));
    for (const node of nodes.values()) {
        picture.append(shape('rect', {x: node.x, y: node.y, width: kWidth, height: kHeight, rx: 6, class: node.name === current ? 'node current' : 'node'}));
        picture.append(shape('text', {x: node.x + kWidth / 2, y: node.y + kHeight / 2 + 5, 'text-anchor': 'middle'},
            node.name === '__start__' ? 'start' : node.name));
    }
    return picture;
}
