# Debian's Node.js with npm.
RUN install-packages nodejs npm
