# The client alone: the engine it may speak to is a socket proxy outside.
RUN install-packages docker.io \
    && rm -f /usr/sbin/dockerd /usr/sbin/docker-proxy /usr/bin/docker-init \
             /usr/sbin/runc /usr/bin/runc /usr/bin/containerd* /usr/bin/ctr
