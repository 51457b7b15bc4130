// Helpers that the tests of our Redis share.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/connection.h"

#include <catch2/catch_test_macros.hpp>
#include <memory>

namespace tests {

// The value; the test fails with the error if there is none.
template <class T>
T must(contracts::Result<T> result) {
    if (!result) FAIL(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class NoLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

inline contracts::Log silent_log() {
    return {std::make_shared<NoLines>(), contracts::LogLevel::error, contracts::LogFormat::json,
            "test"};
}

}  // namespace tests
