# worker-base-factory. The run refuses a binary that this base or this machine cannot execute.
COPY agent/droid /usr/local/bin/droid
RUN scratch=$(mktemp -d) && HOME=$scratch droid --version && rm -rf "$scratch"
