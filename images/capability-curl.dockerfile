RUN install-packages curl
