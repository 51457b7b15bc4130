HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["/.worker/bin/worker-wrapper", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/.worker/bin/worker-wrapper"]
