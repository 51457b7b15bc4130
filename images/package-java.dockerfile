# Debian's JDK with Maven, and the authorities in the form that Java reads.
RUN install-packages default-jdk-headless maven ca-certificates-java
