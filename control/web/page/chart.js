// Amounts by day as bars, the oldest on the left. Each bar says its day and amount to whoever cannot see it, and the
// same stands in the list below the chart.
import {clean} from './text.js';

const kBar = 18, kGap = 6, kHeight = 140, kFoot = 22, kLeft = 64;

export const dollars = amount => '$' + amount.toFixed(amount !== 0 && amount < 0.1 ? 4 : 2);

function shape(name, attributes, text) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = clean(text, 60);
    return made;
}

// days: [{day: '2026-01-31', amount}], the newest first.
export function bars(days, label) {
    const shown = [...days].reverse();
    const most = Math.max(...shown.map(day => day.amount), 1e-9);
    const width = kLeft + Math.max(shown.length, 1) * (kBar + kGap);
    const picture = shape('svg', {viewBox: '0 0 ' + width + ' ' + (kHeight + kFoot), width, height: kHeight + kFoot, role: 'img',
        class: 'chart', 'aria-label': clean(label, 200)});
    picture.append(shape('text', {x: 0, y: 12}, dollars(most)), shape('text', {x: 0, y: kHeight}, '$0'),
        shape('path', {d: 'M' + kLeft + ' ' + kHeight + ' H' + width, class: 'edge'}));
    shown.forEach((day, index) => {
        const height = Math.max(day.amount / most * (kHeight - 8), day.amount > 0 ? 2 : 0);
        const bar = shape('rect', {x: kLeft + index * (kBar + kGap), y: kHeight - height, width: kBar, height, class: 'bar'});
        bar.append(shape('title', {}, day.day + ': ' + dollars(day.amount)));
        picture.append(bar);
        if (index === 0 || index === shown.length - 1)
            picture.append(shape('text', {x: kLeft + index * (kBar + kGap), y: kHeight + kFoot - 5}, day.day.slice(5)));
    });
    return picture;
}
