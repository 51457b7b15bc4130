# A Redis of a worker's own, for the project's tests: it starts empty, and keeps nothing.
ARG BASE=debian:bookworm
FROM ${BASE}
ARG EXTRA_CA=
ARG APT_SOURCES=
COPY install-packages /usr/local/sbin/install-packages
RUN install-packages redis-server redis-tools
ENTRYPOINT ["/bin/sh", "-c", "{ (until redis-cli ping >/dev/null 2>&1; do sleep 0.1; done; echo service-ready) & } && exec redis-server --bind 127.0.0.1 --port 6379 --save '' --appendonly no --dir /data --logfile ''"]
