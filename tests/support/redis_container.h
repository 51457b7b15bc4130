// A redis-server in a container of its own, reached over a unix socket in a mounted directory: what
// `docker pause` does to Redis. Its image holds the redis-server of this machine and the libraries
// that it needs, and goes with the object. Throws std::runtime_error.
#pragma once

#include "tests/support/docker_engine.h"
#include "tests/support/temporary_directory.h"

#include <string>

namespace tests {

class RedisContainer {
public:
    // Returns when it answers. Borrows the engine.
    explicit RedisContainer(const DockerEngine& engine);
    ~RedisContainer();
    RedisContainer(const RedisContainer&) = delete;
    RedisContainer& operator=(const RedisContainer&) = delete;

    // unix:///path
    [[nodiscard]] std::string url() const { return "unix://" + socket(); }
    [[nodiscard]] bool answers() const;

    // As `docker pause` and `docker unpause`: connections stay open, and nothing answers meanwhile.
    void pause() const;
    void unpause() const;

private:
    [[nodiscard]] std::string socket() const { return directory_ / "bus/r.sock"; }
    void build() const;
    void launch();
    void must(const std::string& method, const std::string& target, int status,
              const std::string& body = {}) const;

    const DockerEngine& engine_;
    TemporaryDirectory directory_;
    std::string image_;
    std::string container_;
};

}  // namespace tests
