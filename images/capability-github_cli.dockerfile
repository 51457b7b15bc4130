RUN install-packages gh git
