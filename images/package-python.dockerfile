# pip and venv for projects in Python, and a compiler for what comes without a wheel.
RUN install-packages python3 python3-dev python3-pip python3-venv build-essential
