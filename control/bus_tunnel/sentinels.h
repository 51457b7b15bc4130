// The Sentinels that watch over a master and its replicas. Thread: from any thread.
#pragma once

#include "contracts/base/result.h"
#include "contracts/streams/address.h"

#include <string>
#include <vector>

namespace control {

class Sentinels {
public:
    // `at`: the Sentinels' addresses, each with its own login if it needs one.
    Sentinels(std::vector<contracts::RedisAddress> at, std::string master)
        : at_(std::move(at)), master_(std::move(master)) {}

    // The address that most of the answering Sentinels name: one that was cut off from the others
    // may still name the old master. Fails with `transient` if none answers or they disagree, and
    // with `fatal` if none knows the master's name.
    [[nodiscard]] contracts::Result<contracts::RedisAddress> find_master() const;

private:
    std::vector<contracts::RedisAddress> at_;
    std::string master_;
};

}  // namespace control
