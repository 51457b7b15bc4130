// The Sentinels that watch over a master and its replicas. Thread: from any thread.
#pragma once

#include "contracts/base/result.h"
#include "contracts/streams/address.h"

#include <string>
#include <vector>

namespace control {

class Sentinels {
public:
    // `at`: each with what it wants for a login.
    Sentinels(std::vector<contracts::RedisAddress> at, std::string master)
        : at_(std::move(at)), master_(std::move(master)) {}

    // The host and port that most of those that answer name: one that was cut off from the others
    // may still name the old master. Fails with `transient` where none answers or they disagree,
    // and with `fatal` where none knows the master's name.
    [[nodiscard]] contracts::Result<contracts::RedisAddress> find_master() const;

private:
    std::vector<contracts::RedisAddress> at_;
    std::string master_;
};

}  // namespace control
