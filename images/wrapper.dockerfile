# For managers that do not mount /.worker/bin: the programs in the image.
COPY worker-wrapper orchestrator /.worker/bin/
