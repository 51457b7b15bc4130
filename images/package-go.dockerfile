# Debian's Go.
RUN install-packages golang-go ca-certificates
