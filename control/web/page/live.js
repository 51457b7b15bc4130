// What is watched, live: one stream of events for the view that is open. A browser that lost it
// comes again by itself and tells what it has seen. A hidden page lets go of its connection, for a
// browser has six for all of its tabs.

const kHiddenFor = 20000;
const kFirstWait = 500;
const kLongestWait = 15000;

export class Live {
    constructor(onState, onEnded) {
        this.onState = onState;
        this.onEnded = onEnded;
        this.wait = kFirstWait;
        document.addEventListener('visibilitychange', () => this.look());
    }

    // `onAnswer(index, answer)`: an answer is {status, body, next}.
    watch(paths, onAnswer) {
        this.close();
        this.paths = paths;
        this.onAnswer = onAnswer;
        this.open();
    }

    open() {
        this.source?.close();
        this.onState('connecting');
        const source = new EventSource('/web/events?watch=' + encodeURIComponent(this.paths.join('\n')));
        this.source = source;
        source.onopen = () => {
            this.wait = kFirstWait;
            this.onState('live');
        };
        source.addEventListener('answer', event => {
            const answer = JSON.parse(event.data);
            this.onAnswer(answer.watch, answer);
        });
        source.addEventListener('ended', () => {
            this.close();
            this.onEnded();
        });
        source.onerror = () => {
            this.onState('lost');
            if (source.readyState !== EventSource.CLOSED || source !== this.source) return;
            // Refused, not lost: the browser does not try again.
            clearTimeout(this.again);
            this.again = setTimeout(() => this.retry(), this.wait);
            this.wait = Math.min(2 * this.wait, kLongestWait);
        };
    }

    async retry() {
        let reply = null;
        try {
            reply = await fetch('/web/session', {cache: 'no-store'});
        } catch { /* it is away */ }
        if (reply?.status === 401) {
            this.close();
            this.onEnded();
        } else if (this.paths) {
            this.open();
        }
    }

    close() {
        clearTimeout(this.again);
        this.source?.close();
        this.source = this.paths = null;
    }

    look() {
        clearTimeout(this.sleep);
        if (!this.paths) return;
        if (document.visibilityState === 'visible') {
            if (!this.source) this.open();
            return;
        }
        this.sleep = setTimeout(() => {
            this.source?.close();
            this.source = null;
            this.onState('asleep');
        }, kHiddenFor);
    }
}
