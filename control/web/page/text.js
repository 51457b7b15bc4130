// Text of whatever origin, made visible and harmless. Nothing on this page becomes markup: elements
// are made by name, and all text goes through `clean` into text nodes.

const kLongest = 100000;

// Characters that steer instead of being seen: controls, what turns the direction of writing, what
// has no width. Shown by their numbers.
function isSteering(code) {
    return (code < 0x20 && code !== 0x0a && code !== 0x09) || (code >= 0x7f && code < 0xa0) ||
        code === 0xad || code === 0x61c || code === 0x180e || (code >= 0x200b && code <= 0x200f) ||
        (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code === 0xfeff ||
        (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f) ||
        (code >= 0xd800 && code <= 0xdfff);
}

export function clean(value, longest = kLongest) {
    let text = typeof value === 'string' ? value : String(value ?? '');
    const rest = text.length - longest;
    if (rest > 0) text = text.slice(0, longest);
    let shown = '';
    for (const letter of text) {
        const code = letter.codePointAt(0);
        if (!isSteering(code)) shown += letter;
        else if (code < 0x20) shown += String.fromCodePoint(0x2400 + code);
        else shown += '\u27e6U+' + code.toString(16).toUpperCase().padStart(4, '0') + '\u27e7';
    }
    return rest > 0 ? shown + ' \u2026 (' + rest + ' more characters)' : shown;
}

// An element with attributes and children; a child that is no element is text.
export function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value === undefined || value === null || value === false) continue;
        if (key === 'onclick') node.addEventListener('click', value);
        else node.setAttribute(key, value === true ? '' : clean(value, 2000));
    }
    for (const child of children.flat(Infinity)) {
        if (child === undefined || child === null) continue;
        node.append(child instanceof Node ? child : document.createTextNode(clean(child)));
    }
    return node;
}

// A link out of the page: web addresses alone, whatever somebody wrote.
export function outside(url) {
    let good = false;
    try {
        good = ['http:', 'https:'].includes(new URL(url).protocol);
    } catch { /* text, then */ }
    if (!good) return el('span', {}, url);
    return el('a', {href: url, rel: 'noopener noreferrer', target: '_blank'}, url);
}

export function json(value) {
    return el('pre', {tabindex: '0', role: 'region', 'aria-label': 'JSON'}, JSON.stringify(value, null, 2));
}

const kUnits = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];

function age(at) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
    const [unit, size] = kUnits.find(([, size]) => seconds >= size) ?? ['s', 1];
    return Math.floor(seconds / size) + ' ' + unit;
}

export function since(at) {
    if (!at) return el('span', {class: 'dim'}, '\u2013');
    return el('time', {datetime: at, title: at}, age(at));
}

setInterval(() => {
    for (const time of document.querySelectorAll('time')) {
        const now = age(time.dateTime);
        if (time.textContent !== now) time.textContent = now;
    }
}, 1000);

const kTone = {
    good: ['completed', 'active', 'running', 'resolved', 'done', 'success', 'alive'],
    bad: ['failed', 'error', 'blocked', 'open', 'critical', 'high', 'unreachable', 'missing', 'down', 'refused', 'timeout'],
    dim: ['cancelled', 'removed', 'stopped', 'archived', 'queued', 'draft', 'low'],
};

export function status(word) {
    const tone = Object.keys(kTone).find(name => kTone[name].includes(word)) ?? 'busy';
    return el('span', {class: 'status ' + tone}, word);
}
