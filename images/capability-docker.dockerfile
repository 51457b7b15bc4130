# The client alone: the engine it may speak to is a socket proxy outside.
RUN install-packages docker.io \
    && rm -f /usr/sbin/dockerd /usr/bin/docker-proxy /usr/bin/containerd* /usr/bin/ctr /usr/sbin/runc
