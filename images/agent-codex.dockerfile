# worker-base-codex. codex looks for its code mode host beside itself.
COPY agent/codex agent/codex-code-mode-host /usr/local/bin/
RUN scratch=$(mktemp -d) && HOME=$scratch codex --version && rm -rf "$scratch"
