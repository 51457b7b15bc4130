# A PostgreSQL of a worker's own, for the project's tests: it starts empty each time, as whichever user runs it, and keeps
# nothing. The first cluster is made here, because making it takes longer than everything else. pg_isready is told a user: the
# uid has no name, and without one it asks nobody.
ARG BASE=debian:bookworm
FROM ${BASE}
ARG EXTRA_CA=
ARG APT_SOURCES=
COPY install-packages /usr/local/sbin/install-packages
RUN install-packages postgresql
RUN ln -s /usr/lib/postgresql/*/bin /opt/postgresql && install -d -o postgres /opt/cluster \
    && setpriv --reuid=postgres --regid=postgres --clear-groups /opt/postgresql/initdb -D /opt/cluster/db \
        --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
    && chmod -R a+rX /opt/cluster
ENV PATH=/opt/postgresql:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENTRYPOINT ["/bin/sh", "-c", "cp -r /opt/cluster/db /data/db && chmod -R go-rwx /data/db && { (until pg_isready -q -h 127.0.0.1 -U postgres; do sleep 0.1; done; echo service-ready) & } && exec postgres -D /data/db -c listen_addresses=127.0.0.1 -c unix_socket_directories=/tmp -c fsync=off -c max_wal_size=64MB -c min_wal_size=32MB"]
