// The API as the signed-in person.

export class Refusal extends Error {
    constructor(status, problem) {
        const words = [problem?.field, problem?.detail ?? problem?.title ?? 'the daemon answered ' + status]
            .filter(Boolean).join(' ');
        super(problem?.next_step ? words + ' \u2013 ' + problem.next_step : words);
        this.status = status;
    }
}

export async function ask(method, path, body, headers = {}) {
    let response;
    try {
        response = await fetch('/web' + path, {
            method, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
            headers: {'X-Orchestrator-Page': '1', ...(body ? {'Content-Type': 'application/json'} : {}), ...headers},
            body: body ? JSON.stringify(body) : undefined,
        });
    } catch {
        throw new Refusal(0, {detail: 'the daemon does not answer', next_step: 'see whether it runs'});
    }
    const text = await response.text();
    let value = null;
    try {
        value = text ? JSON.parse(text) : null;
    } catch { /* the status tells */ }
    if (!response.ok) throw new Refusal(response.status, value);
    const link = /^<([^>]*)>; rel="next"/.exec(response.headers.get('Link') ?? '');
    return {value, etag: response.headers.get('ETag'), next: link?.[1]};
}
