# worker-base-common: what every agent needs, whatever it may do.
ARG BASE=debian:bookworm
FROM ${BASE}
ARG EXTRA_CA=
ARG APT_SOURCES=
COPY install-packages /usr/local/sbin/install-packages
# procps: droid cannot run a tool without ps. make and python3: what projects are tested with.
RUN install-packages ca-certificates make procps python3
# The agent runs as a uid that the manager chooses; this line is for managers that choose none.
RUN groupadd --gid 1000 worker \
    && useradd --uid 1000 --gid 1000 --home-dir /home/worker --shell /bin/bash worker \
    && install -d -o 1000 -g 1000 /home/worker /workspace \
    && install -d /.worker/bin
ENV LANG=C.UTF-8 PATH=/.worker/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /workspace
