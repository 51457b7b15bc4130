# worker-base-claude. The run refuses a binary that this base or this machine cannot execute.
COPY agent/claude /usr/local/bin/claude
RUN HOME=/nowhere claude --version
