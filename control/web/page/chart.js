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

const kHour = 3600000, kWeekHours = 168, kSparkHeight = 28;

// A week of looks by the hour: how many of them were answered. An hour without a look is a gap.
// hours: [{begins: time, hits, misses}].
export function spark(hours, now = Date.now()) {
    const first = Math.floor(now / kHour) - kWeekHours + 1;
    let hits = 0, misses = 0, path = '', last = -2;
    for (const hour of hours) {
        const at = Math.floor(Date.parse(hour.begins) / kHour) - first, looks = hour.hits + hour.misses;
        if (!(at >= 0 && at < kWeekHours) || !(looks > 0)) continue;
        hits += hour.hits;
        misses += hour.misses;
        const y = (kSparkHeight - 2 - hour.hits / looks * (kSparkHeight - 4)).toFixed(1);
        path += (at === last + 1 ? ' L' : ' M') + at + ' ' + y + ' h1';
        last = at;
    }
    const words = hits + misses ? (100 * hits / (hits + misses)).toFixed(2) + ' % of ' + (hits + misses) + ' looks answered in 7 days'
        : 'not looked at in 7 days';
    const picture = shape('svg', {viewBox: '0 0 ' + kWeekHours + ' ' + kSparkHeight, width: kWeekHours, height: kSparkHeight, role: 'img',
        class: 'chart spark', 'aria-label': words});
    picture.append(shape('title', {}, words));
    if (path) picture.append(shape('path', {d: path.trim(), class: misses ? 'line some' : 'line'}));
    return {picture, words};
}
