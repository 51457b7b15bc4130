# Debian's Rust with cargo, and the linker that it calls.
RUN install-packages rustc cargo build-essential
